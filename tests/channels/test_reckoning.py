"""What the gate tells without a solver, against the solver, on random small channels."""

from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import make_record

from ownconda.channels.gate.choices import Choices
from ownconda.channels.gate.dead_ends import Ways
from ownconda.channels.gate.including import Including
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.reckoning import Reckoner
from ownconda.channels.gate.standing import Standing
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine, read_machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import OpenSolver, Solution
from ownconda.repodata.entries import Entry

NAMES = ("a", "b", "c", "d")
OLD = read_machine("old", "linux-64", ["__glibc=2.17"])
GPU = read_machine("gpu", "linux-64", ["__glibc=2.28", "__cuda=12.4"])
SAID = (
    "",
    " >=1.1",
    " <1.1",
    " 1.0.*",
    " =1.1",
    " ~=1.0",
    " !=1.1",
    " 1.0|1.2",
    " * py312_*",
    " 1.1 py313_0",
    " >=1.1 *_0",
)
MORE = ("[version='>=1.1']", "[build='py312*']", "[build_number=0]", " ^1.*$", " >>1", " 1.1 py313_0")
SPECS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(SAID)),
    st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(SAID + MORE)),
    st.sampled_from(["__glibc >=2.28", "__cuda", "__glibc >=2.17,<3.0.a0"]),
)
RECORDS = st.builds(
    lambda name, version, build, depends, constrains: make_record(
        name, version, build=build, depends=sorted(depends), constrains=sorted(constrains)
    ),
    st.sampled_from(NAMES),
    st.sampled_from(["1.0", "1.1", "1.2"]),
    st.sampled_from(["py312_0", "py313_0"]),
    st.sets(SPECS, max_size=3),
    st.sets(SPECS, max_size=1),
)
CHANNELS = st.lists(RECORDS, max_size=10, unique_by=lambda one: one.path).map(
    lambda records: {one.path: one for one in records}
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(channel=CHANNELS, machine=st.sampled_from([OLD, GPU]))
def test_what_is_told_without_the_solver_is_what_the_solver_says(
    channel: Mapping[str, Record], machine: Machine
) -> None:
    reckoner = Reckoner(Choices(channel), machine, Ways(channel).dead_ends(machine))
    with open_rattler(channel.values()) as solver:
        for path, record in channel.items():
            can = isinstance(solver.together([record], machine), Solution)
            assert not reckoner.proves(path) or can
            assert reckoner.reckoned(path).can in {can, None}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(channel=CHANNELS)
def test_what_can_be_installed_on_a_machine_can_be_on_a_greater_one(channel: Mapping[str, Record]) -> None:
    with open_rattler(channel.values()) as solver:
        for lesser, other in ((OLD, GPU), (GPU, OLD)):
            if other in Including(channel.values()).greater(lesser, (OLD, GPU)):
                for record in channel.values():
                    on_lesser, on_greater = (solver.together([record], one) for one in (lesser, other))
                    assert isinstance(on_greater, Solution) or not isinstance(on_lesser, Solution)


def test_packages_of_several_pythons_and_times_need_no_solver() -> None:
    records = [
        *(make_record("python", f"3.{minor}.1", build="h1_0") for minor in (12, 13)),
        *(lib(f"lib{number}", f"{number}.{version}", minor, number) for number in range(8) for version in range(4)
          for minor in (12, 13)),
    ]  # fmt: skip
    entries = {one.path: Entry(record=one, indexed_at=0) for one in records}
    with Inquiry(Standing(own=entries), [OLD, GPU], unasked()) as inquiry:
        assert inquiry.unsolvable(list(entries), OLD) == {}
        assert inquiry.unsolvable(list(entries), GPU) == {}


def test_pythons_that_exclude_each_other_are_told_without_the_solver() -> None:
    records = [
        *(make_record("python", f"3.{minor}.1", build="h1_0") for minor in (12, 13)),
        lib("one", "1.0", 12, 0),
        lib("other", "1.0", 13, 0),
        make_record("app", depends=["one", "other"]),
    ]
    entries = {one.path: Entry(record=one, indexed_at=0) for one in records}
    with Inquiry(Standing(own=entries), [OLD], unasked()) as inquiry:
        [(path, why)] = inquiry.unsolvable(list(entries), OLD).items()

    assert path == records[-1].path
    assert why.words == "no other is left with which all that it needs could go together on old"


def lib(name: str, version: str, minor: int, needs: int) -> Record:
    """Make a package for one Python that needs a version of the one before it."""
    _, _, behind = version.partition(".")
    depends = [f"python 3.{minor}.*"] + ([f"lib{needs - 1} {needs - 1}.{behind}.*"] if needs else [])
    return make_record(name, version, build=f"py3{minor}_0", depends=depends)


def unasked() -> OpenSolver:
    """Open a solver on nothing, which says of everything that it can't be installed, or stumbles."""
    return lambda _: open_rattler([])
