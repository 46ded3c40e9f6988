"""Standing: a channel together with those that it is declared to stand on, and what clients see of them all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ownconda.channels.snapshots import Contents
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record

Records = Mapping[str, Record]
"""Records by their paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a channel lists, beside those that come before it (CEP 42's ``base``) and after it (``overrides``).

    A client with strict channel priority takes a name from the first of them that has it.
    """

    own: Contents
    above: tuple[Contents, ...] = ()
    below: tuple[Contents, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the channel has to be enough by itself."""
        return not (self.above or self.below)


def offered(contents: Contents) -> dict[str, Record]:
    """Give what clients can install of a channel: all but what is yanked."""
    return {path: entry.record for path, entry in contents.items() if not entry.yanked}


def seen(standing: Standing, subdir: str) -> dict[str, Record]:
    """Give the records that a client on a machine of this subdir chooses from."""
    found: dict[str, Record] = {}
    taken: set[str] = set()
    for contents in (*standing.above, standing.own, *standing.below):
        here = {path: one for path, one in _for(subdir, contents) if one.name not in taken}
        taken |= {record.name for record in here.values()}
        found |= here
    return found


def subdirs(*contents: Contents) -> frozenset[str]:
    """Give the subdirs that have packages, without noarch."""
    return frozenset(path.partition("/")[0] for one in contents for path in one) - {NOARCH}


def _for(subdir: str, contents: Contents) -> Iterable[tuple[str, Record]]:
    for path, entry in contents.items():
        if not entry.yanked and entry.record.subdir in {subdir, NOARCH}:
            yield path, entry.record
