"""The graph of Builds and their order, remembered: the same Builds have the same."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgpack

from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build
from ownconda.recipes.derived import derived
from ownconda.recipes.many import Many

Ordered = tuple[Graph[Build], tuple[Build, ...]]
"""A graph, and its Builds in an order in which they can be built, those of a cycle side by side."""

_Written = tuple[Sequence[int], Sequence[Sequence[int]], Sequence[Sequence[int]]]
"""An order, and what each Build needs to be built and to run: Builds by their places among all of them."""


def ordered_graph(many: Many, *, cache: Path | None = None) -> Ordered:
    """Join the Builds of recipes by their requirements, and order them.

    Raises WrongInputError with everything that is wrong in any of the recipes.
    """
    builds = many.builds()
    packed = derived(many, "graph", lambda: msgpack.packb(_made(builds)), cache=cache)
    return _read(msgpack.unpackb(packed), builds)


def _made(builds: Sequence[Build]) -> _Written:
    # native libraries, which needn't be loaded for what is remembered
    from ownconda.recipes.requirements_graph import order_despite_cycles, requirements_graph  # noqa: PLC0415

    graph = requirements_graph(builds)
    place = {build: index for index, build in enumerate(builds)}

    def places(found: Iterable[Build]) -> list[int]:
        return sorted(place[build] for build in found)

    hard, soft = ([places(edges[build]) for build in builds] for edges in (graph.hard, graph.soft))
    return [place[build] for build in order_despite_cycles(graph)], hard, soft


def _read(written: _Written, builds: Sequence[Build]) -> Ordered:
    order, hard, soft = written

    def edges(rows: Sequence[Sequence[int]]) -> Mapping[Build, frozenset[Build]]:
        return {build: frozenset([builds[index] for index in row]) for build, row in zip(builds, rows, strict=True)}

    return Graph(nodes=tuple(builds), hard=edges(hard), soft=edges(soft)), tuple([builds[index] for index in order])
