"""Strongly connected components: nodes that need each other, directly or not, taken together."""

from collections.abc import Collection, Iterator, Mapping

from ownconda.graph.graph import T


def strong_components(edges: Mapping[T, Collection[T]]) -> Iterator[tuple[T, ...]]:
    """Give every strongly connected component, each after those that it needs (Tarjan's algorithm).

    Every node is a key of ``edges``; most components are one node alone.
    """
    number: dict[T, int] = {}
    reaches: dict[T, int] = {}
    unfinished: list[T] = []
    for root in edges:
        path = [] if root in number else [root]
        ways = {root: iter(edges[root])}
        while path:
            node = path[-1]
            if node not in number:
                number[node] = reaches[node] = len(number)
                unfinished.append(node)
            following = next((one for one in ways[node] if reaches.get(one, -1) < len(edges)), None)
            if following is None:
                path.pop()
                if path:
                    reaches[path[-1]] = min(reaches[path[-1]], reaches[node])
                if reaches[node] == number[node]:
                    yield _closed(node, unfinished, reaches, done=len(edges))
            elif following in number:
                reaches[node] = min(reaches[node], number[following])
            else:
                ways[following] = iter(edges[following])
                path.append(following)


def _closed(first: T, unfinished: list[T], reaches: dict[T, int], *, done: int) -> tuple[T, ...]:
    found = [unfinished.pop()]
    while found[-1] != first:
        found.append(unfinished.pop())
    reaches.update(dict.fromkeys(found, done))
    return tuple(found)
