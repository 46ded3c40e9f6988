"""The options that choose what is built, as one value."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ownconda.building.last_run import unfinished
from ownconda.building.output import state_folder
from ownconda.recipes.collection import Recipes
from ownconda.recipes.selection import Selection, selected
from ownconda.recipes.updated_since import updated_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the options say; ``changed_since`` is a revision, or empty for where the branch began."""

    only: tuple[str, ...]
    up_to: tuple[str, ...]
    changed_since: str | None
    from_failed: bool
    with_dependents: bool

    def of(self, recipes: Recipes, places: tuple[Path, ...], output: Path) -> Recipes:
        """Keep what is chosen.

        Raises WrongInputError for a package that no recipe makes, a revision that isn't there, or a first run.
        """
        among: list[frozenset[str]] = []
        if self.from_failed:
            among.append(unfinished(state_folder(output)))
        if self.changed_since is not None:
            updates = updated_since(recipes.ordered, places, self.changed_since or None)
            among.append(frozenset(one.build.path for one in updates))
        selection = Selection(
            only=self.only,
            up_to=self.up_to,
            among=frozenset.intersection(*among) if among else None,
            with_dependents=self.with_dependents,
        )
        return selected(recipes, selection)


_OPTIONS = (
    click.option("--only", multiple=True, metavar="PKG", help="Build just this package; repeatable."),
    click.option("--up-to", multiple=True, metavar="PKG", help="Build this package and what it needs; repeatable."),
    click.option(
        "--changed",
        "changed_since",
        metavar="[REV]",
        is_flag=False,
        flag_value="",
        help="Build what changed since REV (default: where the branch began).",
    ),
    click.option("--from-failed", is_flag=True, help="Build what failed or was left out in the last run."),
    click.option(
        "--rebuild-dependents", "with_dependents", is_flag=True, help="Also build what is built with any of these."
    ),
)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose; it gets them as ``choice``."""

    @functools.wraps(command)
    def chosen(
        *args: object,
        only: tuple[str, ...],
        up_to: tuple[str, ...],
        changed_since: str | None,
        from_failed: bool,
        with_dependents: bool,
        **others: object,
    ) -> Any:  # noqa: ANN401  (what the command gives)
        choice = Choice(
            only=only,
            up_to=up_to,
            changed_since=changed_since,
            from_failed=from_failed,
            with_dependents=with_dependents,
        )
        return command(*args, choice=choice, **others)

    for option in reversed(_OPTIONS):
        option(chosen)
    return chosen
