"""Graph: nodes, what each of them needs first (hard), and what it would rather have first (soft)."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph(Generic[T]):
    """A directed graph. ``hard[node]`` and ``soft[node]`` are the nodes that ``node`` needs; all are in ``nodes``."""

    nodes: tuple[T, ...]
    hard: Mapping[T, frozenset[T]]
    soft: Mapping[T, frozenset[T]] = field(default_factory=dict)

    def needs(self, node: T) -> frozenset[T]:
        """Give what ``node`` needs directly, hard or soft."""
        return self.hard.get(node, frozenset()) | self.soft.get(node, frozenset())

    def dependents(self, nodes: Iterable[T]) -> frozenset[T]:
        """Give everything that needs one of ``nodes`` (hard edges), directly or not, themselves included."""
        users = _reversed(self.hard)
        return closure(lambda node: users[node], nodes)

    def induced(self, kept: Collection[T]) -> "Graph[T]":
        """Give the graph of some of the nodes, with the edges among them."""
        inside = frozenset(kept)
        return Graph(
            nodes=tuple(node for node in self.nodes if node in inside),
            hard={node: self.hard.get(node, frozenset()) & inside for node in inside},
            soft={node: self.soft.get(node, frozenset()) & inside for node in inside},
        )


@dataclass(frozen=True, slots=True)
class Cycle(Generic[T]):
    """Nodes of which each needs the next, and the last one the first."""

    nodes: tuple[T, ...]


def order(graph: Graph[T], *, key: Callable[[T], str] = str) -> tuple[T, ...] | Cycle[T]:
    """Put every node after all that it needs (hard edges), or give a shortest cycle that makes it impossible.

    Among the nodes that could be next, one whose soft needs are done goes first, then the one with the smallest
    ``key``; soft edges can form cycles without harm.
    """
    waiting = {node: len(graph.hard.get(node, ())) for node in graph.nodes}
    wishes = {node: len(graph.soft.get(node, frozenset()) - {node}) for node in graph.nodes}
    hard_users, soft_users = _reversed(graph.hard), _reversed(graph.soft)
    position = {node: index for index, node in enumerate(sorted(graph.nodes, key=key))}
    by_position = {index: node for node, index in position.items()}
    ready = [(wishes[node], position[node]) for node, count in waiting.items() if not count]
    heapq.heapify(ready)
    done: dict[T, None] = {}
    while ready:
        wished, index = heapq.heappop(ready)
        node = by_position[index]
        if node in done or wished != wishes[node]:  # an older, worse entry of the same node
            continue
        done[node] = None
        for user in soft_users[node]:
            wishes[user] -= user != node
            if not waiting[user]:
                heapq.heappush(ready, (wishes[user], position[user]))
        for user in hard_users[node]:
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, (wishes[user], position[user]))
    if len(done) == len(graph.nodes):
        return tuple(done)
    return shortest_cycle(graph.hard, [node for node in graph.nodes if node not in done], key=key)


def shortest_cycle(edges: Mapping[T, frozenset[T]], among: Collection[T], *, key: Callable[[T], str] = str) -> Cycle[T]:
    """Find a shortest cycle among nodes of which at least one lies on a cycle.

    Raises ValueError when there is none.
    """
    inside = set(among)
    best: list[T] = []
    for start in sorted(inside, key=key):
        found = _way_back(edges, start, inside)
        if found and (not best or len(found) < len(best)):
            best = found
    if not best:
        raise ValueError("there is no cycle among these nodes")
    return Cycle(tuple(best))


def closure(edges: Callable[[T], Iterable[T]], start: Iterable[T]) -> frozenset[T]:
    """Give everything that can be reached from ``start``, itself included."""
    seen = set(start)
    queue = deque(seen)
    while queue:
        for node in edges(queue.popleft()):
            if node not in seen:
                seen.add(node)
                queue.append(node)
    return frozenset(seen)


def _reversed(edges: Mapping[T, frozenset[T]]) -> defaultdict[T, list[T]]:
    users: defaultdict[T, list[T]] = defaultdict(list)
    for node, needed in edges.items():
        for one in needed:
            users[one].append(node)
    return users


def _way_back(edges: Mapping[T, frozenset[T]], start: T, inside: set[T]) -> list[T]:
    """Find the shortest way from ``start`` to itself, breadth first."""
    came_from: dict[T, T] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for needed in edges.get(node, ()):
            if needed == start:
                way = [node]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if needed in inside and needed not in came_from:
                came_from[needed] = node
                queue.append(needed)
    return []
