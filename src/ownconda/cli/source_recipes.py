"""The recipes whose sources a command is about: the options that say which, and what they are built from."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ownconda.building.wanted import Listed, list_sources
from ownconda.cli.recipe_options import variants_option
from ownconda.cli.rendering import render_cache, rendering
from ownconda.errors import OwncondaError, Problem, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.settings.tree import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which recipes are meant, and how they are rendered; without paths those that the settings say."""

    paths: tuple[Path, ...]
    variants: tuple[Path, ...]
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The sources of the recipes that are meant, each once, and what is wrong with any of them."""

    sources: list[Listed]
    problems: list[Problem]

    @property
    def errors(self) -> list[OwncondaError]:
        """What is wrong, as an error if there is anything."""
        return [WrongInputError.of(self.problems)] if self.problems else []


NOTHING = Wanted(sources=[], problems=[])

_OPTIONS = (
    click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    variants_option,
    click.option("--target-platform", "platforms", multiple=True, metavar="SUBDIR", help="A subdir; repeatable."),
)


def meant_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which recipes are meant; it gets them as ``meant``."""

    @functools.wraps(command)
    def with_meant(
        *args: object, paths: tuple[Path, ...], variants: tuple[Path, ...], platforms: tuple[str, ...], **others: object
    ) -> Any:  # noqa: ANN401  (what the command gives)
        return command(*args, meant=Meant(paths=paths, variants=variants, platforms=platforms), **others)

    for option in reversed(_OPTIONS):
        option(with_meant)
    return with_meant


def wanted_sources(meant: Meant, settings: Settings) -> Wanted:
    """Give what the recipes are built from, on all platforms together.

    Raises WrongInputError when there are no recipes.
    """
    problems: dict[Problem, None] = {}
    builds: list[Build] = []
    recipes = find_recipes(meant.paths or (settings.build.recipes,))
    for platform in meant.platforms or (None,):
        how = rendering(settings, variants=meant.variants, target_platform=platform)
        for made in read_many(recipes, how, cache=render_cache(settings)).made():
            builds += made.builds
            problems.update(dict.fromkeys(made.problems))
    sources, more = list_sources(builds)
    return Wanted(sources=sources, problems=list(dict.fromkeys([*problems, *more])))
