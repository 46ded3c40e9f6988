from ownconda.graph.drawing import dot
from ownconda.graph.graph import Graph


def test_a_drawing_shows_hard_edges_solid_and_soft_ones_dashed() -> None:
    graph = Graph(
        nodes=("app", "library", "tool"),
        hard={"app": frozenset({"tool"})},
        soft={"app": frozenset({"library", "tool"})},
    )
    drawn = dot(graph, label=str)
    assert '"app" -> "tool";' in drawn
    assert '"app" -> "library" [style=dashed' in drawn
    assert drawn.count("->") == 2


def test_labels_with_quotes_stay_inside_theirs() -> None:
    assert '"say \\"hi\\"";' in dot(Graph(nodes=("x",), hard={}), label=lambda _: 'say "hi"')
