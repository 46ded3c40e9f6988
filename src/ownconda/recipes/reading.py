"""A recipe's files read to text: UTF-8, of a size and a depth that a recipe can have.

All that is read for a recipe is read here, so that what a rendering depends on can be noted (``sights``).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes import sights
from ownconda.recipes.sights import LARGEST

DEEPEST = 200
"""How deep brackets may stand in each other; block style may be as deep as ``_INDENTED`` says."""

_INDENTED = re.compile(r"^[ \t?:-]{1000}", re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")


def read_text(file: Path) -> str:
    """Read a file of a recipe.

    Raises WrongInputError when it isn't text as recipes are.
    """
    try:
        content = sights.read(str(file))
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
    return bool(sights.look(sights.FILE, str(path)))


def files_beside(recipe: Path) -> frozenset[str]:
    """Give the names of everything in a recipe's folder."""
    return frozenset(str(sights.look(sights.NAMES, str(recipe.parent))).split("\0"))


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there; a path that can't be one isn't."""
    return bool(sights.look(sights.FOLDER, str(path)))


def resolved(path: Path) -> Path:
    """Follow the links of a path.

    Raises ValueError for what can't be one.
    """
    return Path(str(sights.look(sights.PLACE, str(path))))


def described(folder: Path) -> Mapping[str, str]:
    """Give what conda-build's variables ``GIT_…`` say of the repository around a folder; nothing outside of one."""
    repository = str(sights.look(sights.REPOSITORY, str(folder)))
    told = str(sights.look(sights.COMMIT, repository)) if repository else ""
    return dict(line.split("=", 1) for line in told.splitlines())


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
