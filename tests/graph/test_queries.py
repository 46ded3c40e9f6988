from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.graph import Cycle, Graph, closure, order
from ownconda.graph.queries import reduced, shortest_path, unneeded

NODES = st.integers(min_value=0, max_value=9).map(str)
EDGES = st.dictionaries(NODES, st.frozensets(NODES, max_size=4), max_size=10)


def graph_of(hard: dict[str, frozenset[str]]) -> Graph[str]:
    nodes = {*hard}.union(*hard.values())
    return Graph(nodes=tuple(sorted(nodes)), hard=hard)


def test_a_path_is_a_shortest_one() -> None:
    graph = graph_of(
        {"app": frozenset({"a", "b"}), "a": frozenset({"c"}), "c": frozenset({"z"}), "b": frozenset({"z"})}
    )
    assert shortest_path(graph, "app", "z") == ("app", "b", "z")
    assert shortest_path(graph, "z", "app") is None


def test_what_nobody_needs_is_found() -> None:
    assert unneeded(graph_of({"app": frozenset({"b"}), "tool": frozenset({"b"})})) == ("app", "tool")


def test_an_edge_that_others_say_already_goes() -> None:
    graph = graph_of({"app": frozenset({"python", "openssl"}), "python": frozenset({"openssl"})})
    assert reduced(graph).hard["app"] == {"python"}


@given(hard=EDGES)
def test_a_reduction_needs_the_same_with_no_more_edges(hard: dict[str, frozenset[str]]) -> None:
    graph = graph_of(hard)
    smaller = reduced(graph)
    assert all(smaller.hard[node] <= graph.hard.get(node, frozenset()) for node in graph.nodes)
    if not isinstance(order(graph), Cycle):
        for node in graph.nodes:
            assert closure(lambda one: smaller.hard[one], [node]) == closure(
                lambda one: graph.hard.get(one, frozenset()), [node]
            )
