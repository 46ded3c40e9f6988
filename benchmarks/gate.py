"""The gate's verdict on a channel of 10,000 records: 50 that arrive, 100 that go, and others.

The channel is made up after large ones: four versions a name, one to ten requirements each, a few names that most
others need. A third of the names is noarch, a third is built for three Pythons, which exclude each other; some need a
GPU, some a newer glibc. Three machines: an old one, a newer one, and one with a GPU.
"""

import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from measuring import print_machine, verdict

from ownconda.channels.gate.judging import judge
from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.standing import Standing
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine, read_machine
from ownconda.conda.records import Record, record_from_fields
from ownconda.conda.solutions import Answer, Solver
from ownconda.repodata.entries import Entry

SIZE = 10_000
VERSIONS = 4
PYTHONS = ("3.11", "3.12", "3.13")
MOST_REQUIREMENTS = 10
ARRIVING, LOST = 50, 100
LONGEST, LONGEST_BACK = 10.0, 1.0  # seconds
RUNS = 3
DRAWS = 4  # how long it takes depends on how what is left excludes each other

Channel = Mapping[str, Entry]

MACHINES = (
    read_machine("old", "linux-64", ["__glibc=2.17", "__archspec=1=x86_64"]),
    read_machine("new", "linux-64", ["__glibc=2.28", "__archspec=1=x86_64"]),
    read_machine("gpu", "linux-64", ["__glibc=2.28", "__archspec=1=x86_64", "__cuda=12.4"]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done to the channel, and how long the verdict may take in seconds."""

    name: str
    before: Channel = field(repr=False)
    after: Channel = field(repr=False)
    longest: float = LONGEST_BACK


def main() -> None:
    """Print how long verdicts take."""
    channel = {one.path: Entry(record=one, indexed_at=0) for one in _records(random.Random(SIZE))}  # noqa: S311  (no secret)
    print(f"\nVerdicts on a channel of {len(channel):,} records, {len(MACHINES)} machines")
    for act in _acts(channel, random.Random(1)):  # noqa: S311  (likewise)
        _measure(act)


def _acts(channel: Channel, chance: random.Random) -> Iterator[Act]:
    paths = sorted(channel)
    arriving = frozenset(chance.sample(paths, ARRIVING))
    yield Act(name=f"{ARRIVING} arrive", before=_without(channel, arriving), after=channel, longest=LONGEST)
    newest = [path for path in paths if channel[path].record.version == f"1.{VERSIONS - 1}"]
    latest = frozenset(sorted(newest, key=lambda path: _number(channel[path]))[-LOST:])
    yield Act(name=f"roll back the {LOST} that came last", before=channel, after=_without(channel, latest))
    popular = [entry for entry in channel.values() if entry.record.name == "library-1"]
    rebuilt = {one.path: one for one in map(_rebuilt, popular)}
    yield Act(name="yank rebuilds of what most others need", before={**channel, **rebuilt}, after=channel)
    first = frozenset(entry.path for entry in popular if entry.record.version == "1.0")
    yield Act(name="yank its oldest version", before=channel, after=_without(channel, first))
    last = frozenset(entry.path for entry in popular) & frozenset(newest)
    yield Act(name="yank its newest version", before=channel, after=_without(channel, last))
    for draw in range(1, DRAWS + 1):
        gone = frozenset(chance.sample(paths, LOST))
        yield Act(name=f"{LOST} chosen by chance go, draw {draw}", before=channel, after=_without(channel, gone))


def _rebuilt(entry: Entry) -> Entry:
    one = entry.record
    return replace(entry, record=_record(one.name, one.version, f"{one.build}1", one.depends, one.subdir))


def _number(entry: Entry) -> int:
    return int(entry.record.name.partition("-")[2] or 0)


def _measure(act: Act) -> None:
    proposal = Proposal(before=Standing(own=act.before), after=Standing(own=act.after))
    seconds = []
    for _ in range(RUNS):
        questions: list[int] = []
        start = time.perf_counter()
        told = judge(proposal, machines=MACHINES, rules={}, open_solver=_Counting(questions))
        seconds.append(time.perf_counter() - start)
    print(f"\n{act.name}: {told.asked:,} asked about, {len(questions)} questions, {len(told.refusals):,} refusals")
    print(f"  first {seconds[0]:.3f} s, then {min(seconds[1:]):.3f} to {max(seconds[1:]):.3f} s")
    verdict("slowest", max(seconds), act.longest, " s")


@dataclass(frozen=True, slots=True)
class _Counting:
    """Opens py-rattler's solver and notes each question's number of records."""

    questions: list[int]

    @contextmanager
    def __call__(self, records: Iterable[Record]) -> Iterator[Solver]:
        with open_rattler(records) as solver:
            yield _Noting(solver, self.questions)


@dataclass(frozen=True, slots=True)
class _Noting:
    solver: Solver
    questions: list[int]

    def together(self, wanted: Sequence[Record], machine: Machine) -> Answer:
        self.questions.append(len(wanted))
        return self.solver.together(wanted, machine)


def _without(channel: Channel, paths: frozenset[str]) -> Channel:
    return {path: entry for path, entry in channel.items() if path not in paths}


def _records(chance: random.Random) -> Iterator[Record]:
    for python in PYTHONS:
        yield _record("python", f"{python}.1", f"h{python.replace('.', '')}", (), "linux-64")
    made, number = len(PYTHONS), 0
    while made < SIZE:
        for record in _of_name(number, chance)[: SIZE - made]:
            made += 1
            yield record
        number += 1


def _of_name(number: int, chance: random.Random) -> list[Record]:
    """Make all records of a name: noarch, for each Python, or for none."""
    needed = sorted({_popular(number, chance) for _ in range(chance.randint(1, MOST_REQUIREMENTS))} - {number})
    needed = [one for one in needed if one < number]
    built_with = [sorted(chance.choices(range(VERSIONS), k=VERSIONS)) for _ in needed]
    system = chance.choices(((), ("__cuda >=12",), ("__glibc >=2.28",)), (8, 1, 1))[0] if number % 10 == 0 else ()
    found = []
    for version in range(VERSIONS):
        bounds = (min(version, versions[version]) for versions in built_with)
        depends = (*(f"library-{one} >=1.{bound},<2.0a0" for one, bound in zip(needed, bounds, strict=True)), *system)
        if number % 3 == 0:
            found.append(_record(f"library-{number}", f"1.{version}", "pyh0", depends, "noarch"))
        elif number % 3 == 1:
            found.append(_record(f"library-{number}", f"1.{version}", "h0", depends, "linux-64"))
        else:
            for python in PYTHONS:
                pinned = (f"python {python}.*", *depends)
                build = f"py{python.replace('.', '')}_0"
                found.append(_record(f"library-{number}", f"1.{version}", build, pinned, "linux-64"))
    return found


def _popular(number: int, chance: random.Random) -> int:
    """Choose an earlier name: those that come first are needed most; nobody needs what is for some machines only."""
    return int(number * chance.random() ** 3) // 10 * 10 + chance.randint(1, 9)


def _record(name: str, version: str, build: str, depends: tuple[str, ...], subdir: str) -> Record:
    file_name = f"{name}-{version}-{build}.conda"
    digest = hashlib.sha256(file_name.encode()).hexdigest()
    fields = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": subdir,
        "depends": list(depends),
        "license": "MIT",
        "md5": digest[-32:],
        "sha256": digest,
        "size": 100_000,
        "timestamp": 1_700_000_000_000,
    }
    return record_from_fields(fields, file_name=file_name, run_exports={})


if __name__ == "__main__":
    print_machine()
    main()
