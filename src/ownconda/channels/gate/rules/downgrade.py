"""The newest version of a name doesn't get lower for anybody."""

from collections.abc import Iterator, Mapping

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.standing import offered, subdirs
from ownconda.channels.snapshots import Contents
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record
from ownconda.conda.versions import version_key
from ownconda.errors import Problem, Where


def no_downgrade(proposal: Proposal) -> Iterator[Problem]:
    """Tell which packages were the newest of their name, and would be followed by older ones."""
    told: set[str] = set()
    for subdir in sorted(subdirs(proposal.before.own)) or [NOARCH]:
        was, will_be = _newest(proposal.before.own, subdir), _newest(proposal.after.own, subdir)
        for name, record in was.items():
            now = will_be.get(name)
            if now and _older(now, record) and record.path not in told:
                told.add(record.path)
                yield Problem(
                    what=f"{name} {record.version} goes, and the newest would be {now.version}",
                    where=Where(file=record.path),
                    hint="where that is meant, waive this rule with the reason",
                )


def _newest(contents: Contents, subdir: str) -> Mapping[str, Record]:
    newest: dict[str, Record] = {}
    for record in offered(contents).values():
        best = newest.get(record.name)
        if record.subdir in {subdir, NOARCH} and (best is None or _older(best, record)):
            newest[record.name] = record
    return newest


def _older(one: Record, other: Record) -> bool:
    return version_key(one.version) < version_key(other.version)
