"""Which packages have to be at hand where a Build is built and tested: all that its environments may hold. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ownconda.conda.match_specs import accepts, spec_name
from ownconda.errors import WrongInputError
from ownconda.graph.components import strong_components
from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build

CONSTRAINING = ("constrains", "constraints")
"""How kinds of run exports end that only limit what else may be there."""

_Makers = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class EnvironmentNeeds:
    """What the environments of Builds need; Builds are told by their place in ``builds``.

    ``direct`` is what they ask for, ``to_run`` a package together with all that it needs to run.
    """

    builds: tuple[Build, ...]
    direct: tuple[frozenset[int], ...]
    to_run: tuple[frozenset[int], ...]

    def at_hand(self, number: int) -> frozenset[int]:
        """Give what has to be at hand where a Build is built and tested, itself left out."""
        needed = self.direct[number]
        return needed.union(*(self.to_run[one] for one in needed)) - {number}


def environment_needs(graph: Graph[Build]) -> EnvironmentNeeds:
    """Tell which of the Builds may be in the environments of which others.

    What a package needs to run is in its recipe, or comes from the run exports of what it is built with.
    """
    numbers = {build: number for number, build in enumerate(graph.nodes)}
    makers: defaultdict[str, list[int]] = defaultdict(list)
    for build, number in numbers.items():
        makers[build.name].append(number)
    exported = [_accepted(_exported(graph, build), makers, graph.nodes) for build in graph.nodes]
    asked = [frozenset(numbers[one] for one in graph.needs(build)) for build in graph.nodes]
    run = [
        exported[number] | (asked[number] & _accepted(build.requirements.run, makers, graph.nodes))
        for number, build in enumerate(graph.nodes)
    ]
    return EnvironmentNeeds(
        builds=graph.nodes,
        direct=tuple((asked[number] | exported[number]) - {number} for number in range(len(asked))),
        to_run=_reach(run),
    )


def _exported(graph: Graph[Build], build: Build) -> Iterator[str]:
    for needed in graph.hard[build]:
        for kind, specs in needed.run_exports.items():
            if not kind.endswith(CONSTRAINING):
                yield from filter(_is_spec, specs)


def _is_spec(text: str) -> bool:
    """Tell whether a run export can be read; one that can't is told when the package is built."""
    try:
        return bool(spec_name(text))
    except WrongInputError:
        return False


def _accepted(specs: Iterable[str], makers: _Makers, builds: Sequence[Build]) -> frozenset[int]:
    return frozenset(
        number
        for spec in specs
        for number in makers.get(spec_name(spec), ())
        if accepts(spec, version=builds[number].version, build=builds[number].build)
    )


def _reach(edges: Sequence[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """Give everything that can be reached from each node, itself included."""
    reach: dict[int, frozenset[int]] = {}
    for members in strong_components(dict(enumerate(edges))):
        beyond = {one for member in members for one in edges[member]} - {*members}
        reached = frozenset(members).union(*(reach[one] for one in beyond))
        reach.update(dict.fromkeys(members, reached))
    return tuple(reach[number] for number in range(len(edges)))
