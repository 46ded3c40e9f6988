"""How many bytes of packages a channel may list."""

from ownconda.channels.snapshots import Change, Contents
from ownconda.errors import NoError

ANY_SIZE = 0


class FullError(NoError):
    """A channel would list more bytes than it may."""


def size_of(contents: Contents) -> int:
    """Give the bytes of all packages that a channel lists."""
    return sum(entry.record.size for entry in contents.values())


def check_room(channel: str, here: Contents, change: Change, most: int) -> Change:
    """Give a change back that leaves a channel within ``most`` bytes (0: any number). Raises FullError."""
    if most == ANY_SIZE:
        return change
    fresh = sum(entry.record.size for entry in change.added if entry.path not in here)
    held = size_of(here) if fresh else 0
    if held + fresh > most:
        what = f"{channel} holds {held} bytes of packages and may hold {most}: {fresh} more are too many"
        raise FullError(what, hint="let old packages go (`ownconda channel prune`), or ask the operator for more")
    return change
