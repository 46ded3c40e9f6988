"""Lines of a recipe, and which of them count under their selectors.

A selector stands in brackets at the end of a line or in its comment, as conda-build has it. A line that doesn't count
becomes an empty one, so that every line keeps its number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.v0.selectors import Selector, parse_selector

_IN_COMMENT = re.compile(r"(.+?)\s*#.*\[([^\[\]]+)\][^()]*")
_AT_END = re.compile(r"(.+?)\s*\[([^\[\]]+)\]")
_LIST = re.compile(r"\s*(?:-\s+)*(?:[\w.-]+\s*:)?\s*\[[^\[\]]*\]")
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its selector and its comment; where it has one, the selector's text and the ``whole`` line."""

    text: str
    selector: str | None = None
    whole: str = ""

    @property
    def is_list(self) -> bool:
        """Tell whether it looks like a list in YAML's brackets, whatever conda-build takes it for."""
        return bool(_LIST.fullmatch(self.whole))


@lru_cache(maxsize=64)
def split_lines(text: str) -> tuple[Line, ...]:
    """Take a recipe's text apart; a comment that fills a line leaves an empty one."""
    return tuple(_line(line.rstrip()) for line in text.splitlines())


def select_lines(text: str, namespace: Mapping[str, object], *, file: Where, lists: bool = False) -> str:
    """Keep the lines that count where names mean what ``namespace`` says.

    With ``lists``, what looks like a list in brackets is one; conda-build takes it for a selector, and loses it. Raises
    WrongInputError with every selector that can't be understood, each with its line in ``file``.
    """
    kept: list[str] = []
    problems: list[Problem] = []
    known: dict[str, bool] = {}
    for number, line in enumerate(split_lines(text), start=1):
        if lists and line.is_list:
            kept.append(line.whole)
            continue
        counts = True
        if line.selector is not None:
            try:
                counts = known[line.selector] = (
                    known[line.selector] if line.selector in known else parse_selector(line.selector).holds(namespace)
                )
            except WrongInputError as error:
                problems += [_placed(problem, file, number) for problem in error.problems]
        kept.append(line.text if counts else "")
    if problems:
        raise WrongInputError.of(problems)
    return "\n".join(kept) + "\n"


def lost_lists(text: str, *, file: Where) -> list[Problem]:
    """Tell of each list in brackets that is taken for a selector, as conda-build does it."""
    return [
        Problem(
            what=f"[{line.selector}] counts as a selector, and is no list",
            where=Where(file=file.file, line=number),
            hint="write each entry on a line of its own, after a dash",
        )
        for number, line in enumerate(split_lines(text), start=1)
        if line.selector is not None and line.is_list
    ]


def selectors(text: str) -> Iterator[Selector]:
    """Give every selector of a text that can be understood."""
    for line in split_lines(text):
        if line.selector is not None:
            try:
                yield parse_selector(line.selector)
            except WrongInputError:
                continue


def _line(line: str) -> Line:
    if not line or line.lstrip().startswith("#"):
        return Line("")
    if "[" not in line or "]" not in line:
        return Line(line)
    found = _IN_COMMENT.fullmatch(line) or _AT_END.fullmatch(line)
    if not found:
        return Line(line)
    quote = line[-1] if line.endswith(_QUOTES) else ""  # the whole line is quoted
    return Line((found[1] + quote).rstrip(), found[2], line)


def _placed(problem: Problem, file: Where, line: int) -> Problem:
    return Problem(what=problem.what, where=Where(file=file.file, line=line), hint=problem.hint)
