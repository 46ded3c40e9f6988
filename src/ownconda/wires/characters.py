"""Characters that a terminal or a page wouldn't show as what they are."""

import unicodedata

_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # Unicode's categories: control, half of a character, ends of lines
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_hidden(character: str) -> bool:
    """Tell whether a character controls instead of being shown.

    Control characters, ends of lines, halves of characters, and the marks that turn the direction of writing.
    """
    return unicodedata.category(character) in _KINDS or character in _TURNING
