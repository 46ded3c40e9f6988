from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.graph import Graph
from ownconda.graph.queries import reach, reduced, shortest_path, unneeded, way, without

NODES = st.integers(min_value=0, max_value=9).map(str)
EDGES = st.dictionaries(NODES, st.frozensets(NODES, max_size=4), max_size=10)
Edges = dict[str, frozenset[str]]


def graph_of(hard: Edges, soft: Edges | None = None) -> Graph[str]:
    soft = soft or {}
    nodes = {*hard, *soft}.union(*hard.values(), *soft.values())
    return Graph(nodes=tuple(sorted(nodes)), hard=hard, soft=soft)


def reached(graph: Graph[str], node: str, *, hard: bool = False) -> frozenset[str]:
    """Give what a node needs, directly or not, by repeating one step."""
    found: frozenset[str] = frozenset()
    while True:
        more = found.union(*(graph.hard.get(one, frozenset()) if hard else graph.needs(one) for one in {node, *found}))
        if more == found:
            return found
        found = more


def test_a_path_is_a_shortest_one() -> None:
    graph = graph_of(
        {"app": frozenset({"a", "b"}), "a": frozenset({"c"}), "c": frozenset({"z"}), "b": frozenset({"z"})}
    )
    assert shortest_path(graph, "app", "z") == ("app", "b", "z")
    assert shortest_path(graph, "z", "app") is None


@given(hard=EDGES, soft=EDGES, start=NODES, goal=NODES)
def test_no_way_is_shorter_than_the_one_that_is_told(hard: Edges, soft: Edges, start: str, goal: str) -> None:
    graph = graph_of(hard | {start: hard.get(start, frozenset())}, soft)
    found = shortest_path(graph, start, goal)
    frontier, steps = {start}, 0
    while goal not in frontier and steps <= len(graph.nodes):
        frontier = frontier.union(*(graph.needs(node) for node in frontier))
        steps += 1
    assert (found is not None) == (goal in frontier)
    if found is not None:
        assert len(found) == steps + 1
        assert all(end in graph.needs(one) for one, end in pairwise(found))


def test_a_limit_of_steps_holds() -> None:
    graph = graph_of({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"d"})})
    found = reach(graph.needs, ["a"], steps=2)
    assert list(found) == ["a", "b", "c"]
    assert way(found, "c") == ("c", "b", "a")


def test_what_nobody_needs_is_found() -> None:
    assert unneeded(graph_of({"app": frozenset({"b"}), "tool": frozenset({"b"})})) == ("app", "tool")


def test_an_edge_that_others_say_already_goes() -> None:
    graph = graph_of({"app": frozenset({"python", "openssl"}), "python": frozenset({"openssl"})})
    assert reduced(graph).hard["app"] == {"python"}


def test_a_soft_edge_that_others_say_already_goes() -> None:
    graph = graph_of({"python": frozenset({"openssl"})}, {"app": frozenset({"python", "openssl"})})
    assert reduced(graph).soft["app"] == {"python"}


@given(hard=EDGES, soft=EDGES)
def test_a_reduction_reaches_the_same_with_no_more_edges_even_with_cycles(hard: Edges, soft: Edges) -> None:
    graph = graph_of(hard, soft)
    smaller = reduced(graph)
    for node in graph.nodes:
        assert smaller.hard[node] <= graph.hard.get(node, frozenset())
        assert smaller.needs(node) <= graph.needs(node)
        assert reached(smaller, node) == reached(graph, node)
        assert reached(smaller, node, hard=True) == reached(graph, node, hard=True)


@given(hard=EDGES, soft=EDGES, dropped=st.frozensets(NODES, max_size=5))
def test_what_remains_reaches_the_same_without_the_nodes_between(
    hard: Edges, soft: Edges, dropped: frozenset[str]
) -> None:
    graph = graph_of(hard, soft)
    smaller = without(graph, dropped)
    assert set(smaller.nodes) == set(graph.nodes) - dropped
    for node in smaller.nodes:
        assert reached(smaller, node) - {node} == reached(graph, node) - dropped - {node}
        assert smaller.hard[node] & smaller.soft[node] == set()
