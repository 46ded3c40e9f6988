"""Names of projects and versions, as they stand in the addresses of their documentation."""

import re

from ownconda.errors import WrongInputError

STABLE, LATEST = "stable", "latest"
ALIASES = (STABLE, LATEST)
"""What stands for whichever version it is just now."""

LONGEST = 100
_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_OF_THE_FORGE = frozenset({"versions.json", "switcher.js"})


def check_project(name: str) -> str:
    """Give a project's name back. Raises WrongInputError where it can't be one."""
    if not _PROJECT.fullmatch(name) or len(name) > LONGEST:
        hint = "small letters, digits and . _ -, beginning with a letter or a digit"
        raise WrongInputError(f"{name[:LONGEST]!r} can't be the name of a project", hint=hint)
    return name


def check_version(name: str) -> str:
    """Give the name of a version that somebody may upload back. Raises WrongInputError where it can't be one."""
    if name in ALIASES:
        hint = f"it stands for a version: upload that, and `{name}` follows"
        raise WrongInputError(f"{name!r} can't be uploaded", hint=hint)
    if not _VERSION.fullmatch(name) or len(name) > LONGEST or name in _OF_THE_FORGE:
        hint = "letters, digits and . _ + -; a branch `feature/x` may be called feature-x"
        raise WrongInputError(f"{name[:LONGEST]!r} can't be the name of a version", hint=hint)
    return name
