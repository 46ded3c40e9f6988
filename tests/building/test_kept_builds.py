"""Build folders: gone when a package is done, unless they are to be kept."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from workplace import Workplace

from ownconda.building.kept import kept_folder
from ownconda.building.scratch import PATH_LENGTH
from ownconda.recipes.builds import Build


@pytest.fixture
def keeping() -> Iterator[Workplace]:
    """Give a workplace that is high enough up for folders to be kept in it."""
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder))
        workplace.limits = replace(workplace.limits, keep_build=True)
        yield workplace


def in_environment(script: Path, command: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f". {script} && {command}"], env={}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_build_folder_is_gone_as_soon_as_its_package_is_done(workplace: Workplace) -> None:
    workplace.recipe("first")
    left = f"find {workplace.output}/.build/work -name rattler-build_first"
    workplace.recipe("second", host=["first"], script=[f'test -z "$({left})"', "mkdir -p $PREFIX/share/second"])
    assert workplace.statuses() == {"first": "built", "second": "built"}


def test_a_kept_folder_is_as_if_the_package_had_been_built_there(keeping: Workplace) -> None:
    keeping.recipe("one", script=["mkdir $PREFIX/share", "echo $PREFIX > $PREFIX/share/one", "echo $PWD > made"])
    kept = keeping.build()["one"].kept
    assert kept is not None
    assert kept.folder.parent == keeping.output / ".build" / "kept"
    assert kept.folder.name.startswith("one-1.0.0-")
    assert kept.environment is not None
    assert in_environment(kept.environment, "cat $PREFIX/share/one") == in_environment(kept.environment, "echo $PREFIX")
    assert in_environment(kept.environment, "cat $SRC_DIR/made") == str(kept.environment.parent)
    assert [path.name for path in (keeping.output / ".build" / "work").glob("*")] == ["lock"]


def test_the_script_of_a_kept_build_can_be_run_again(keeping: Workplace) -> None:
    keeping.recipe("one", script=["mkdir -p $PREFIX/share", "echo once >> $PREFIX/share/one"])
    kept = keeping.build()["one"].kept
    assert kept is not None
    assert kept.environment is not None
    subprocess.run(["env", "-i", "bash", kept.environment.with_name("conda_build.sh")], capture_output=True, check=True)
    assert in_environment(kept.environment, "cat $PREFIX/share/one").split() == ["once", "once"]


def test_a_package_is_the_same_whether_its_folder_is_kept_or_not(keeping: Workplace) -> None:
    keeping.recipe("one", script=["mkdir -p $PREFIX/share", "echo $PREFIX > $PREFIX/share/prefix"])
    keeping.build()
    kept = keeping.package("one").read_bytes()
    keeping.limits = replace(keeping.limits, keep_build=False)
    assert keeping.build(forced=True)["one"].kept is None
    assert keeping.package("one").read_bytes() == kept


def test_a_failed_build_is_kept_too(keeping: Workplace) -> None:
    keeping.recipe("bad", script=["echo so far > half-made", "exit 3"])
    keeping.recipe("hanging", script=["echo so far > half-made", "sleep 61.4321"])
    keeping.limits = replace(keeping.limits, timeout=1.5)
    outcomes = keeping.build()
    for outcome in (outcomes["bad"], outcomes["hanging"]):
        assert outcome.status == "failed"
        assert outcome.kept is not None
        assert outcome.kept.environment is not None
        assert in_environment(outcome.kept.environment, "cat $SRC_DIR/half-made") == "so far"


def test_what_was_kept_stays_until_the_package_is_kept_again(keeping: Workplace) -> None:
    keeping.recipe("one", script=["touch before", "mkdir -p $PREFIX/share/one"])
    first = keeping.build()["one"].kept
    assert first is not None
    keeping.limits = replace(keeping.limits, keep_build=False)
    keeping.build(forced=True)
    assert list(first.folder.rglob("before"))
    keeping.recipe("one", script=["touch after", "mkdir -p $PREFIX/share/one"])
    keeping.limits = replace(keeping.limits, keep_build=True)
    again = keeping.build()["one"].kept
    assert again == first
    assert list(first.folder.rglob("after"))
    assert not list(first.folder.rglob("before"))


def test_outputs_of_a_conda_build_recipe_are_kept_one_by_one(keeping: Workplace) -> None:
    keeping.meta(
        "two",
        "package: {name: two, version: '1.0.0'}\n"
        "outputs:\n"
        "  - {name: two-a, script: install.sh}\n"
        "  - {name: two-b, script: install.sh}\n"
        "about: {license: MIT}\n",
        build_sh="echo $PREFIX > common\n",
        install_sh="mkdir -p $PREFIX/share\ncp common $PREFIX/share/$PKG_NAME\n",
    )
    outcomes = keeping.build()
    for name in ("two-a", "two-b"):
        kept = outcomes[name].kept
        assert kept is not None
        assert kept.environment is not None
        assert in_environment(kept.environment, f"cat $PREFIX/share/{name}") == in_environment(
            kept.environment, "echo $PREFIX"
        )


@pytest.mark.parametrize("depth", [1, 20])
@pytest.mark.parametrize("name", ["short", "long" * 40])
def test_the_path_of_a_kept_folder_is_as_long_as_the_one_it_was_built_in(tmp_path: Path, name: str, depth: int) -> None:
    parent = tmp_path.joinpath(*["deeper"] * depth)
    build = Build(recipe=parent, name=name, version="1", subdir="noarch", build="0", number=0)
    folder = kept_folder(build, parent)
    assert len(str(folder)) == PATH_LENGTH
    assert folder.name.startswith(name[:4])
    assert folder != kept_folder(replace(build, build="1"), parent)


def test_the_report_says_where_it_is_and_how_to_get_in(keeping: Workplace) -> None:
    keeping.recipe("bad", script=["exit 3"])
    command = [sys.executable, "-m", "ownconda", "build", str(keeping.recipes), "-o", str(keeping.output), "--json"]
    done = subprocess.run([*command, "--keep-build"], capture_output=True, text=True, check=False)
    [told] = json.loads(done.stdout)
    assert f"the folder of bad 1.0.0 is kept: {told['kept']}" in done.stderr
    assert f"bash --rcfile {told['environment']}" in done.stderr
    [again] = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert again["kept"] is None
