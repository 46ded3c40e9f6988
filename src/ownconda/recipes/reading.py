"""A recipe's file read to text: UTF-8, of a size and a depth that a recipe can have."""

import re
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError

LARGEST = 512 * 2**10
"""How many bytes a recipe's file may have."""

DEEPEST = 200
"""How deep brackets may stand in each other; block style may be as deep as ``_INDENTED`` says."""

_INDENTED = re.compile(r"^[ \t?:-]{1000}", re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")


def read_text(file: Path) -> str:
    """Read a file of a recipe.

    Raises WrongInputError when it isn't text as recipes are.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    if len(content) > LARGEST:
        raise WrongInputError(
            f"is larger than {LARGEST // 2**10} KB, which no recipe is",
            where=Where(file=file),
            hint="is it a recipe? data belongs into a file beside it",
        )
    text = _decoded(content, file)
    check_depth(text, file)
    return text


def is_file(path: Path) -> bool:
    """Tell whether a file is there; a path that can't be one, as a recipe may name it, isn't."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def files_beside(recipe: Path) -> frozenset[str]:
    """Give the names of everything in a recipe's folder."""
    return frozenset(path.name for path in recipe.parent.iterdir())


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there; a path that can't be one isn't."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def check_depth(text: str, file: Path | str) -> None:
    """Refuse text whose structure would be too deep for a parser, which may not survive it.

    Raises WrongInputError with the line.
    """
    indented = _INDENTED.search(text)
    if indented:
        raise WrongInputError.of([_too_deep(text, indented.start(), file)])
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > DEEPEST:
            raise WrongInputError.of([_too_deep(text, bracket.start(), file)])


def _decoded(content: bytes, file: Path) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongInputError(
            f"isn't UTF-8 text (byte {error.start})", where=Where(file=file), hint="save the file as UTF-8"
        ) from error
    if text.startswith("\ufeff"):
        raise WrongInputError(
            "begins with a byte order mark", where=Where(file=file, line=1), hint="save the file as UTF-8 without it"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _too_deep(text: str, position: int, file: Path | str) -> Problem:
    return Problem(
        what="is nested too deeply",
        where=Where(file=file, line=text.count("\n", 0, position) + 1),
        hint="close the brackets that are open there",
    )
