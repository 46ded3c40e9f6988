from collections.abc import Mapping
from dataclasses import replace

import pytest
from making import make_record

from ownconda.attestations.sidecars import Sidecars
from ownconda.channels.gate.proposal import Hold, Proposal, Trial
from ownconda.channels.gate.rule_table import RULES, RuleChoice, chosen_rules
from ownconda.channels.gate.standing import Standing
from ownconda.channels.gate.variants import variant
from ownconda.conda.records import Record
from ownconda.policy.licences import Licences
from ownconda.repodata.entries import Entry

DAY = 24 * 60 * 60 * 1000
EVERYTHING = RuleChoice(
    licences=Licences(denied=("GPL-*",)),
    days=7,
    provenance=("provenance",),
    downgrade=True,
    variants=True,
    tests=True,
)


def listed(*records: Record) -> dict[str, Entry]:
    return {one.path: Entry(record=one, indexed_at=1) for one in records}


def proposal(before: Mapping[str, Entry], after: Mapping[str, Entry], **more: object) -> Proposal:
    return replace(Proposal(before=Standing(own=before), after=Standing(own=after)), **more)  # type: ignore[arg-type]


def said(rule: str, given: Proposal, choice: RuleChoice = EVERYTHING) -> list[str]:
    return [str(problem) for problem in chosen_rules(choice)[rule](given)]


def test_only_holds_count_unless_settings_say_more() -> None:
    assert list(chosen_rules(RuleChoice())) == ["held"]
    assert list(chosen_rules(EVERYTHING)) == list(RULES)


def test_what_is_held_doesnt_enter() -> None:
    given = proposal(
        listed(make_record("lib", "1.0")),
        listed(make_record("lib", "1.0"), make_record("lib", "2.0")),
        holds=(Hold(spec="lib >=1", reason="waits for the audit"),),
    )

    assert said("held", given) == ["linux-64/lib-2.0-h1_0.conda: 'lib >=1' is held: waits for the audit"]


@pytest.mark.parametrize(
    ("licence", "sentence"),
    [
        ("MIT", None),
        ("MIT OR GPL-3.0-only", None),
        ("GPL-3.0-only", "its licence isn't taken: GPL-3.0-only"),
        ("GPLv3", "its licence isn't taken: GPL-3.0-only"),
        (
            "do what you like",
            "its licence 'do what you like' is no SPDX expression, so that the policy can't be asked",
        ),
        (None, "it doesn't say its licence"),
    ],
)
def test_the_organisation_takes_the_licence(licence: str | None, sentence: str | None) -> None:
    record = make_record("lib", license=licence)

    expected = [] if sentence is None else [f"linux-64/lib-1.0-h1_0.conda: {sentence}"]
    assert said("licences", proposal({}, listed(record))) == expected


def test_without_lists_every_licence_is_taken() -> None:
    record = make_record("lib", license=None)

    assert said("licences", proposal({}, listed(record)), RuleChoice(licences=Licences())) == []


def test_a_package_has_to_have_been_in_the_source_for_some_days() -> None:
    lib = listed(make_record("lib"))

    assert said("days", proposal({}, lib, source=lib, now=7 * DAY + 1)) == []
    assert said("days", proposal({}, lib, source=lib, now=2 * DAY)) == [
        "linux-64/lib-1.0-h1_0.conda: it has been in the source channel for 2.0 days, 7 are asked for"
    ]
    assert said("days", proposal({}, lib, now=9 * DAY)) == [
        "linux-64/lib-1.0-h1_0.conda: it comes from no channel in which it could have been for some days"
    ]


def test_something_tells_where_a_package_comes_from() -> None:
    bare = listed(make_record("lib"))
    told = {path: replace(entry, sidecars=Sidecars(provenance="ab")) for path, entry in bare.items()}

    assert said("provenance", proposal({}, told)) == []
    assert said("provenance", proposal({}, bare)) == [
        "linux-64/lib-1.0-h1_0.conda: nothing beside it tells its provenance"
    ]


def test_the_newest_version_doesnt_get_lower() -> None:
    old, new = make_record("lib", "1.9"), make_record("lib", "1.10")

    assert said("downgrade", proposal(listed(old, new), listed(new))) == []
    assert said("downgrade", proposal(listed(old, new), listed(old))) == [
        "linux-64/lib-1.10-h1_0.conda: lib 1.10 goes, and the newest would be 1.9"
    ]


def test_what_goes_altogether_is_no_downgrade() -> None:
    assert said("downgrade", proposal(listed(make_record("lib")), {})) == []


def test_a_noarch_package_that_takes_over_is_no_downgrade() -> None:
    old = make_record("lib", "1.0")
    new = make_record("lib", "1.1", subdir="noarch")

    assert said("downgrade", proposal(listed(old), listed(new))) == []
    assert said("downgrade", proposal(listed(old, new), listed(old))) == [
        "noarch/lib-1.1-h1_0.conda: lib 1.1 goes, and the newest would be 1.0"
    ]


def for_python(version: str, python: str) -> Record:
    digits = python.replace(".", "")
    return make_record("lib", version, build=f"py{digits}h1234567_0", depends=[f"python >={python},<{python}.99.0a0"])


def test_a_new_version_has_the_variants_of_the_one_before() -> None:
    before = listed(for_python("1.0", "3.11"), for_python("1.0", "3.12"), for_python("0.9", "3.10"))
    partly = before | listed(for_python("1.1", "3.12"))

    assert said("variants", proposal(before, partly)) == [
        "linux-64/lib-1.1-py312h1234567_0.conda: lib 1.1 isn't there for python 3.11, as 1.0 is"
    ]
    assert said("variants", proposal(before, partly | listed(for_python("1.1", "3.11")))) == []


def test_a_noarch_package_is_there_for_all_variants() -> None:
    before = listed(for_python("1.0", "3.11"))
    after = before | listed(make_record("lib", "1.1", subdir="noarch"), for_python("1.1", "3.12"))

    assert said("variants", proposal(before, after)) == []


@pytest.mark.parametrize(
    ("build", "depends", "name"),
    [
        ("h1234567_0", [], ""),
        ("py312h1234567_0", ["python >=3.12,<3.13.0a0", "python_abi 3.12.* *_cp312"], "python 3.12"),
        ("py313h1234567_0", ["python >=3.13,<3.14.0a0", "python_abi 3.13.* *_cp313t"], "python 3.13t"),
        ("cuda126_py312h1234567_3", ["python 3.12.*"], "cuda126 python 3.12"),
        ("mpi_openmpi_h1234567_0", [], "mpi_openmpi"),
        ("np126py312h1234567_0", ["python >=3.12,<3.13.0a0"], "python 3.12"),
        ("pyhd8ed1ab_0", ["python >=3.9"], ""),
    ],
)
def test_a_variant_is_seen_in_build_string_and_requirements(build: str, depends: list[str], name: str) -> None:
    assert variant(make_record("lib", build=build, depends=depends)) == name


def test_the_tests_of_dependents_have_to_have_passed() -> None:
    app, older = make_record("app", "2.0", depends=["lib"]), make_record("app", "1.0", depends=["lib"])
    other, lib = make_record("other", depends=["lib >=2"]), make_record("lib", "2.0")
    before = listed(app, older, other, make_record("stranger", depends=["lib <2"]))
    passed = Trial(package=app.path, together_with=lib.path, passed=True)
    failed = Trial(package=other.path, together_with=lib.path, passed=False)

    given = proposal(before, before | listed(lib), trials=(passed,))
    assert said("tests", given) == [
        f"{lib.path}: 1 of 2 packages that need it passed their tests with it; not tested: {other.path}"
    ]
    assert said("tests", replace(given, trials=(passed, failed))) == [
        f"{lib.path}: 1 of 2 packages that need it passed their tests with it; failed: {other.path}"
    ]
    assert said("tests", replace(given, trials=(passed, replace(failed, passed=True)))) == []


def test_what_failed_its_own_tests_is_kept_out() -> None:
    lib = make_record("lib")
    alone = Trial(package=lib.path, together_with=lib.path, passed=False)

    assert said("tests", proposal({}, listed(lib), trials=(alone,))) == [f"{lib.path}: its own tests failed"]
    assert said("tests", proposal({}, listed(lib), trials=(replace(alone, passed=True),))) == []
