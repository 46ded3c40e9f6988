from ownconda.graph.drawing import dot, mermaid
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


def test_a_mermaid_drawing_shows_the_same() -> None:
    graph = Graph(nodes=("app", 'a "b"'), hard={"app": frozenset()}, soft={"app": frozenset({'a "b"'})})
    assert mermaid(graph, label=str).splitlines() == [
        "flowchart LR",
        '  n0["app"]',
        '  n1["a &quot;b&quot;"]',
        "  n0 -.-> n1",
    ]
