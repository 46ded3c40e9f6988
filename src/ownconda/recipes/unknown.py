"""Requirements that nobody makes: found before anything is built, with the nearest name that somebody does make."""

import difflib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from ownconda.conda.match_specs import spec_name
from ownconda.conda.names import VIRTUAL, names_compiler
from ownconda.errors import Problem, Where
from ownconda.recipes.builds import Build
from ownconda.recipes.text import Spot, spots

_FIELDS = {
    "build": "requirements.build",
    "host": "requirements.host",
    "common_build": "requirements.build",
    "common_host": "requirements.host",
}


def unknown_requirements(builds: Iterable[Build], known: Collection[str]) -> list[Problem]:
    """Tell each build and host requirement of a name that is not ``known``, with its file, line and field."""
    return list(dict.fromkeys(problem for build in builds for problem in _unknown(build, known)))


def _unknown(build: Build, known: Collection[str]) -> Iterator[Problem]:
    for section in _FIELDS:
        for spec in getattr(build.requirements, section):
            name = spec_name(spec)
            if name not in known and not name.startswith(VIRTUAL):
                yield Problem(
                    what=f"unknown package {name!r}",
                    where=_where(build.recipe, section, name),
                    hint=_hint(name, known),
                )


def _hint(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    channel = "name a channel that has it with --channel"
    return f"{channel}; a recipe of that name can stand for the machine's own" if names_compiler(name) else channel


def _where(recipe: Path, section: str, name: str) -> Where:
    found = [spot for spot in spots(recipe.read_text(encoding="utf-8")) if _asks_for(spot, section, name)]
    return Where(file=recipe, line=found[0].line, field=found[0].field) if found else Where(file=recipe)


def _asks_for(spot: Spot, section: str, name: str) -> bool:
    return not spot.is_key and _FIELDS[section] in spot.field and spot.text.split(" ")[0] == name
