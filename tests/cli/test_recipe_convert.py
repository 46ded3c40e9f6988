import json
from pathlib import Path

import pytest

from ownconda.cli.main import run

GOOD = (
    "package:\n  name: good\n  version: '1.2'\nbuild:\n  number: 3\n"
    "requirements:\n  run:\n    - b  # [win]\nabout:\n  license: GPL-3\n"
)
DIFFERENT = "package:\n  name: other\n  version: '1'\nbuild:\n  ignore_run_exports:\n    - '*'\n"
BROKEN = "package:\n  name: broken\n  version: {% macro x() %}1{% endmacro %}{{ x() }}\n"


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("broken", BROKEN), ("good", GOOD), ("other", DIFFERENT)):
        (tmp_path / "recipes" / name).mkdir(parents=True)
        (tmp_path / "recipes" / name / "meta.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "recipes"


def test_what_is_equal_is_written_and_the_others_keep_it_from_nothing(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recipe", "convert", "recipes"]) == 2
    said = capsys.readouterr()
    assert f"{recipes / 'good' / 'recipe.yaml'}: written\n" in said.out
    assert "other/meta.yaml: differs: linux-64: other: requirements.ignore_run_exports" in said.out
    assert "broken/meta.yaml:3: {% macro %} has no counterpart in v1" in said.err
    assert sorted(one.parent.name for one in recipes.glob("*/recipe.yaml")) == ["good"]
    assert (recipes / "good" / "meta.yaml").read_text() == GOOD


def test_a_dry_run_prints_the_recipe_and_writes_nothing(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "convert", "recipes/good", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("package:\n  name: good\n")
    assert not list(recipes.parent.rglob("recipe.yaml"))


def test_what_differs_is_written_when_that_is_asked_for(recipes: Path) -> None:
    assert run(["recipe", "convert", "recipes/other"]) == 1
    assert not (recipes / "other" / "recipe.yaml").exists()
    assert run(["recipe", "convert", "recipes/other", "--anyway"]) == 0
    assert (recipes / "other" / "recipe.yaml").is_file()


def test_a_recipe_that_is_there_is_written_over_when_that_is_asked_for(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recipe", "convert", "recipes/good"]) == 0
    new = recipes / "good" / "recipe.yaml"
    new.write_text("mine")
    assert run(["recipe", "convert", "recipes/good"]) == 2
    assert "has a recipe.yaml beside it" in capsys.readouterr().err
    assert new.read_text() == "mine"
    assert run(["recipe", "convert", "recipes/good", "--force", "--remove"]) == 0
    assert new.read_text().startswith("package:")
    assert not (recipes / "good" / "meta.yaml").exists()


def test_the_report_for_programs_has_all_that_came_of_each(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--target-platform", "linux-64", "--json", "--dry-run"]
    assert run(["recipe", "convert", "recipes", *options]) == 2
    broken, good, other = json.loads(capsys.readouterr().out)
    assert broken["recipe"] == str(recipes / "broken" / "meta.yaml")
    assert "macro" in broken["error"]
    assert (good["equal"], good["differences"], good["platforms"], good["written"]) == (True, [], ["linux-64"], [])
    assert "- if: win\n      then: b\n" in good["text"]
    assert (other["equal"], len(other["differences"])) == (False, 1)
    assert other["problems"][0]["line"] == 6


def test_a_path_without_a_recipe_is_told(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recipes / "new").mkdir()
    (recipes / "new" / "recipe.yaml").write_text("package: {name: new, version: '1'}\n")
    assert run(["recipe", "convert", "recipes/new", "nowhere", "recipes/good"]) == 2
    said = capsys.readouterr()
    assert "recipes/new/meta.yaml: isn't there" in said.err
    assert "nowhere: isn't there" in said.err
    assert "good/recipe.yaml: written" in said.out


def test_what_cannot_be_written_keeps_no_other_recipe_from_it(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (recipes / "a").mkdir()
    (recipes / "a" / "meta.yaml").write_text(GOOD)
    (recipes / "a" / "recipe.yaml").mkdir()
    assert run(["recipe", "convert", "recipes/a", "recipes/good", "--force"]) == 3
    said = capsys.readouterr()
    assert "a/recipe.yaml: can't be written: Is a directory" in said.err
    assert "good/recipe.yaml: written" in said.out


def test_a_folder_without_anything_to_convert_is_told(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "convert", "recipes/good"]) == 0
    capsys.readouterr()
    (recipes / "all").mkdir()
    (recipes / "good").rename(recipes / "all" / "good")
    assert run(["recipe", "convert", "recipes/all"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "nothing to convert: every recipe is in v1 already\n")
