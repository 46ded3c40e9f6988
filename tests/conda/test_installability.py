import asyncio
from collections.abc import Sequence
from dataclasses import replace

from making import make_record

from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import default_machine, read_machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import Answer, Solution, Unsolvable

LINUX = default_machine("linux-64")
GPU = read_machine("gpu", "linux-64", ["__cuda=12.4"])


def ask(records: Sequence[Record], *wanted: Record, machine: object = LINUX) -> Answer:
    assert machine in {LINUX, GPU}
    with open_rattler(records) as solver:
        return solver.together(wanted, GPU if machine is GPU else LINUX)


def test_a_solution_names_all_that_is_installed() -> None:
    app, lib = make_record("app", depends=["lib >=1"]), make_record("lib")

    assert ask([app, lib, make_record("other")], app) == Solution(paths=frozenset({app.path, lib.path}))


def test_the_solver_says_in_its_words_what_is_missing() -> None:
    app = make_record("app", depends=["lib >=2"])

    answer = ask([app, make_record("lib")], app)

    assert isinstance(answer, Unsolvable)
    assert answer.words.startswith("app 1.0 h1_0 cannot be installed")
    assert "lib >=2, for which no candidates were found" in answer.words
    assert not answer.undecided


def test_exactly_this_record_is_asked_for() -> None:
    old, new = make_record("app", "1.0", depends=["nothing"]), make_record("app", "2.0")

    assert isinstance(ask([old, new], old), Unsolvable)
    assert isinstance(ask([old, new], new), Solution)


def test_files_that_differ_in_their_ending_are_two_records() -> None:
    conda = make_record("app", depends=["nothing"])
    tar = replace(make_record("app", salt="old"), file_name="app-1.0-h1_0.tar.bz2")

    assert isinstance(ask([conda, tar], conda), Unsolvable)
    assert ask([conda, tar], tar) == Solution(paths=frozenset({tar.path}))


def test_a_machine_has_what_its_virtual_packages_say() -> None:
    app = make_record("app", depends=["__cuda >=12"])

    assert isinstance(ask([app], app), Unsolvable)
    assert isinstance(ask([app], app, machine=GPU), Solution)


def test_records_are_asked_for_together() -> None:
    one, other = make_record("one", depends=["lib <2"]), make_record("other", depends=["lib >=2"])
    records = [one, other, make_record("lib", "1.0"), make_record("lib", "2.0")]

    assert isinstance(ask(records, one), Solution)
    assert isinstance(ask(records, other), Solution)
    assert isinstance(ask(records, one, other), Unsolvable)


def test_a_version_that_no_client_can_read_spoils_nothing_else() -> None:
    broken, sound = make_record("lib", "1 or 2"), make_record("lib", "1.0")
    app = make_record("app", depends=["lib"])

    assert ask([broken, sound, app], broken) == Unsolvable(words="'1 or 2' isn't a version that clients can read")
    assert isinstance(ask([broken, sound, app], app), Solution)


def test_a_spec_that_no_client_can_read_is_an_answer() -> None:
    app = make_record("app", depends=["this is >> no spec"])

    assert isinstance(ask([app], app), Unsolvable)


def test_when_time_is_over_nobody_knows() -> None:
    app = make_record("app")
    with open_rattler([app], longest=0.000_001) as solver:
        answer = solver.together([app], LINUX)

    assert answer == Unsolvable(words="the solver didn't come to an end in 1e-06 s", undecided=True)


def test_it_may_be_asked_where_a_loop_is_running() -> None:
    app = make_record("app")

    async def asked() -> Answer:
        return ask([app], app)

    assert isinstance(asyncio.run(asked()), Solution)
