"""Subdirs of machines."""

from functools import cache

from rattler import Subdir


@cache
def current_subdir() -> str:
    """Give the subdir whose packages run on this machine: ``linux-64``, say."""
    return str(Subdir.current())
