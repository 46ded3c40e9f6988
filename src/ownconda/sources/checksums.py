"""Checksums that recipes give of their archives: sha256, and what conda-build's recipes have had besides."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import WrongInputError
from ownconda.wires.files import CHUNK

DIGITS = {"sha256": 64, "sha512": 128, "sha384": 96, "sha224": 56, "sha1": 40, "md5": 32}
"""How many hexadecimal digits each kind has; where a recipe gives several, the first one here counts."""

COMMIT = "git"
"""The kind of a commit's name, which git alone can verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """A checksum: its kind, as hashlib calls it or `COMMIT`, and its digest in lower-case hexadecimal digits."""

    digest: str
    kind: str = "sha256"

    @property
    def label(self) -> str:
        """How an archive's folder is called, in caches, mirrors and the forge: a sha256 stands there alone."""
        return self.digest if self.kind == "sha256" else f"{self.kind}-{self.digest}"

    def __str__(self) -> str:
        return f"{self.kind} {self.digest}"

    def taken(self) -> "hashlib._Hash":
        """Begin a digest of this kind."""
        return hashlib.new(self.kind, usedforsecurity=False)

    def of_file(self, path: Path) -> "Checksum":
        """Take the checksum of the same kind of a file."""
        digest = self.taken()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return Checksum(kind=self.kind, digest=digest.hexdigest())


def parse_checksum(text: str, kind: str = "sha256") -> Checksum:
    """Make a Checksum of a recipe's words. Raises WrongInputError when it can't be one."""
    digest = text.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{DIGITS[kind]}}}", digest, re.ASCII):
        hint = f"it has {DIGITS[kind]} hexadecimal digits: `{kind}sum FILE`"
        raise WrongInputError(f"{text!r} isn't a {kind}", hint=hint)
    return Checksum(kind=kind, digest=digest)


def checksum_at(label: str) -> Checksum | None:
    """Give the checksum that a folder is called by; None when it is called otherwise."""
    kind, _, digest = label.rpartition("-")
    checksum = Checksum(kind=kind or "sha256", digest=digest)
    right = re.fullmatch(r"[0-9a-f]+", digest, re.ASCII) and len(digest) == {**DIGITS, COMMIT: 40}.get(checksum.kind)
    return checksum if right and checksum.label == label else None


def best_checksum(given: Mapping[str, str]) -> Checksum | None:
    """Choose the strongest of those that are given by kind; None when there is none.

    Raises WrongInputError when it can't be one.
    """
    return next((parse_checksum(given[kind], kind) for kind in DIGITS if given.get(kind)), None)
