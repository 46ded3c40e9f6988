"""What was found in recipes, written for programs; each format is one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from ownconda.recipes.checking import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One recipe's file, and what was found in it."""

    file: Path
    findings: tuple[Finding, ...] = ()


class Report(Protocol):
    """A format. ``root`` is the folder that paths in it are relative to: the repository's."""

    def __call__(self, checked: Sequence[Checked], *, root: Path) -> str:
        """Write everything that was found."""


def path_in(root: Path, file: Path) -> str:
    """Give a file's path as formats want it: relative to the root where it is below that, with slashes."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def uri_in(root: Path, file: Path) -> str:
    """Give the same as a URI reference."""
    return quote(path_in(root, file), errors="surrogateescape")
