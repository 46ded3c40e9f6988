"""Patterns of names: ``*`` stands for any text without a slash, ``**`` for any text, ``?`` for a character."""

import functools
import re
from collections.abc import Iterable

_PARTS = re.compile(r"\*\*|\*|\?")
_ANY, _ANY_PATH = "\ue001", "\ue002"  # private characters, which stand for what a pattern may stand for
_MEANING = {"**": ".*", "*": f"[^/{_ANY_PATH}]*", "?": f"[^/{_ANY}{_ANY_PATH}]"}


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern stands for a text, as a whole."""
    return _compiled(pattern).fullmatch(text) is not None


def any_matches(patterns: Iterable[str], texts: Iterable[str]) -> bool:
    """Tell whether any pattern stands for any of the texts."""
    texts = tuple(texts)
    return any(matches(pattern, text) for pattern in patterns for text in texts)


def every(pattern: str) -> str:
    """Give a text in place of all that a pattern stands for: what matches it stands for all of that, too."""
    return _PARTS.sub(lambda part: {"**": _ANY_PATH, "*": _ANY}.get(part[0], part[0]), pattern)


def is_pattern(text: str) -> bool:
    """Tell whether a text can stand for several others."""
    return _PARTS.search(text) is not None


def weight(pattern: str) -> tuple[bool, int]:
    """Say how much a pattern pins down: what stands for one text only most, then the one with the most characters."""
    return not is_pattern(pattern), len(_PARTS.sub("", pattern))


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    fixed, wild = _PARTS.split(pattern), _PARTS.findall(pattern)
    meant = [_MEANING[one] for one in wild]
    return re.compile(
        "".join(re.escape(text) + more for text, more in zip(fixed, [*meant, ""], strict=True)), re.DOTALL
    )
