from collections.abc import Mapping
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.cycles import cuts, cycles, edges_of
from ownconda.graph.graph import Cycle, Graph, order

NODES = st.integers(min_value=0, max_value=5).map(str)
EDGES = st.dictionaries(NODES, st.frozensets(NODES, max_size=4), max_size=6)

Edges = Mapping[str, frozenset[str]]


def all_cycles(edges: Edges) -> set[tuple[str, ...]]:
    """Find every elementary cycle by trying every arrangement of nodes."""
    return {
        way
        for length in range(1, len(edges) + 1)
        for way in permutations(sorted(edges), length)
        if way[0] == min(way) and all(end in edges[start] for start, end in edges_of(Cycle(way)))
    }


@given(edges=EDGES)
def test_every_cycle_is_found_once_and_the_shortest_first(edges: Edges) -> None:
    found = cycles(edges)
    assert found.complete
    assert len(found.found) == len({cycle.nodes for cycle in found.found})
    assert {cycle.nodes for cycle in found.found} == all_cycles(edges)
    lengths = [len(cycle.nodes) for cycle in found.found]
    assert lengths == sorted(lengths)


@given(edges=EDGES)
def test_without_the_edges_to_cut_there_is_no_cycle_and_each_of_them_is_needed(edges: Edges) -> None:
    chosen = cuts(edges)
    assert is_acyclic(edges, cut=chosen)
    assert not any(is_acyclic(edges, cut=[one for one in chosen if one != kept]) for kept in chosen)


@given(edges=EDGES, most=st.integers(min_value=1, max_value=3), steps=st.integers(min_value=1, max_value=20))
def test_a_bounded_search_says_what_it_left_out_and_finds_one_cycle_at_least(
    edges: Edges, most: int, steps: int
) -> None:
    found = cycles(edges, most=most, steps=steps)
    every = all_cycles(edges)
    assert all(edges_of(cycle)[-1][1] == cycle.nodes[0] for cycle in found.found)
    assert all(end in edges[start] for cycle in found.found for start, end in edges_of(cycle))
    assert bool(found.found) == bool(every)
    if found.complete:
        assert len(found.found) == len(every)


def test_the_edge_that_breaks_most_cycles_is_cut() -> None:
    edges = {"a": frozenset("b"), "b": frozenset({"a", "c"}), "c": frozenset("a"), "d": frozenset("a")}
    assert cuts(edges) == (("a", "b"),)


def test_among_equals_the_cheaper_edge_is_cut() -> None:
    edges = {"a": frozenset("b"), "b": frozenset("a")}
    assert cuts(edges, cost=lambda edge: 0 if edge == ("b", "a") else 1) == (("b", "a"),)


def test_a_long_ring_is_one_cycle_and_ends_in_time() -> None:
    ring = {number: frozenset({(number + 1) % 3000}) for number in range(3000)}
    found = cycles(ring, key=lambda number: f"{number:04}")
    assert len(found.found[0].nodes) == 3000
    assert len(cuts(ring)) == 1


def is_acyclic(edges: Edges, *, cut: object) -> bool:
    assert isinstance(cut, tuple | list)
    left = {node: frozenset(one for one in needed if (node, one) not in cut) for node, needed in edges.items()}
    nodes = sorted({*left}.union(*left.values()))
    return not isinstance(order(Graph(nodes=tuple(nodes), hard=left)), Cycle)
