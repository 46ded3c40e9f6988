"""Hosts that sources may come from."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Patterns such as ``zlib.net`` or ``*.gnu.org``; with none of them, every host is allowed."""

    allowed: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Tell whether an address may be used; one that names no host may."""
        name = host(url)
        return not name or not self.allowed or any(fnmatchcase(name, pattern.lower()) for pattern in self.allowed)


def host(url: str) -> str:
    """Give the host that an address names; empty when it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
