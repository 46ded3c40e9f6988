"""The gate on random small channels, against a brute force that asks about every record before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import make_record
from paper_solver import PaperSolver

from ownconda.channels.gate.judging import judge
from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.refusals import Kind
from ownconda.channels.gate.standing import Standing
from ownconda.channels.snapshots import Contents
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine, VirtualPackage
from ownconda.conda.records import Record
from ownconda.repodata.entries import Entry

NAMES = "abcdef"
RELATIONS = ("", " >=2", " <2", " ==1", " <=2", " >3", "[version='>=2']")
VIRTUAL = ("__glibc >=2", "__glibc <3", "__cuda", "__cuda >=2", "__win")


def machine(name: str, subdir: str, **versions: str) -> Machine:
    virtual = tuple(VirtualPackage(name=f"__{key}", version=value) for key, value in versions.items())
    return Machine(name=name, subdir=subdir, virtual_packages=virtual)


OLD = machine("old", "linux-64", glibc="1")
NEW = machine("new", "linux-64", glibc="2", cuda="1")
WINDOWS = machine("windows", "win-64", win="1")

SPECS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(RELATIONS)), st.sampled_from(VIRTUAL)
)
RECORDS = st.builds(
    lambda name, version, subdir, depends, constrains: make_record(
        name, str(version), salt=subdir, subdir=subdir, depends=sorted(depends), constrains=sorted(constrains)
    ),
    st.sampled_from(NAMES),
    st.integers(1, 3),
    st.sampled_from(["linux-64", "linux-64", "noarch"]),
    st.sets(SPECS, max_size=2),
    st.sets(SPECS, max_size=1),
)
CHANNELS = st.lists(RECORDS, max_size=9, unique_by=lambda one: (one.name, one.version)).map(
    lambda records: {one.path: Entry(record=one, indexed_at=1) for one in records}
)
MACHINES = st.sampled_from([(OLD,), (NEW,), (OLD, NEW), (OLD, WINDOWS), (OLD, NEW, WINDOWS)])


@st.composite
def changed(draw: st.DrawFn, before: Contents) -> Contents:
    """Give a channel after some of its records went, came, were yanked or patched."""
    after = {**before, **draw(CHANNELS)} if draw(st.booleans()) else dict(before)
    for path in sorted(after):
        act = draw(st.sampled_from(["keep", "keep", "keep", "remove", "yank", "patch"]))
        entry = after.pop(path)
        if act == "patch":
            record = make_record(
                entry.record.name,
                entry.record.version,
                salt=entry.record.subdir,
                subdir=entry.record.subdir,
                depends=sorted(draw(st.sets(SPECS, max_size=2))),
            )
            entry = replace(entry, record=record)
        if act != "remove":
            after[path] = replace(entry, yanked=act == "yank")
    return after


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    before = draw(CHANNELS)
    beneath = draw(st.sampled_from(["nothing", "nothing", "above", "below"]))
    others = {} if beneath == "nothing" else {beneath: (draw(CHANNELS),)}
    return Proposal(before=Standing(own=before, **others), after=Standing(own=draw(changed(before)), **others))


@dataclass(frozen=True)
class Paper:
    """What can be installed from a state, by trying every set."""

    standing: Standing

    def can(self, path: str, on: Machine) -> bool:
        entry = self.standing.own.get(path)
        if entry is None or entry.yanked:
            return False
        there = self.records(on.subdir)
        return path in there and not hasattr(PaperSolver(list(there.values())).together([there[path]], on), "words")

    def records(self, subdir: str) -> Mapping[str, Record]:
        """A name counts in the first channel that has it."""
        first: dict[str, int] = {}
        tiers = [*self.standing.above, self.standing.own, *self.standing.below]
        listed = [
            (number, path, entry.record)
            for number, tier in enumerate(tiers)
            for path, entry in tier.items()
            if entry.record.subdir in {subdir, "noarch"} and not entry.yanked
        ]
        for number, _, record in listed:
            first.setdefault(record.name, number)
        return {path: record for number, path, record in listed if first[record.name] == number}


def brute_force(proposal: Proposal, machines: tuple[Machine, ...]) -> set[tuple[str, str, Kind]]:
    before, after = Paper(proposal.before), Paper(proposal.after)
    found = set()
    for path, entry in proposal.after.own.items():
        pool = [one for one in machines if entry.record.subdir in {one.subdir, "noarch"}]
        was = proposal.before.own.get(path)
        arrives = was is None or was.yanked
        for one in pool:
            if entry.yanked or after.can(path, one):
                continue
            if arrives and not any(excuses(other, one, entry.record, after) for other in pool if other != one):
                found.add((path, one.name, Kind.ARRIVAL))
            if not arrives and before.can(path, one):
                found.add((path, one.name, Kind.LOSS))
    return found


def excuses(other: Machine, lacking: Machine, record: Record, after: Paper) -> bool:
    names = {one.name for one in lacking.virtual_packages}
    more = tuple(one for one in other.virtual_packages if one.name not in names)
    equipped = replace(lacking, virtual_packages=lacking.virtual_packages + more)
    foreign = other.subdir != lacking.subdir and any(
        spec.split()[0] == one.name for spec in record.depends for one in more
    )
    return bool(more) and after.can(record.path, other) and (foreign or after.can(record.path, equipped))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(proposal=proposals(), machines=MACHINES)
def test_the_verdict_is_that_of_asking_about_every_record(proposal: Proposal, machines: tuple[Machine, ...]) -> None:
    verdict = judge(proposal, machines=machines, rules={}, open_solver=open_rattler)

    told = {(one.path, one.machine, one.kind) for one in verdict.refusals}
    assert told == brute_force(proposal, machines)
    assert verdict.passed == (not told)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    before=CHANNELS,
    source=st.lists(RECORDS, min_size=3, max_size=6, unique_by=lambda one: (one.name, one.version)),
    data=st.data(),
)
def test_the_smallest_addition_is_that_of_trying_every_choice(
    before: Contents, source: list[Record], data: st.DataObject
) -> None:
    candidates = {one.path: Entry(record=one, indexed_at=1) for one in source if one.path not in before}
    if not candidates:
        return
    chosen = data.draw(st.sampled_from(sorted(candidates)))
    after = {**before, chosen: candidates[chosen]}
    proposal = Proposal(before=Standing(own=before), after=Standing(own=after), source=candidates)

    verdict = judge(proposal, machines=[OLD], rules={}, open_solver=open_rattler)

    if verdict.passed:
        return
    smallest = smallest_by_trying(proposal, sorted(candidates.keys() - {chosen}))
    assert (verdict.addition is None) == (smallest is None)
    if verdict.addition is not None and smallest is not None:
        assert len(verdict.addition) == smallest
        assert not brute_force(with_more(proposal, verdict.addition), (OLD,))


def smallest_by_trying(proposal: Proposal, candidates: list[str]) -> int | None:
    for size in range(len(candidates) + 1):
        for choice in combinations(candidates, size):
            if not brute_force(with_more(proposal, choice), (OLD,)):
                return size
    return None


def with_more(proposal: Proposal, paths: tuple[str, ...]) -> Proposal:
    own = {**proposal.after.own, **{path: proposal.source[path] for path in paths}}
    return replace(proposal, after=replace(proposal.after, own=own))
