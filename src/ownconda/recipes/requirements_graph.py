"""The graph of Builds: which of them need which others, to be built (hard) and to run (soft)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ownconda.conda.match_specs import accepts, spec_name
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.graph.graph import Cycle, Graph
from ownconda.graph.ordering import eager_order, tolerant_order
from ownconda.recipes.builds import Build, Requirements

_EXPORTED: tuple[tuple[Callable[[Requirements], tuple[str, ...]], tuple[str, ...]], ...] = (
    (lambda needs: (*needs.build, *needs.common_build), ("strong",)),
    (lambda needs: (*needs.host, *needs.common_host), ("strong", "weak", "noarch")),
)
"""The environments that a package is built in, and the kinds of run exports that those in it add to others."""


def requirements_graph(builds: Sequence[Build]) -> Graph[Build]:
    """Join each Build with the Builds that its requirements accept.

    Build and host requirements are hard edges; run and test requirements are soft ones, and so is what the packages
    that it is built with export to it: that may as well come from a channel. Raises WrongInputError with every
    requirement that is no match spec.
    """
    problems = [problem for build in builds for problem in unreadable_requirements(build)]
    if problems:
        raise WrongInputError.of(problems)
    makers: defaultdict[str, list[Build]] = defaultdict(list)
    for build in builds:
        makers[build.name].append(build)
    hard = {build: _accepted(_to_build(build), makers, build) for build in builds}
    soft = {build: _accepted(_besides(build, makers), makers, build) - hard[build] for build in builds}
    return Graph(nodes=tuple(builds), hard=hard, soft=soft)


def _to_build(build: Build) -> tuple[str, ...]:
    needs = build.requirements
    return (*needs.build, *needs.host, *needs.common_build, *needs.common_host)


def _besides(build: Build, makers: Mapping[str, Sequence[Build]]) -> Iterator[str]:
    """Give what it needs to run and to be tested, and what is exported to its environments."""
    needs = build.requirements
    yield from (*needs.run, *needs.test)
    for environment, kinds in _EXPORTED:
        for maker in _accepted(environment(needs), makers, build):
            if maker.name not in build.ignored_run_exports_from:
                specs = (spec for kind in kinds for spec in maker.run_exports.get(kind, ()))
                yield from (spec for spec in specs if _is_taken(spec, build))


def _is_taken(spec: str, build: Build) -> bool:
    try:
        return spec_name(spec) not in build.ignored_run_exports
    except WrongInputError:
        return False


def unreadable_requirements(build: Build) -> Iterator[Problem]:
    """Tell each requirement that is no match spec, with its field."""
    needs = build.requirements
    sections = (
        ("build", needs.build),
        ("host", needs.host),
        ("run", needs.run),
        ("test", needs.test),
        ("build", needs.common_build),
        ("host", needs.common_host),
    )
    for section, specs in sections:
        for index, spec in enumerate(specs):
            try:
                spec_name(spec)
            except WrongInputError as error:
                field = f"requirements.{section}[{index}]"
                hint = error.problems[0].hint
                yield Problem(what=error.problems[0].what, where=Where(file=build.recipe, field=field), hint=hint)


def build_order(graph: Graph[Build]) -> tuple[Build, ...]:
    """Give the Builds in an order in which they can be built.

    What a requirement itself needs to run comes before what is built with it, wherever that is possible. Raises
    WrongInputError that shows the cycle when there is no order.
    """
    ordered = eager_order(graph, key=_sort_key)
    if isinstance(ordered, Cycle):
        raise WrongInputError.of([_told(ordered.nodes)])
    return ordered


def order_despite_cycles(graph: Graph[Build]) -> tuple[Build, ...]:
    """Give the Builds in that order, those that need each other to be built side by side."""
    return tolerant_order(graph, key=_sort_key)


def _sort_key(build: Build) -> str:
    return f"{build.name} {build.version} {build.build}"


def _accepted(specs: Iterable[str], makers: Mapping[str, Sequence[Build]], asking: Build) -> frozenset[Build]:
    found: set[Build] = set()
    for spec in specs:
        for maker in makers.get(spec_name(spec), ()):
            if maker is not asking and accepts(spec, version=maker.version, build=maker.build):
                found.add(maker)
    return frozenset(found)


def _told(cycle: Sequence[Build]) -> Problem:
    names = [build.name for build in cycle]
    return Problem(
        what=f"these need each other to be built: {' → '.join([*names, names[0]])}",
        where=Where(file=cycle[0].recipe),
        hint="take a build or host requirement out of one of them, or bootstrap one from a recipe of its own",
    )
