"""What a recipe says to ownconda alone: its section ``extra.ownconda``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.builds import WrittenAlternative
from ownconda.recipes.faults import where_in


def own_fields(extra: Any, recipe: Path) -> Mapping[str, Any]:  # noqa: ANN401  (the recipe's free section)
    """Take that section out of ``extra``.

    Raises WrongInputError when it is no mapping.
    """
    own = extra.get("ownconda") if isinstance(extra, dict) else None
    if own is None:
        return {}
    if not isinstance(own, dict):
        raise WrongInputError("has to be a mapping", where=where_in(recipe, "extra.ownconda"))
    return own


def minutes(own: Mapping[str, Any], recipe: Path) -> float:
    """Give how many minutes a build and its tests may take, whatever limit the settings have; 0 where nothing is said.

    Raises WrongInputError when it is no number of minutes.
    """
    told = str(own.get("timeout", 0))  # conda-build's recipes have texts alone
    if not re.fullmatch(r"\d+(\.\d+)?", told):
        raise WrongInputError(
            f"{told!r} is no number of minutes", where=where_in(recipe, "extra.ownconda.timeout"), hint="such as 90"
        )
    return float(told)


def alternatives(own: Mapping[str, Any], recipe: Path) -> list[WrittenAlternative]:
    """Give the archives that may stand for the recipe's sources.

    Raises WrongInputError when an entry isn't complete.
    """
    field = "extra.ownconda.alternative_sources"
    found: list[WrittenAlternative] = []
    problems: list[Problem] = []
    entries = own.get("alternative_sources") or []
    for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        try:
            found.append(WrittenAlternative(**{key: str(value) for key, value in entry.items()}))
        except (TypeError, AttributeError):
            problems.append(
                Problem(
                    what="has to have instead_of, url, sha256 and note",
                    where=where_in(recipe, f"{field}[{index}]"),
                )
            )
    if problems:
        raise WrongInputError.of(problems)
    return found
