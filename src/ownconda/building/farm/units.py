"""Units: Builds that one job makes, and which units' packages that job needs at hand."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ownconda.graph.components import strong_components
from ownconda.graph.graph import Graph, closure
from ownconda.recipes.builds import Build
from ownconda.recipes.environments import EnvironmentNeeds, environment_needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Builds that one job makes.

    ``at_hand`` are the units whose packages have to be there before it starts; ``to_run`` those whose packages are
    needed wherever its own are installed. Both are places in the sequence of units, all before this one.
    """

    builds: tuple[Build, ...]
    at_hand: frozenset[int]
    to_run: frozenset[int]


def units(
    graph: Graph[Build], wanted: Iterable[Build], *, group_size: int = 1, alike: Callable[[Build], str] = lambda _: ""
) -> tuple[Unit, ...]:
    """Divide Builds, and all that they need, among jobs; each unit stands after those that it needs.

    Builds that need each other, one of them for its tests, are made together. Beyond that a unit has at most
    ``group_size`` of them, which don't need each other and are ``alike``.
    """
    needs = environment_needs(graph)
    edges = {number: set(needed) for number, needed in enumerate(needs.direct)}
    asked = frozenset(wanted)
    chosen = closure(lambda number: edges[number], [n for n, build in enumerate(needs.builds) if build in asked])
    together = [sorted(some) for some in strong_components({number: edges[number] for number in sorted(chosen)})]
    groups = _grouped(together, edges, group_size, lambda number: _key(needs.builds[number], alike))
    place = {number: index for index, group in enumerate(groups) for number in group}
    return tuple(_unit(index, group, needs, place) for index, group in enumerate(groups))


def _unit(index: int, group: Sequence[int], needs: EnvironmentNeeds, place: Mapping[int, int]) -> Unit:
    at_hand = {place[one] for number in group for one in needs.at_hand(number)}
    to_run = {place[one] for number in group for one in needs.to_run[number]}
    return Unit(
        builds=tuple(needs.builds[number] for number in group),
        at_hand=frozenset(at_hand - {index}),
        to_run=frozenset(to_run - {index}),
    )


def _key(build: Build, alike: Callable[[Build], str]) -> tuple[str, ...]:
    """Give the order within a level: what is alike, then the variants and outputs of a recipe, stand side by side."""
    return alike(build), str(build.recipe), build.path


def _grouped(
    together: Iterable[list[int]],
    edges: Mapping[int, Collection[int]],
    size: int,
    key: Callable[[int], tuple[str, ...]],
) -> list[list[int]]:
    """Join components of one level, which don't need each other, to groups; a level needs only those before it."""
    levels: defaultdict[int, list[list[int]]] = defaultdict(list)
    level: dict[int, int] = {}
    for members in together:
        reached = 1 + max((level[one] for member in members for one in edges[member] if one in level), default=-1)
        level.update(dict.fromkeys(members, reached))
        levels[reached].append(sorted(members, key=key))
    ordered = (sorted(levels[number], key=lambda members: key(members[0])) for number in sorted(levels))
    return [group for components in ordered for group in _joined(components, size, lambda number: key(number)[0])]


def _joined(components: Sequence[list[int]], size: int, alike: Callable[[int], str]) -> Iterator[list[int]]:
    group: list[int] = []
    for members in components:
        if group and (len(group) + len(members) > size or alike(group[0]) != alike(members[0])):
            yield group
            group = []
        group = [*group, *members]
    if group:
        yield group
