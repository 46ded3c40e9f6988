"""The shape of a recipe: which keys a section may have, and what may stand below them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Value(Enum):
    """What isn't a section: a text or a list of texts, or anything at all."""

    PLAIN = "plain"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A mapping with these keys.

    It may be written as a list of such mappings when it is ``listed``, as plain text when it is ``also_plain``; one
    that is ``is_open`` may have other keys, too.
    """

    keys: Mapping[str, "Shape"] = field(default_factory=dict)
    listed: bool = False
    also_plain: bool = False
    is_open: bool = False


Shape = Section | Value


def plain(*names: str) -> dict[str, Shape]:
    """Name keys that hold plain values."""
    return dict.fromkeys(names, Value.PLAIN)


OWN = Section(
    keys={
        "ownconda": Section(
            keys={
                **plain("debian_source", "needs_no_compiler", "timeout"),
                "alternative_sources": Section(keys=plain("instead_of", "url", "sha256", "note"), listed=True),
                "runner": Section(is_open=True),  # what is wrong in it is told when the recipe is read
                "allowed_findings": Section(is_open=True),
            }
        )
    },
    is_open=True,
)
"""The section ``extra``: everybody's, with a part that is ours (docs/reference/recipe-conventions.md)."""
