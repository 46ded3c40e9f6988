"""Recipes of both formats rendered and planned for platforms that this machine isn't."""

from pathlib import Path

import pytest
from workplace import Workplace

from ownconda.cli.main import run

META = """\
package: {name: old, version: "1.0"}
build: {number: 0}
requirements:
  host:
    - new
    - unixy  # [unix]
    - windowsy  # [win]
about: {license: MIT}
"""


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    workplace = Workplace(tmp_path)
    workplace.recipe("new", script=["make install"])
    workplace.recipe("unixy")
    workplace.recipe("windowsy")
    workplace.meta("old", META, build_sh="make install")
    return str(workplace.recipes)


@pytest.mark.parametrize("subdir", ["linux-64", "linux-aarch64", "osx-arm64", "win-64"])
def test_recipes_are_rendered_ordered_and_planned_for_any_platform(
    recipes: str, subdir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(*words: str) -> list[str]:
        assert run([*words, recipes, "--target-platform", subdir]) == 0
        return capsys.readouterr().out.splitlines()

    assert {line.split()[3] for line in printed("recipe", "render")[1:]} == {subdir}
    assert {line.split()[1].partition("/")[0] for line in printed("build", "--dry-run")[1:]} == {subdir}
    ordered = printed("dep-graph")
    needed, other = ("windowsy", "unixy") if subdir == "win-64" else ("unixy", "windowsy")
    assert ordered.index(needed) < ordered.index("old")
    assert other in ordered


def test_the_floor_of_the_policy_is_in_the_plan(
    recipes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", recipes, "--dry-run"]) == 0
    assert "(this machine's own)" in capsys.readouterr().err
    monkeypatch.setenv("OWNCONDA_POLICY_GLIBC", "2.28")
    assert run(["build", recipes, "--dry-run"]) == 0
    assert "floor: glibc 2.28 (manylinux_2_28)" in capsys.readouterr().err
    monkeypatch.setenv("OWNCONDA_POLICY_GLIBC", "old")
    assert run(["build", recipes, "--dry-run"]) == 2
    assert "policy.glibc: 'old' is no version" in capsys.readouterr().err


def test_a_build_in_an_image_and_a_pipeline_do_not_go_together(recipes: str) -> None:
    assert run(["build", recipes, "--in", "image", "--pipeline", "-"]) == 2


@pytest.mark.parametrize("words", ["recipe render", "recipe convert", "validate-recipes", "source list", "dep-graph"])
def test_a_subdir_that_conda_does_not_know_is_told_once(
    recipes: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words.split(), recipes, "--target-platform", "linux-46"]) == 2
    assert capsys.readouterr().err.count("'linux-46' isn't a subdir") == 1


@pytest.mark.parametrize("words", ["recipe render", "recipe convert", "validate-recipes", "source list", "dep-graph"])
def test_a_folder_is_no_variants_file(recipes: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words.split(), recipes, "--variants", recipes]) == 2
    assert "is a directory" in capsys.readouterr().err


def test_a_subdir_of_the_settings_that_conda_does_not_know_is_told(
    recipes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_BUILD_TARGET_PLATFORM", "linux-46")
    assert run(["recipe", "render", recipes]) == 2
    assert "'linux-46' isn't a subdir" in capsys.readouterr().err
