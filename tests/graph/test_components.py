from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.components import strong_components
from ownconda.graph.graph import closure

edges_of_a_graph = st.integers(1, 12).flatmap(
    lambda size: st.fixed_dictionaries({node: st.frozensets(st.integers(0, size - 1)) for node in range(size)})
)


@given(edges_of_a_graph)
def test_nodes_are_together_when_each_reaches_the_other(edges: dict[int, frozenset[int]]) -> None:
    reach = {node: closure(lambda one: edges[one], [node]) for node in edges}
    found = list(strong_components(edges))
    assert sorted(node for some in found for node in some) == sorted(edges)
    for some in found:
        assert set(some) == {node for node in reach[some[0]] if some[0] in reach[node]}


@given(edges_of_a_graph)
def test_a_component_comes_after_those_that_it_needs(edges: dict[int, frozenset[int]]) -> None:
    before: set[int] = set()
    for some in strong_components(edges):
        before.update(some)
        assert all(edges[node] <= before for node in some)


def test_a_long_chain_needs_no_recursion() -> None:
    edges = {node: frozenset({node + 1} if node < 4_999 else ()) for node in range(5_000)}
    assert [some for (some,) in strong_components(edges)] == list(reversed(range(5_000)))
