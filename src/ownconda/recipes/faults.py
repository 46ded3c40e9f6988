"""What the renderer says about a recipe, turned into a Problem with its file, line and field.

The renderer names a field or quotes the text that it couldn't use, sometimes with a position; the rest is looked
up in the recipe's text.
"""

import re
from pathlib import Path

from ownconda.errors import Problem, Where
from ownconda.recipes.text import Spot, spots

_POSITION = re.compile(r"^(?:parse error: )?(?:Failed to parse YAML: )?(\d+):(\d+): (.*)$", re.DOTALL)
_MARKER = re.compile(r"line: (\d+), column: (\d+)")
_MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
_UNKNOWN_FIELD = re.compile(r"invalid value for '([^']*)': unknown field '([^']*)'")
_MISSING_FIELD = re.compile(r"missing required field '([^']*)'")
_QUOTED = re.compile(r"'([^']+)'|: ([^:]+)$")


def explain(message: str, *, file: Path, text: str) -> Problem:
    """Find out what ``message`` is about."""
    message = message.removeprefix("Render error: ").removeprefix("PyRattlerBuildError: ").strip()
    unknown = _UNKNOWN_FIELD.search(message)
    if unknown:
        return _unknown_field(unknown[1], unknown[2], file=file, text=text)
    missing = _MISSING_FIELD.search(message)
    if missing:
        return Problem(
            what=f"the required field {missing[1]!r} is missing", where=Where(file=file, line=1), hint=_SCHEMA_HINT
        )
    position = _POSITION.match(message)
    if position:
        where = Where(file=file, line=int(position[1]))
        return Problem(what=position[3], where=where, hint="check indentation, quotes and brackets there")
    marker, said = _MARKER.search(message), _MESSAGE.search(message)
    if marker:
        line = int(marker[1])
        field = next((spot.field for spot in spots(text) if spot.line == line and not spot.is_key), None)
        what = said[1].replace('\\"', '"') if said else message
        return Problem(what=what, where=Where(file=file, line=line, field=field), hint=_jinja_hint(what))
    spot = _quoted_spot(message, text)
    if spot:
        return Problem(what=message, where=Where(file=file, line=spot.line, field=spot.field))
    return Problem(what=message, where=Where(file=file))


def where_in(recipe: Path, field: str) -> Where:
    """Find the line of a field such as ``source[0].sha256`` in a recipe, or of the nearest one that holds it."""
    try:
        lines = {spot.field: spot.line for spot in reversed(list(spots(recipe.read_text(encoding="utf-8"))))}
    except (OSError, UnicodeDecodeError):
        lines = {}
    holder = field
    while holder and holder not in lines:
        holder = _HOLDER.sub("", holder)
    return Where(file=recipe, line=lines.get(holder), field=field)


_HOLDER = re.compile(r"(\.?[^.\[\]]+|\[\d+\])$")
_SCHEMA_HINT = "a recipe.yaml needs at least package.name, package.version and about.license"


def _unknown_field(section: str, field: str, *, file: Path, text: str) -> Problem:
    candidates = [spot for spot in spots(text) if spot.is_key and spot.text == field]
    inside = [spot for spot in candidates if section in spot.field] or candidates
    where = Where(file=file, line=inside[0].line, field=inside[0].field) if inside else Where(file=file)
    return Problem(what=f"unknown field {field!r}", where=where, hint="check its spelling and its indentation")


def _quoted_spot(message: str, text: str) -> Spot | None:
    wanted = [part.strip() for match in _QUOTED.finditer(message) for part in match.groups() if part and part.strip()]
    found = list(spots(text))
    for part in reversed(wanted):
        for spot in found:
            if not spot.is_key and part in spot.text:
                return spot
    return next((spot for part in wanted for spot in found if spot.is_key and spot.text == part), None)


def _jinja_hint(what: str) -> str | None:
    return "is it defined under context: or in a variants file?" if "undefined" in what else None
