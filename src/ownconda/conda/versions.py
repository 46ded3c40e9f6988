"""Versions in conda's order."""

from functools import lru_cache

from rattler import Version
from rattler.exceptions import InvalidVersionError

_LEAST = Version("0.dev0")


@lru_cache(maxsize=65_536)
def version_key(text: str) -> tuple[Version, str]:
    """Give a key that sorts versions as conda does; text that is no version comes first."""
    try:
        return Version(text), text
    except InvalidVersionError:
        return _LEAST, text


def is_version(text: str) -> bool:
    """Tell whether a text is a version that conda can compare."""
    try:
        Version(text)
    except InvalidVersionError:
        return False
    return True
