"""Strongly connected components: nodes that need each other, directly or not, taken together."""

from collections.abc import Collection, Iterator, Mapping

from ownconda.graph.graph import T


def strong_components(edges: Mapping[T, Collection[T]]) -> Iterator[tuple[T, ...]]:
    """Give every strongly connected component, each after those that it needs (Tarjan's algorithm, without recursion).

    Most components are one node alone.
    """
    number: dict[T, int] = {}
    lowest: dict[T, int] = {}
    open_nodes: dict[T, None] = {}
    for root in edges:
        walk = [(root, iter(edges.get(root, ())))] if root not in number else []
        while walk:
            node, rest = walk[-1]
            if node not in number:
                number[node] = lowest[node] = len(number)
                open_nodes[node] = None
            for needed in rest:
                if needed not in number:
                    walk.append((needed, iter(edges.get(needed, ()))))
                    break
                if needed in open_nodes:
                    lowest[node] = min(lowest[node], number[needed])
            else:
                walk.pop()
                if walk:
                    before = walk[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                if lowest[node] == number[node]:
                    yield tuple(_taken_until(node, open_nodes))


def _taken_until(node: T, open_nodes: dict[T, None]) -> list[T]:
    taken = [open_nodes.popitem()[0]]
    while taken[-1] != node:
        taken.append(open_nodes.popitem()[0])
    return taken
