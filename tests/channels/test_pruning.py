"""What pruning lets go, and what it leaves so that everything kept can be installed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from making import make_record

from ownconda.channels.gate.standing import Standing
from ownconda.channels.prune_rules import PruneRules
from ownconda.channels.pruning import Pruned, pruned
from ownconda.channels.snapshots import Contents
from ownconda.conda.installability import open_rattler
from ownconda.conda.records import Record
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry

DAY = 86_400_000


def contents(*records: Record, ages: Mapping[str, int] | None = None) -> Contents:
    """Make a channel's contents on its 100th day, each package listed for some days (by name, otherwise 50)."""
    return {one.path: Entry(record=one, indexed_at=(100 - (ages or {}).get(one.name, 50)) * DAY) for one in records}


def prune(listed: Contents, rules: PruneRules) -> Pruned:
    return pruned(Standing(own=listed), rules, machines=(), open_solver=open_rattler, now=100 * DAY)


def short(paths: Mapping[str, str]) -> set[str]:
    return {path.removeprefix("linux-64/").removesuffix(".conda") for path in paths}


def test_the_newest_versions_are_kept_in_condas_order() -> None:
    zlib = [make_record("zlib", version) for version in ("1.9", "1.10", "1.2", "2.0rc1")]
    found = prune(contents(*zlib), PruneRules(versions=2))
    assert short(found.going) == {"zlib-1.9-h1_0", "zlib-1.2-h1_0"}
    assert set(found.going.values()) == {"2 newer versions are kept"}


def test_what_is_yanked_does_not_take_the_place_of_what_is_kept() -> None:
    listed = dict(contents(*(make_record("zlib", version) for version in ("1.0", "2.0", "3.0"))))
    listed |= contents(*(make_record("xz", build=f"h_{number}", build_number=number) for number in (0, 1, 2)))
    for path in ("linux-64/zlib-3.0-h1_0.conda", "linux-64/xz-1.0-h_2.conda"):
        listed[path] = replace(listed[path], yanked=True)
    found = prune(listed, PruneRules(versions=1, builds=1))
    assert short(found.going) == {"zlib-1.0-h1_0", "xz-1.0-h_0"}
    assert set(found.going.values()) == {"1 newer version is kept", "1 newer build of 1.0 is kept"}


def test_the_newest_builds_of_each_variant_are_kept() -> None:
    builds = [
        make_record("x", build=f"py{python}_{number}", build_number=number, depends=[f"python 3.{python[1:]}.*"])
        for python in ("312", "313")
        for number in (0, 1, 2)
    ]
    python = [make_record("python", "3.12.1"), make_record("python", "3.13.1")]
    found = prune(contents(*builds, *python), PruneRules(builds=1))
    assert short(found.going) == {"x-1.0-py312_0", "x-1.0-py312_1", "x-1.0-py313_0", "x-1.0-py313_1"}


def test_what_is_younger_pinned_or_locked_stays() -> None:
    listed = contents(*(make_record(name, version) for name in "abcd" for version in ("1.0", "2.0")), ages={"a": 5})
    rules = PruneRules(versions=1, days=30, pinned=("b ==1.0",), locked=frozenset({"linux-64/c-1.0-h1_0.conda"}))
    found = prune(listed, rules)
    assert short(found.going) == {"d-1.0-h1_0"}
    assert found.staying == {
        "linux-64/b-1.0-h1_0.conda": "b ==1.0 is pinned",
        "linux-64/c-1.0-h1_0.conda": "a lock file names it",
    }


def test_what_a_kept_package_needs_stays_with_all_that_this_one_needs() -> None:
    listed = contents(
        make_record("app", depends=["lib <2"]),
        make_record("lib", "1.0", depends=["base 1.*"]),
        make_record("lib", "2.0"),
        make_record("base", "1.0"),
        make_record("base", "2.0"),
        make_record("other", "1.0"),
        make_record("other", "2.0"),
    )
    found = prune(listed, PruneRules(versions=1))
    assert short(found.going) == {"other-1.0-h1_0"}
    assert found.staying["linux-64/lib-1.0-h1_0.conda"] == "linux-64/app-1.0-h1_0.conda needs it"
    assert short(found.staying) == {"lib-1.0-h1_0", "base-1.0-h1_0"}


def test_what_could_not_be_installed_before_holds_nothing_back() -> None:
    listed = contents(
        make_record("app", depends=["nix", "lib <2"]), make_record("lib", "1.0"), make_record("lib", "2.0")
    )
    assert short(prune(listed, PruneRules(versions=1)).going) == {"lib-1.0-h1_0"}


@pytest.mark.parametrize("rules", [PruneRules(), PruneRules(days=9), PruneRules(versions=0), PruneRules(builds=0)])
def test_rules_that_keep_nothing_or_say_nothing_are_refused(rules: PruneRules) -> None:
    with pytest.raises(WrongInputError):
        prune(contents(make_record()), rules)
