"""Cycles of a graph: the shortest first, and a set of edges without which there is none."""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Generic

from ownconda.graph.components import strong_components
from ownconda.graph.graph import Cycle, T

Edge = tuple[T, T]
MOST_CYCLES = 1000
MOST_STEPS = 1_000_000
_CONSIDERED = 300  # cycles that are looked at together when edges to cut are chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycles(Generic[T]):
    """Cycles, the shortest first; ``complete`` tells whether they are all that there are."""

    found: tuple[Cycle[T], ...]
    complete: bool


def edges_of(cycle: Cycle[T]) -> tuple[Edge[T], ...]:
    """Give the edges of a cycle; the last one leads back to its first node."""
    return tuple(zip(cycle.nodes, (*cycle.nodes[1:], cycle.nodes[0]), strict=True))


def components(edges: Mapping[T, Collection[T]]) -> list[tuple[T, ...]]:
    """Give the strongly connected components that hold a cycle."""
    return [found for found in strong_components(edges) if len(found) > 1 or found[0] in edges.get(found[0], ())]


def cycles(
    edges: Mapping[T, Collection[T]],
    *,
    key: Callable[[T], str] = str,
    most: int = MOST_CYCLES,
    steps: int = MOST_STEPS,
) -> Cycles[T]:
    """Find the elementary cycles of a graph, the shortest first; each starts at its node with the smallest ``key``.

    There can be more than anybody would read: at most ``most`` are given, and the search ends after ``steps``. Where
    there is a cycle, one at least is found.
    """
    search = _Search(edges, key, steps)
    found = tuple(islice(search.cycles(), most + 1))
    complete = len(found) <= most and search.steps_left > 0
    return Cycles(found=found[:most] or tuple(search.any_cycles()), complete=complete)


def cuts(
    edges: Mapping[T, Collection[T]],
    *,
    key: Callable[[T], str] = str,
    cost: Callable[[Edge[T]], int] = lambda _: 0,
) -> tuple[Edge[T], ...]:
    """Choose edges without which there is no cycle: none of them could stay, though fewer might do.

    It is always the edge that most cycles go through, among equals one with the smallest ``cost``.
    """
    left = {node: set(needed) for node, needed in edges.items()}
    chosen: list[Edge[T]] = []
    while found := cycles(left, key=key, most=_CONSIDERED, steps=MOST_STEPS).found:
        for edge in _covering(found, key, cost):
            left[edge[0]].discard(edge[1])
            chosen.append(edge)
    return tuple(edge for edge in chosen if not _is_superfluous(edge, left))


class _Search(Generic[T]):
    """A search for cycles by their length; what it may still do is counted in ``steps_left``."""

    def __init__(self, edges: Mapping[T, Collection[T]], key: Callable[[T], str], steps: int) -> None:
        self.steps_left = steps
        parts = sorted((sorted(part, key=key) for part in components(edges)), key=lambda part: key(part[0]))
        self._parts = [_numbered(part, edges) for part in parts]
        self._longest = max((len(part) for part in parts), default=0)

    def cycles(self) -> Iterator[Cycle[T]]:
        for length in range(1, self._longest + 1):
            for nodes, needs, users in self._parts:
                for start in range(len(nodes) if length <= len(nodes) else 0):
                    if self.steps_left <= 0:
                        return
                    for way in self._ways_round(start, length, needs, users):
                        yield Cycle(tuple(nodes[index] for index in way))

    def any_cycles(self) -> Iterator[Cycle[T]]:
        """Give one cycle of each component, of whatever length."""
        for nodes, needs, _ in self._parts:
            way = [0]
            while (following := needs[way[-1]][0]) not in way:
                way.append(following)
            yield Cycle(tuple(nodes[index] for index in way[way.index(following) :]))

    def _ways_round(
        self, start: int, length: int, needs: list[list[int]], users: list[list[int]]
    ) -> Iterator[tuple[int, ...]]:
        """Walk from ``start`` back to it in ``length`` steps, never to a smaller node nor twice to one."""
        home = self._steps_home(start, length, users)
        way, rest = [start], [iter(needs[start])]
        on_way = {start}
        while rest and self.steps_left > 0:
            following = next(rest[-1], None)
            self.steps_left -= 1
            if following is None:
                rest.pop()
                on_way.discard(way.pop())
            elif following == start and len(way) == length:
                yield tuple(way)
            elif following not in on_way and len(way) + home.get(following, length) <= length:
                way.append(following)
                on_way.add(following)
                rest.append(iter(needs[following]))

    def _steps_home(self, start: int, length: int, users: list[list[int]]) -> dict[int, int]:
        """Count for the nodes from which ``start`` can be reached in fewer than ``length`` steps how many it takes."""
        home = {start: 0}
        queue = deque([start])
        while queue and home[queue[0]] < length - 1:
            node = queue.popleft()
            self.steps_left -= 1
            for user in users[node]:
                if user > start and user not in home:
                    home[user] = home[node] + 1
                    queue.append(user)
        return home


def _numbered(part: list[T], edges: Mapping[T, Collection[T]]) -> tuple[list[T], list[list[int]], list[list[int]]]:
    """Give a component's nodes, and by their numbers what each needs and what needs it."""
    number = {node: index for index, node in enumerate(part)}
    needs = [sorted(number[one] for one in edges.get(node, ()) if one in number) for node in part]
    users: list[list[int]] = [[] for _ in part]
    for index, needed in enumerate(needs):
        for one in needed:
            users[one].append(index)
    return part, needs, users


def _covering(found: Iterable[Cycle[T]], key: Callable[[T], str], cost: Callable[[Edge[T]], int]) -> Iterator[Edge[T]]:
    """Choose edges, the one that most of these cycles go through first, until each goes through one of them."""
    waiting = [edges_of(cycle) for cycle in found]
    while waiting:
        count = Counter(edge for cycle in waiting for edge in cycle)
        best = min(count, key=lambda edge: (-count[edge], cost(edge), key(edge[0]), key(edge[1])))
        yield best
        waiting = [cycle for cycle in waiting if best not in cycle]


def _is_superfluous(edge: Edge[T], left: dict[T, set[T]]) -> bool:
    """Put an edge back, and tell whether it may stay: whether it closes no cycle."""
    start, end = edge
    seen, waiting = {end}, [end]
    while waiting:
        node = waiting.pop()
        if node == start:
            return False
        fresh = left.get(node, set()) - seen
        seen |= fresh
        waiting.extend(fresh)
    left[start].add(end)
    return True
