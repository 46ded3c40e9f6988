from hypothesis import given
from hypothesis import strategies as st

from ownconda.graph.graph import Cycle, Graph, closure, order, shortest_cycle

NODES = st.integers(min_value=0, max_value=12).map(str)
EDGES = st.dictionaries(NODES, st.frozensets(NODES, max_size=4), max_size=12)


def graph_of(hard: dict[str, frozenset[str]], soft: dict[str, frozenset[str]] | None = None) -> Graph[str]:
    soft = soft or {}
    nodes = {*hard, *soft}.union(*hard.values(), *soft.values())
    return Graph(nodes=tuple(sorted(nodes)), hard=hard, soft=soft)


@given(hard=EDGES, soft=EDGES)
def test_an_order_puts_everything_after_what_it_needs_or_is_a_true_cycle(
    hard: dict[str, frozenset[str]], soft: dict[str, frozenset[str]]
) -> None:
    graph = graph_of(hard, soft)
    found = order(graph)
    if isinstance(found, Cycle):
        following = [*found.nodes[1:], found.nodes[0]]
        assert all(needed in hard[node] for node, needed in zip(found.nodes, following, strict=True))
    else:
        assert sorted(found) == sorted(graph.nodes)
        position = {node: index for index, node in enumerate(found)}
        assert all(position[needed] < position[node] for node, needs in hard.items() for needed in needs)


@given(soft=EDGES)
def test_soft_edges_never_make_an_order_impossible(soft: dict[str, frozenset[str]]) -> None:
    assert not isinstance(order(graph_of({}, soft)), Cycle)


@given(hard=EDGES)
def test_no_cycle_is_shorter_than_the_one_that_is_told(hard: dict[str, frozenset[str]]) -> None:
    found = order(graph_of(hard))
    if isinstance(found, Cycle):
        lengths = [_steps_back(hard, node) for node in hard]
        assert len(found.nodes) == min(length for length in lengths if length)


def _steps_back(edges: dict[str, frozenset[str]], start: str) -> int | None:
    reached = set(edges.get(start, ()))
    for steps in range(1, len(edges) + 1):
        if start in reached:
            return steps
        reached = {needed for node in reached for needed in edges.get(node, ())}
    return None


def test_soft_needs_break_ties_before_names_do() -> None:
    graph = graph_of({}, {"a": frozenset({"z"}), "z": frozenset()})
    assert order(graph) == ("z", "a")


def test_names_break_the_remaining_ties() -> None:
    assert order(graph_of({"c": frozenset({"b"}), "a": frozenset()})) == ("a", "b", "c")


def test_a_closure_holds_everything_that_can_be_reached() -> None:
    edges = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}
    assert closure(lambda node: edges[node], ["a"]) == {"a", "b", "c"}


def test_dependents_are_all_that_need_something_directly_or_not() -> None:
    graph = graph_of({"app": frozenset({"library"}), "library": frozenset({"tool"}), "other": frozenset()})
    assert graph.dependents(["tool"]) == {"tool", "library", "app"}


def test_a_node_that_needs_itself_is_a_cycle_of_one() -> None:
    assert shortest_cycle({"a": frozenset({"a"})}, ["a"]) == Cycle(("a",))
