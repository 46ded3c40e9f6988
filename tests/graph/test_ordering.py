from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.graph import Cycle, Graph, closure
from ownconda.graph.ordering import eager_order, is_order, tolerant_order

NODES = st.integers(min_value=0, max_value=9).map(str)
EDGES = st.dictionaries(NODES, st.frozensets(NODES, max_size=4), max_size=10)
Edges = dict[str, frozenset[str]]


def graph_of(hard: Edges, soft: Edges) -> Graph[str]:
    nodes = {*hard, *soft}.union(*hard.values(), *soft.values())
    return Graph(nodes=tuple(sorted(nodes)), hard=hard, soft=soft)


def test_what_a_need_needs_to_be_used_comes_before_what_is_built_with_it() -> None:
    graph = graph_of({"app": frozenset({"python"})}, {"python": frozenset({"zlib"})})
    assert eager_order(graph) == ("zlib", "python", "app")


def test_a_cycle_is_given_back_and_tolerated_where_that_is_asked_for() -> None:
    graph = graph_of({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("b"), "0": frozenset("c")}, {})
    assert isinstance(eager_order(graph), Cycle)
    assert tolerant_order(graph) == ("a", "b", "c", "0")
    assert not is_order(graph, tolerant_order(graph))
    assert is_order(graph.induced({"c", "0"}), ("c", "0"))


@given(hard=EDGES, soft=EDGES)
def test_a_tolerant_order_is_an_order_where_there_is_one_and_names_every_node(hard: Edges, soft: Edges) -> None:
    graph = graph_of(hard, soft)
    found = tolerant_order(graph)
    assert sorted(found) == sorted(graph.nodes)
    position = {node: index for index, node in enumerate(found)}
    for node in graph.nodes:
        for needed in graph.hard.get(node, frozenset()):
            in_a_cycle = node in closure(lambda one: graph.hard.get(one, frozenset()), [needed])
            assert in_a_cycle or position[needed] < position[node]
    if not isinstance(eager_order(graph), Cycle):
        assert found == eager_order(graph)
