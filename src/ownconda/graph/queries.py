"""Questions to a graph: the way from one node to another, what nobody needs, the same graph with fewer edges."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from ownconda.graph.graph import Graph, T


def shortest_path(graph: Graph[T], start: T, goal: T) -> tuple[T, ...] | None:
    """Find a shortest way along which ``start`` needs ``goal``, hard or soft; None when it doesn't."""
    came_from: dict[T, T | None] = {start: None}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            return _way(came_from, node)
        for needed in sorted(graph.needs(node), key=str):
            if needed not in came_from:
                came_from[needed] = node
                queue.append(needed)
    return None


def unneeded(graph: Graph[T]) -> tuple[T, ...]:
    """Give the nodes that no other one needs, in the graph's order."""
    needed = {one for node in graph.nodes for one in graph.needs(node) if one != node}
    return tuple(node for node in graph.nodes if node not in needed)


def reduced(graph: Graph[T]) -> Graph[T]:
    """Leave out every hard edge that others make superfluous (the transitive reduction), where there is no cycle.

    Soft edges that a way of hard edges makes superfluous go as well.
    """
    reach = _reach(graph.hard, graph.nodes)
    hard = {node: _without_detours(graph.hard.get(node, frozenset()), reach) for node in graph.nodes}
    soft = {node: graph.soft.get(node, frozenset()) - reach[node] for node in graph.nodes}
    return replace(graph, hard=hard, soft=soft)


def _way(came_from: Mapping[T, T | None], end: T) -> tuple[T, ...]:
    way = [end]
    while (before := came_from[way[-1]]) is not None:
        way.append(before)
    return tuple(reversed(way))


def _reach(edges: Mapping[T, frozenset[T]], nodes: tuple[T, ...]) -> dict[T, frozenset[T]]:
    """Give for each node all that it needs, directly or not."""
    reach: dict[T, frozenset[T]] = {}
    for start in nodes:
        seen: set[T] = set()
        waiting = list(edges.get(start, ()))
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(reach[node] if node in reach else edges.get(node, ()))
        reach[start] = frozenset(seen)
    return reach


def _without_detours(needed: frozenset[T], reach: Mapping[T, frozenset[T]]) -> frozenset[T]:
    return frozenset(
        one for one in needed if not any(one in reach[other] and other not in reach[one] for other in needed - {one})
    )
