"""Which packages are tested: those that are asked for, and those that depend on one of them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.available import Available
from ownconda.conda.match_specs import accepts, spec_name
from ownconda.conda.records import Record
from ownconda.conda.versions import version_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A package whose tests are run: its file, its record, and why, if it wasn't asked for itself."""

    file: Path
    record: Record
    because: str = ""


def best(spec: str, found: Iterable[Available]) -> Available | None:
    """Choose what a solver would: of what a match spec accepts the newest version, and its highest build number."""
    fitting = [one for one in found if accepts(spec, version=one.version, build=one.build)]
    return max(fitting, key=lambda one: (version_key(one.version), one.build_number), default=None)


def names_of_dependents(tested: Sequence[Record], listed: Iterable[tuple[str, Sequence[str]]]) -> frozenset[str]:
    """Give the names of the packages, each a name with what it depends on, that need one of the tested ones."""
    own = {record.name for record in tested}
    return frozenset(name for name, depends in listed if name not in own and _needed(tested, depends))


def dependents(tested: Sequence[Record], found: Iterable[Available]) -> Iterator[tuple[Available, str]]:
    """Choose the packages that depend on one of the tested ones, each with the name of that.

    Of each name it is the newest version that accepts what is tested, in all its builds.
    """
    accepting = [(one, needed) for one in found for needed in [_needed(tested, one.depends)] if needed]
    newest: dict[str, str] = {}
    for one, _ in accepting:
        newest[one.name] = max(newest.get(one.name, one.version), one.version, key=version_key)
    for one, needed in accepting:
        if one.version == newest[one.name]:
            yield one, needed


def _needed(tested: Sequence[Record], depends: Sequence[str]) -> str:
    """Give the first of the tested packages that one of these requirements accepts."""
    for spec in depends:
        for record in tested:
            if spec_name(spec) == record.name and accepts(spec, version=record.version, build=record.build):
                return record.name
    return ""
