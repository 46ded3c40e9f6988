"""What came in one request, judged: whole packages, and sidecars that are about one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.attestations import sidecars
from ownconda.attestations.statements import Subject
from ownconda.channels.attested import Arrival
from ownconda.channels.opening import milliseconds
from ownconda.conda.package_files import read_package
from ownconda.conda.records import Record
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.forge.forms import Received

CLOCKS_DIFFER = 600_000
"""Milliseconds by which the clock of a machine that builds may be ahead of ours."""

LONGEST_SIGNED = 255 - len(".sigs.") - 64


@dataclass(frozen=True, slots=True)
class _Sidecar:
    """A sidecar that is sound, and what it is about."""

    received: Received
    kind: str
    subject: Subject


def read_arrivals(received: Sequence[Received], channel: str) -> list[Arrival]:
    """Read every package to its end, and each sidecar; ``channel`` is where they are to go.

    Raises WrongInputError that tells all that is wrong with any of them.
    """
    problems: list[Problem] = []
    packages: list[tuple[Path, Record]] = []
    beside: list[_Sidecar] = []
    for one in received:
        try:
            named = sidecars.split(one.name)
            if named is None:
                packages.append((one.file, _read_package(one)))
            else:
                beside.append(_read(one, *named, channel))
        except WrongInputError as error:
            problems.extend(error.problems)
    owners = {_subject(record): record.path for _, record in packages}
    problems.extend(_strays(beside, owners, complete=not problems))
    if problems:
        raise WrongInputError.of(problems)
    found = _by_package(beside, owners)
    return [Arrival(file=file, record=record, sidecars=found.get(record.path, {})) for file, record in packages]


def _read_package(received: Received) -> Record:
    record = read_package(received.file, file_name=received.name)
    where = Where(file=received.name)
    if received.announced not in ("", record.sha256):
        what = f"arrived with the sha256 {record.sha256}; its sender says {received.announced[:80]}"
        raise WrongInputError(what, where=where, hint="it was damaged on its way; send it again")
    if record.timestamp > milliseconds() + CLOCKS_DIFFER:
        hint = "set the clock of the machine that builds, and build it again"
        raise WrongInputError("info/index.json: timestamp is in the future (CEP 47)", where=where, hint=hint)
    return record


def _read(received: Received, package: str, kind: str, channel: str) -> _Sidecar:
    where = Where(file=received.name)
    if received.file.stat().st_size > sidecars.LARGEST:
        raise WrongInputError(f"is larger than {sidecars.LARGEST >> 20} MiB", where=where)
    if kind == "signatures" and len(package) > LONGEST_SIGNED:
        hint = (
            "they are kept as <name>.sigs.<sha256>, and file systems take names of 255 bytes; shorten the build string"
        )
        raise WrongInputError(f"signatures need a package's name of at most {LONGEST_SIGNED} characters", hint=hint)
    content = received.file.read_bytes()
    try:
        subjects = frozenset(sidecars.subjects(kind, content))
        targets = sidecars.target_channels(kind, content)
    except ValueError as error:
        raise WrongInputError(f"can't be read: {error}", where=where) from error
    others = sorted(one.name for one in subjects if one.name != package)
    if others:
        raise WrongInputError(f"is about {others[0][:250]!r}, not about {package}", where=where)
    wrong = sorted(target for target in targets if not target.endswith(f"/conda/{channel}"))
    if wrong:
        hint = "upload to the channel that it names, or have it signed anew"
        raise WrongInputError(f"names the channel {wrong[0][:250]}, not {channel}", where=where, hint=hint)
    if len(subjects) != 1:
        raise WrongInputError("is about several files of that name", where=where)
    return _Sidecar(received, kind, *subjects)


def _strays(beside: Sequence[_Sidecar], owners: Mapping[Subject, str], *, complete: bool) -> list[Problem]:
    """Find the sidecars that are about no package of the request; nothing is known when one couldn't be read."""
    return [
        Problem(
            what=f"is about contents with the sha256 {one.subject.sha256}; no such package is in the upload",
            where=Where(file=one.received.name),
            hint="it is of another build; send the package that it belongs to along with it",
        )
        for one in beside
        if complete and one.subject not in owners
    ]


def _by_package(beside: Sequence[_Sidecar], owners: Mapping[Subject, str]) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {}
    for one in beside:
        found.setdefault(owners[one.subject], {})[one.kind] = one.received.file
    return found


def _subject(record: Record) -> Subject:
    return Subject(name=record.file_name, sha256=record.sha256)
