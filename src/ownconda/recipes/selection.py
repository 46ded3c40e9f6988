"""Which of the recipes' Builds are meant: by name, by what they need or who needs them, by what changed or failed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ownconda.conda.match_specs import accepts, spec_name
from ownconda.errors import WrongInputError
from ownconda.graph.graph import closure
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import Recipes


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for; where nothing is, everything is meant.

    ``only`` and ``up_to`` are match specs: the Builds themselves, or with everything that they need. ``among`` are
    paths of packages (those that changed or failed). ``with_dependents`` adds whatever is built with one of them.
    """

    only: tuple[str, ...] = ()
    up_to: tuple[str, ...] = ()
    among: frozenset[str] | None = None
    with_dependents: bool = False


def selected(recipes: Recipes, selection: Selection) -> Recipes:
    """Keep what is meant, in the same order.

    Raises WrongInputError for a match spec that no recipe fits.
    """
    meant = _meant(recipes, selection)
    if selection.with_dependents:
        meant = recipes.graph.dependents(meant)
    if len(meant) == len(recipes.ordered):
        return recipes
    ordered = tuple(build for build in recipes.ordered if build in meant)
    return replace(recipes, graph=recipes.graph.induced(meant), ordered=ordered)


def _meant(recipes: Recipes, selection: Selection) -> frozenset[Build]:
    meant = frozenset(recipes.ordered)
    if selection.only or selection.up_to:
        fitting = _fitting(recipes.ordered, (*selection.only, *selection.up_to))
        ends = [build for spec in selection.up_to for build in fitting[spec]]
        alone = [build for spec in selection.only for build in fitting[spec]]
        meant = closure(recipes.graph.needs, ends) | frozenset(alone)
    if selection.among is not None:
        meant &= frozenset(build for build in recipes.ordered if build.path in selection.among)
    return meant


def _fitting(builds: Iterable[Build], specs: Iterable[str]) -> dict[str, list[Build]]:
    found = {spec: [build for build in builds if _fits(build)(spec)] for spec in specs}
    missing = [spec for spec, some in found.items() if not some]
    if missing:
        raise WrongInputError(f"no recipe makes {', '.join(missing)}", hint="`ownconda dep-graph` lists what there is")
    return found


def _fits(build: Build) -> Callable[[str], bool]:
    return lambda spec: spec_name(spec) == build.name and accepts(spec, version=build.version, build=build.build)
