"""Orders in which things can be built, and in which what they need to be used is there early as well."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ownconda.graph.components import strong_components
from ownconda.graph.graph import Cycle, Graph, T, closure, order


def eager_order(graph: Graph[T], *, key: Callable[[T], str] = str) -> tuple[T, ...] | Cycle[T]:
    """Put every node after all that it needs (hard edges), or give a shortest cycle, as `order` does.

    What a need itself needs (soft edges) comes before it is used, wherever that is possible.
    """
    nodes = sorted(graph.nodes, key=key)
    places = _by_places(graph, nodes)
    ordered = order(_eager(places), key=_sortable)
    if isinstance(ordered, Cycle):
        return Cycle(tuple([nodes[place] for place in ordered.nodes]))
    return tuple([nodes[place] for place in ordered])


def tolerant_order(graph: Graph[T], *, key: Callable[[T], str] = str) -> tuple[T, ...]:
    """Put every node after all that it needs, as `eager_order` does; those of a cycle stand side by side."""
    ordered = eager_order(graph, key=key)
    if not isinstance(ordered, Cycle):
        return ordered
    parts = [
        tuple(sorted(part, key=key))
        for part in strong_components({node: graph.hard.get(node, frozenset()) for node in graph.nodes})
    ]
    part_of = {node: part for part in parts for node in part}
    whole = Graph(nodes=tuple(parts), hard=_between(graph.hard, part_of), soft=_between(graph.soft, part_of))
    ordered_parts = eager_order(whole, key=lambda part: key(part[0]))
    return tuple(node for part in ordered_parts for node in part) if isinstance(ordered_parts, tuple) else graph.nodes


def is_order(graph: Graph[T], ordered: Iterable[T]) -> bool:
    """Tell whether every node stands after all that it needs (hard edges)."""
    done: set[T] = set()
    for node in ordered:
        if not done.issuperset(graph.hard.get(node, ())):
            return False
        done.add(node)
    return True


def _by_places(graph: Graph[T], nodes: Sequence[T]) -> Graph[int]:
    """Let each node's place stand for it: numbers are compared much faster."""
    place = {node: index for index, node in enumerate(nodes)}

    def by_places(edges: Mapping[T, Iterable[T]]) -> dict[int, frozenset[int]]:
        return {index: frozenset([place[one] for one in edges.get(node, ())]) for node, index in place.items()}

    return Graph(nodes=tuple(place.values()), hard=by_places(graph.hard), soft=by_places(graph.soft))


def _eager(graph: Graph[int]) -> Graph[int]:
    """Let what needs something also wish for what that wishes for in turn."""
    soft = {
        place: closure(graph.soft.__getitem__, graph.needs(place)) - graph.hard[place] if graph.hard[place] else wished
        for place, wished in graph.soft.items()
    }
    return replace(graph, soft=soft)


def _sortable(place: int) -> str:
    return f"{place:09}"


def _between(
    edges: Mapping[T, frozenset[T]], part_of: Mapping[T, tuple[T, ...]]
) -> dict[tuple[T, ...], frozenset[tuple[T, ...]]]:
    found: dict[tuple[T, ...], frozenset[tuple[T, ...]]] = {}
    for node, part in part_of.items():
        other = frozenset(part_of[one] for one in edges.get(node, ())) - {part}
        found[part] = found.get(part, frozenset()) | other
    return found
