"""What one job of a farm gets from others: packages in its output folder, or in a channel between pipelines."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import requests

from ownconda.errors import OutsideError, Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import Recipes
from ownconda.recipes.environments import environment_needs
from ownconda.wires.fetching import fetch_if_there


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One job's share of the work: the recipes of its own Builds, and the packages that others make for it."""

    recipes: Recipes
    from_others: tuple[Build, ...]


def share_of(recipes: Recipes, packages: Collection[str]) -> Share:
    """Choose the Builds of these packages (``<subdir>/<file name>``), and tell what they need of the others.

    Raises WrongInputError for a package that no recipe makes.
    """
    made = {build.path: build for build in recipes.ordered}
    unknown = [package for package in packages if package not in made]
    if unknown:
        hint = "the pipeline was made from other recipes, with other variants or for another platform: make it anew"
        raise WrongInputError.of(Problem(what=f"no recipe makes {package}", hint=hint) for package in unknown)
    chosen = [build for build in recipes.ordered if build.path in packages]
    needs = environment_needs(recipes.graph)
    numbers = [number for number, build in enumerate(needs.builds) if build.path in packages]
    at_hand = {needs.builds[one] for number in numbers for one in needs.at_hand(number)}
    return Share(
        recipes=replace(recipes, graph=recipes.graph.induced(chosen), ordered=tuple(chosen)),
        from_others=tuple(build for build in recipes.ordered if build in at_hand and build.path not in packages),
    )


def check_handed_over(builds: Iterable[Build], output: Path) -> None:
    """Check that packages are in the output folder. Raises OutsideError that names each one that isn't."""
    missing = _missing(builds, output)
    if missing:
        raise OutsideError.of(
            Problem(
                what="isn't there, and nothing else may stand for it",
                where=Where(file=output / build.path),
                hint="the job that makes it failed, or what it handed on is gone: run that job again",
            )
            for build in missing
        )


def take_over(builds: Iterable[Build], channel: str, output: Path, session: requests.Session) -> None:
    """Fetch the packages that aren't in the output folder from the channel at this address, as far as it has them.

    Raises OutsideError when the channel can't be reached.
    """
    for build in _missing(builds, output):
        fetch_if_there(f"{channel.rstrip('/')}/{quote(build.path)}", output / build.path, session)


def _missing(builds: Iterable[Build], output: Path) -> Sequence[Build]:
    return [build for build in builds if not (output / build.path).is_file()]
