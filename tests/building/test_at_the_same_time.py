"""Several packages built at a time: who waits for whom, what stops what, and what none of them may do."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from watching import gone
from workplace import Workplace, contents

from ownconda.errors import NoError
from ownconda.wires.confinement import can_confine


def meets(mine: Path, other: Path) -> str:
    """Give a script's line that goes on only when the other script has come as far."""
    return f"touch {mine}; for i in $(seq 200); do test -e {other} && break; sleep 0.05; done; test -e {other}"


def test_packages_that_dont_need_each_other_are_built_at_the_same_time(workplace: Workplace, tmp_path: Path) -> None:
    workplace.recipe("one", script=[meets(tmp_path / "one", tmp_path / "other")])
    workplace.recipe("other", script=[meets(tmp_path / "other", tmp_path / "one")])
    assert workplace.statuses() == {"one": "built", "other": "built"}


def test_a_package_starts_as_soon_as_its_own_requirements_are_there(workplace: Workplace, tmp_path: Path) -> None:
    """The slow one ends only when what needs the quick one has begun: no waves."""
    workplace.recipe("quick")
    workplace.recipe("after-quick", host=["quick"], script=[f"touch {tmp_path}/begun"])
    workplace.recipe("slow", script=[meets(tmp_path / "slow", tmp_path / "begun")])
    assert set(workplace.statuses().values()) == {"built"}


def test_a_failure_stops_only_what_needs_it(workplace: Workplace) -> None:
    workplace.recipe("bad", script=["exit 3"])
    workplace.recipe("needs-bad", host=["bad"])
    workplace.recipe("needs-that", host=["needs-bad"])
    workplace.recipe("good")
    assert workplace.statuses() == {
        "bad": "failed",
        "good": "built",
        "needs-bad": "left out",
        "needs-that": "left out",
    }


def test_after_a_failure_nothing_more_is_started_where_that_is_wanted(workplace: Workplace) -> None:
    workplace.limits = replace(workplace.limits, jobs=1, fail_fast=True)
    workplace.recipe("a-bad", script=["exit 3"])
    workplace.recipe("needs-bad", host=["a-bad"])
    workplace.recipe("z-good")
    assert workplace.statuses() == {"a-bad": "failed", "needs-bad": "left out", "z-good": "left out"}


def test_a_build_that_hangs_is_ended_and_the_others_go_on(workplace: Workplace) -> None:
    workplace.limits = replace(workplace.limits, jobs=1, timeout=1.5)
    workplace.recipe("a-hanging", script=["sleep 61.2345"])
    workplace.recipe("good")
    outcomes = workplace.build()
    assert outcomes["good"].status == "built"
    error = outcomes["a-hanging"].error
    assert isinstance(error, NoError)
    assert "it took longer than 0.025 minutes" in str(error)
    assert gone("sleep 61.2345")


def test_a_recipe_may_take_the_time_that_it_asks_for(workplace: Workplace) -> None:
    workplace.limits = replace(workplace.limits, timeout=1)
    workplace.recipe("slow", script=["sleep 2"], test=["sleep 2"], more="extra: {ownconda: {timeout: 0.5}}")
    assert workplace.statuses() == {"slow": "built"}


def test_what_a_build_leaves_running_is_ended(workplace: Workplace) -> None:
    workplace.recipe("leaving", script=["setsid sleep 71.2345 > /dev/null 2>&1 &", "true"])
    workplace.recipe("after", host=["leaving"], script=["! pgrep -f '^sleep 71.2345'", "mkdir -p $PREFIX/share"])
    assert workplace.statuses() == {"after": "built", "leaving": "built"}
    assert gone("sleep 71.2345")


def test_cores_are_shared_out(workplace: Workplace) -> None:
    workplace.limits = replace(workplace.limits, jobs=2, cores=6)
    tell = "mkdir -p $PREFIX/share; echo $CPU_COUNT > $PREFIX/share/$PKG_NAME"
    for name in ("one", "other"):
        workplace.recipe(name, script=[tell])
    workplace.recipe("last", host=["one", "other"], script=[tell])
    workplace.build()
    told = {
        name: contents(workplace.package(name))[f"share/{name}"].decode().strip() for name in ("one", "other", "last")
    }
    assert told == {"one": "3", "other": "3", "last": "6"}


def test_scripts_see_nothing_of_the_users_environment(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CFLAGS", "CXXFLAGS", "LDFLAGS", "PYTHONPATH", "EXTRA", "LC_ALL", "TZ"):
        monkeypatch.setenv(name, "of-the-user")
    monkeypatch.setenv("PATH", f"{tmp_path}/of-the-user:/usr/bin:/bin")
    workplace.recipe("one", script=["mkdir -p $PREFIX/share", "env > $PREFIX/share/env"])
    workplace.build()
    seen = contents(workplace.package("one"))["share/env"].decode()
    assert "of-the-user" not in seen
    assert "LC_ALL=C.UTF-8" in seen


@pytest.mark.skipif(not can_confine(), reason="this kernel can't confine processes (Landlock, from Linux 6.2 on)")
def test_scripts_write_nowhere_but_where_they_are_built(workplace: Workplace, tmp_path: Path) -> None:
    outside = Path.home() / f".{tmp_path.name}-{os.getpid()}"
    workplace.recipe("a-bad", script=[f"touch {outside}"])
    workplace.recipe(
        "good", script=["mkdir -p $PREFIX/share", "echo fine > ~/file", "echo fine > /tmp/file-of-a-build"]
    )
    try:
        assert workplace.statuses() == {"a-bad": "failed", "good": "built"}
        assert not outside.exists()
        assert "Permission denied" in workplace.build()["a-bad"].reason
        workplace.limits = replace(workplace.limits, writable=(Path.home(),))
        assert workplace.statuses()["a-bad"] == "built"
    finally:
        outside.unlink(missing_ok=True)
