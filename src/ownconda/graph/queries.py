"""Questions to a graph: the ways through it, what nobody needs, the same graph with fewer edges or nodes."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic

from ownconda.graph.components import strong_components
from ownconda.graph.graph import Graph, T, closure


def shortest_path(graph: Graph[T], start: T, goal: T) -> tuple[T, ...] | None:
    """Find a shortest way along which ``start`` needs ``goal``, hard or soft; None when it doesn't."""
    reached = reach(lambda node: sorted(graph.needs(node), key=str), [start])
    return way(reached, goal)[::-1] if goal in reached else None


def reach(edges: Callable[[T], Iterable[T]], start: Iterable[T], *, steps: int | None = None) -> dict[T, T | None]:
    """Give all that can be reached in at most ``steps``, the nearest first, each with the node before it."""
    came_from: dict[T, T | None] = dict.fromkeys(start)
    distance = dict.fromkeys(came_from, 0)
    queue = deque(came_from)
    while queue:
        node = queue.popleft()
        if steps is not None and distance[node] >= steps:
            break
        for one in edges(node):
            if one not in came_from:
                came_from[one] = node
                distance[one] = distance[node] + 1
                queue.append(one)
    return came_from


def way(reached: Mapping[T, T | None], end: T) -> tuple[T, ...]:
    """Give the way from ``end`` back to where `reach` started."""
    found = [end]
    while (before := reached[found[-1]]) is not None:
        found.append(before)
    return tuple(found)


def unneeded(graph: Graph[T]) -> tuple[T, ...]:
    """Give the nodes that no other one needs, in the graph's order."""
    needed = {one for node in graph.nodes for one in graph.needs(node) if one != node}
    return tuple(node for node in graph.nodes if node not in needed)


def reduced(graph: Graph[T]) -> Graph[T]:
    """Leave out the edges that others make superfluous (the transitive reduction); what can be reached stays.

    Hard edges go where a way of hard ones says the same, soft edges where any way does. Edges within a cycle stay.
    """
    every = {node: graph.needs(node) for node in graph.nodes}
    by_hard, by_any = _Reach.of(graph.hard, graph.nodes), _Reach.of(every, graph.nodes)
    hard = {
        node: frozenset(one for one in graph.hard.get(node, ()) if not by_hard.is_detour(node, one, graph.hard[node]))
        for node in graph.nodes
    }
    soft = {
        node: frozenset(
            one
            for one in every[node] - graph.hard.get(node, frozenset())
            if not by_any.is_detour(node, one, every[node])
        )
        for node in graph.nodes
    }
    return replace(graph, hard=hard, soft=soft)


def without(graph: Graph[T], dropped: Collection[T]) -> Graph[T]:
    """Leave out nodes, and join what needed something by way of them.

    Such an edge is hard when all of a way is, soft otherwise; no node comes to need itself.
    """
    gone = frozenset(dropped)
    kept = tuple(node for node in graph.nodes if node not in gone)
    hard = {
        node: _past(graph.hard.get(node, frozenset()), lambda one: graph.hard.get(one, frozenset()), gone)
        for node in kept
    }
    every = {node: _past(graph.needs(node), graph.needs, gone) for node in kept}
    return Graph(
        nodes=kept,
        hard={node: hard[node] - {node} for node in kept},
        soft={node: every[node] - hard[node] - {node} for node in kept},
    )


def _past(needed: Iterable[T], edges: Callable[[T], Iterable[T]], gone: frozenset[T]) -> frozenset[T]:
    return closure(lambda one: edges(one) if one in gone else (), needed) - gone


@dataclass(frozen=True, slots=True)
class _Reach(Generic[T]):
    """What each node reaches, itself included: a bit for each node."""

    bit: Mapping[T, int]
    reached: Mapping[T, int]

    @classmethod
    def of(cls, edges: Mapping[T, Collection[T]], nodes: Iterable[T]) -> "_Reach[T]":
        bit: dict[T, int] = {}
        reached: dict[T, int] = {}
        for part in strong_components({node: edges.get(node, ()) for node in nodes}):  # what is needed comes first
            bit |= {node: 1 << (len(bit) + index) for index, node in enumerate(part)}
            whole = 0
            for node in part:
                whole |= bit[node]
                for one in edges.get(node, ()):
                    whole |= reached.get(one, 0)
            reached |= dict.fromkeys(part, whole)
        return cls(bit, reached)

    def is_detour(self, node: T, one: T, needed: Iterable[T]) -> bool:
        """Tell whether ``node`` reaches ``one`` by way of another of ``needed``, without any cycle."""
        return any(
            self.reached[other] & self.bit[one]
            and not self.reached[one] & self.bit[other]
            and not self.reached[other] & self.bit[node]
            for other in needed
        )
