import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_record

from ownconda.channels.gate.judging import judge
from ownconda.channels.gate.proposal import Hold, Proposal
from ownconda.channels.gate.refusals import ENOUGH
from ownconda.channels.gate.rule_table import RULES, RuleChoice, chosen_rules
from ownconda.channels.gate.standing import Standing
from ownconda.channels.gate.verdict import Verdict, Waiver
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine, read_machine
from ownconda.conda.records import Record
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry

OLD = read_machine("old", "linux-64", ["__glibc=2.17"])
NEW = read_machine("new", "linux-64", ["__glibc=2.28"])
GPU = read_machine("gpu", "linux-64", ["__glibc=2.28", "__cuda=12.4"])
WINDOWS = read_machine("windows", "win-64", [])

LIB = make_record("lib", "1.0")
LIB_2 = make_record("lib", "2.0")
APP = make_record("app", "1.0", depends=["lib >=2"])


def listed(*records: Record) -> dict[str, Entry]:
    return {one.path: Entry(record=one, indexed_at=1) for one in records}


def judged(  # noqa: PLR0913  (each is a part of a proposal)
    before: Mapping[str, Entry],
    after: Mapping[str, Entry],
    *,
    machines: Sequence[Machine] = (NEW,),
    source: Mapping[str, Entry] | None = None,
    above: Sequence[Mapping[str, Entry]] = (),
    below: Sequence[Mapping[str, Entry]] = (),
    longest: float = 20,
) -> Verdict:
    beneath = {"above": tuple(above), "below": tuple(below)}
    proposal = Proposal(
        before=Standing(own=before, **beneath), after=Standing(own=after, **beneath), source=source or {}
    )
    return judge(
        proposal, machines=machines, rules={}, open_solver=lambda records: open_rattler(records, longest=longest)
    )


def told(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(one.path, one.machine, str(one.kind)) for one in verdict.refusals]


def test_what_arrives_with_all_that_it_needs_may_pass() -> None:
    verdict = judged(listed(LIB), listed(LIB, LIB_2, APP))

    assert verdict.passed
    assert str(verdict) == "the gate lets it pass: 2 packages asked about, on new"


def test_what_arrives_has_to_be_installable() -> None:
    verdict = judged(listed(LIB), listed(LIB, APP))

    assert told(verdict) == [(APP.path, "new", "arrival")]
    assert "lib >=2, for which no candidates were found" in verdict.refusals[0].words


def test_what_goes_mustnt_be_needed() -> None:
    verdict = judged(listed(LIB_2, APP), listed(APP))

    assert told(verdict) == [(APP.path, "new", "loss")]


def test_a_yank_is_a_loss_and_the_end_of_one_an_arrival() -> None:
    there = listed(LIB_2, APP)
    yanked = there | {LIB_2.path: replace(there[LIB_2.path], yanked=True)}
    broken = {APP.path: replace(there[APP.path], yanked=True)}

    assert told(judged(there, yanked)) == [(APP.path, "new", "loss")]
    assert told(judged(broken, listed(APP))) == [(APP.path, "new", "arrival")]


def test_a_patch_mustnt_make_what_it_patches_uninstallable() -> None:
    sound = make_record("app", "1.0", depends=["lib"])

    assert told(judged(listed(LIB, sound), listed(LIB, APP))) == [(APP.path, "new", "loss")]


def test_a_patch_of_something_that_was_broken_already_may_leave_it_so() -> None:
    still = make_record("app", "1.0", depends=["lib >=3"])

    assert judged(listed(LIB, APP), listed(LIB, still)).passed


def test_what_was_broken_already_isnt_held_against_a_change() -> None:
    assert judged(listed(APP, LIB), listed(APP)).passed


def test_an_older_glibc_than_needed_is_a_refusal() -> None:
    app = make_record("app", depends=["__glibc >=2.28"])

    assert told(judged({}, listed(app), machines=[OLD, NEW])) == [(app.path, "old", "arrival")]


def test_a_machine_without_a_gpu_isnt_asked_for_packages_that_need_one() -> None:
    app = make_record("app", depends=["__cuda >=12"])

    assert judged({}, listed(app), machines=[NEW, GPU]).passed
    assert told(judged({}, listed(app), machines=[NEW])) == [(app.path, "new", "arrival")]


def test_lacking_a_gpu_excuses_nothing_else() -> None:
    app = make_record("app", depends=["__cuda >=12", "__glibc >=2.28"])

    assert told(judged({}, listed(app), machines=[OLD, GPU])) == [(app.path, "old", "arrival")]


def test_noarch_packages_have_to_be_installable_on_every_subdir() -> None:
    app = make_record("app", subdir="noarch", depends=["lib"])
    windows_lib = make_record("lib", "1.0", subdir="win-64", salt="win")

    assert told(judged({}, listed(app, LIB), machines=[NEW, WINDOWS])) == [(app.path, "windows", "arrival")]
    assert judged({}, listed(app, LIB, windows_lib), machines=[NEW, WINDOWS]).passed


def test_noarch_packages_for_one_system_neednt_be_installable_on_another() -> None:
    app = make_record("app", subdir="noarch", depends=["__win", "winlib"])
    lib = make_record("winlib", subdir="win-64")

    assert judged({}, listed(app, lib), machines=[NEW, WINDOWS]).passed


def test_a_subdir_without_a_profile_is_asked_with_its_default() -> None:
    app = make_record("app", subdir="osx-64", depends=["nothing"])

    assert told(judged({}, listed(app))) == [(app.path, "osx-64", "arrival")]


def test_what_a_channel_stands_on_helps() -> None:
    assert judged({}, listed(APP), below=[listed(LIB_2)]).passed
    assert judged({}, listed(APP), above=[listed(LIB_2)]).passed


def test_a_new_name_hides_what_the_channel_beneath_has() -> None:
    verdict = judged(listed(APP), listed(APP, LIB), below=[listed(LIB_2)])

    assert told(verdict) == [(APP.path, "new", "loss")]


def test_a_name_of_the_channel_above_hides_what_arrives() -> None:
    verdict = judged({}, listed(LIB), above=[listed(LIB_2)])

    assert told(verdict) == [(LIB.path, "new", "arrival")]
    assert "its come first" in verdict.refusals[0].words


def test_the_smallest_addition_is_told() -> None:
    far = make_record("lib", "3.0", depends=["more"])
    source = listed(APP, LIB_2, far, make_record("more"), make_record("unrelated"))

    verdict = judged(listed(LIB), listed(LIB, APP), source=source)

    assert verdict.addition == (LIB_2.path,)
    assert f"It would pass together with:\n  {LIB_2.path}" in str(verdict)


def test_an_addition_brings_what_it_needs_itself() -> None:
    lib = make_record("lib", "2.0", depends=["base"])
    base = make_record("base")

    assert judged({}, listed(APP), source=listed(lib, base)).addition == (base.path, lib.path)


def test_no_addition_is_told_where_none_is_enough() -> None:
    assert judged({}, listed(APP), source=listed(LIB)).addition is None


def test_a_large_addition_has_nothing_to_spare() -> None:
    libs = [make_record(f"lib{number}", subdir="noarch") for number in range(12)]
    rest = [make_record(f"rest{number}", "1.0", depends=["app"]) for number in range(12)]
    app = make_record("app", depends=[one.name for one in libs])

    verdict = judged({}, listed(app), source=listed(*libs, *rest))

    assert verdict.addition == tuple(sorted(one.path for one in libs))


def test_of_very_many_refusals_not_all_are_looked_for() -> None:
    apps = listed(*(make_record(f"app{number}", depends=["lib"]) for number in range(ENOUGH + 20)))

    verdict = judged(apps | listed(LIB), apps)

    assert len(verdict.refusals) == ENOUGH
    assert not verdict.complete
    assert "… and at least" in str(verdict)


def test_an_addition_is_told_for_very_many_refusals_if_it_is_enough_for_all() -> None:
    apps = [make_record(f"app{number:03}", depends=["lib"]) for number in range(ENOUGH + 20)]
    another = make_record("last", depends=["another"])
    source = listed(LIB, *apps)

    assert judged({}, listed(*apps), source=source).addition == (LIB.path,)
    assert judged({}, listed(*apps, another), source=source).addition is None


def test_where_the_solver_gives_up_nobody_may_pass() -> None:
    app = make_record("app", depends=["lib[build_number=0]"])

    verdict = judged({}, listed(LIB, app), longest=0.000_001)

    assert [(one.path, one.undecided) for one in verdict.refusals] == [(app.path, True)]
    assert "nobody knows" in str(verdict)


def test_a_refusal_says_what_why_and_what_to_do() -> None:
    verdict = judged(listed(LIB), listed(LIB, APP), machines=[OLD, NEW])

    assert str(verdict).splitlines() == [
        "the gate refuses it",
        "",
        "linux-64/app-1.0-h1_0.conda couldn't be installed on new, old:",
        "  app 1.0 h1_0 cannot be installed because there are no viable options:",
        "  └─ app 1.0 would require",
        "     └─ lib >=2, for which no candidates were found.",
        "hint: let what it needs come first, or leave this package out",
    ]


def test_a_verdict_has_fields_for_programs() -> None:
    verdict = judged(listed(LIB), listed(LIB, APP), source=listed(LIB_2))

    fields = json.loads(json.dumps(verdict.fields()))

    assert fields["passed"] is False
    assert fields["addition"] == [LIB_2.path]
    assert [(one["path"], one["machine"], one["kind"]) for one in fields["refusals"]] == [(APP.path, "new", "arrival")]


def test_a_waived_rule_stays_in_the_verdict() -> None:
    proposal = Proposal(
        before=Standing(own={}), after=Standing(own=listed(LIB)), holds=(Hold(spec="lib", reason="under review"),)
    )
    rules = chosen_rules(RuleChoice())

    refused = judge(proposal, machines=[NEW], rules=rules, open_solver=open_rattler)
    waived = judge(
        proposal,
        machines=[NEW],
        rules=rules,
        open_solver=open_rattler,
        waivers=[Waiver(rule="held", reason="the review says yes")],
    )

    assert not refused.passed
    assert waived.passed
    assert str(waived).splitlines()[1:] == [
        "",
        "Waived (held): linux-64/lib-1.0-h1_0.conda: 'lib' is held: under review",
        "reason: the review says yes",
    ]


@pytest.mark.parametrize(
    ("waiver", "sentence", "hint"),
    [
        (Waiver(rule="licence", reason="x"), "the gate has no rule 'licence'", "did you mean licences?"),
        (Waiver(rule="held", reason=" "), "a reason is missing why held is waived", None),
        (
            Waiver(rule="installable", reason="x"),
            "that packages stay installable can't be waived",
            "take along what is missing, or leave out what needs it",
        ),
    ],
)
def test_only_rules_can_be_waived_and_with_a_reason(waiver: Waiver, sentence: str, hint: str | None) -> None:
    proposal = Proposal(before=Standing(own={}), after=Standing(own={}))
    with pytest.raises(WrongInputError) as caught:
        judge(proposal, machines=[NEW], rules={}, open_solver=open_rattler, waivers=[waiver])

    assert str(caught.value) == sentence
    assert caught.value.problems[0].hint == hint


def test_the_example_in_the_documentation_is_what_the_gate_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "gate.md"
    shown = page.read_text().partition("```text\n")[2].partition("```")[0]

    verdict = judged(listed(LIB), listed(LIB, APP), machines=(), source=listed(APP, LIB_2))

    assert f"{verdict}\n" == shown


def test_the_documentation_has_every_rule() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "gate.md"

    assert all(f"| `{name}` | {about} |" in page.read_text() for name, about in RULES.items())
