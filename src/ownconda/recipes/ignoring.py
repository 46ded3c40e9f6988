"""Comments by which a recipe asks for findings to be left out.

``# ownconda: ignore rule-name`` is about its own line or, where it stands alone, the next one;
``# ownconda: ignore-file rule-name`` is about the whole recipe. Several names are set apart by commas.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

_WISH = re.compile(
    r"^(?P<before>.*?)#\s*ownconda:\s*ignore(?P<file>-file)?\s+(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One comment: the rules that it names, its line (from 1), and the lines that it is about (None: all)."""

    rules: frozenset[str]
    line: int
    about: frozenset[int] | None


@lru_cache(maxsize=8)
def wishes(text: str) -> tuple[Wish, ...]:
    """Find what a recipe asks for."""
    return tuple(_wish(found, text) for found in _WISH.finditer(text)) if "ownconda:" in text else ()


def is_ignored(rule: str, line: int | None, asked: Collection[Wish]) -> bool:
    """Tell whether a finding shall be left out."""
    return any(rule in wish.rules and (wish.about is None or line in wish.about) for wish in asked)


def _wish(found: re.Match[str], text: str) -> Wish:
    line = text.count("\n", 0, found.start("rules")) + 1
    alone = not found["before"].strip()
    return Wish(
        rules=frozenset(re.split(r"\s*,\s*", found["rules"])),
        line=line,
        about=None if found["file"] else frozenset({line + 1} if alone else {line}),
    )
