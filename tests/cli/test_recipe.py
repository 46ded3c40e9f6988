import json
from pathlib import Path

import pytest

from ownconda.cli.main import run

V0 = """\
package: {name: old, version: 1.10}
source:
  url: https://example.org/old.tar.gz
  sha256: 0123
build: {number: 2, number: 3}
requirements:
  host:
    - python
  run:
    - python
  run_constrained:
    - older <1
"""
V1 = "package: {name: new, version: '2'}\nrequirements: {host: [zlib]}\n"


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, file, text in (("new", "recipe.yaml", V1), ("old", "meta.yaml", V0)):
        (tmp_path / "recipes" / name).mkdir(parents=True)
        (tmp_path / "recipes" / name / file).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "recipes"


def rendered(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, object]]:
    assert run(["recipe", "render", "--json", *arguments]) == code
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_recipes_of_both_formats_are_given_with_all_that_is_known(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old = rendered(capsys, "recipes", "--variant", "python=3.12", "--target-platform", "linux-64")
    assert (new["format"], new["name"]) == ("v1", "new")
    assert set(new) == set(old)
    assert old == {
        "recipe": str(recipes / "old" / "meta.yaml"),
        "format": "v0",
        "name": "old",
        "version": "1.10",
        "subdir": "linux-64",
        "build": "py312_3",
        "number": 3,
        "variant": {"python": "3.12", "target_platform": "linux-64"},
        "requirements": {
            "build": [],
            "host": ["python 3.12.*"],
            "run": ["python >=3.12,<3.13.0a0"],
            "run_constrained": ["older <1"],
        },
        "sources": [{"url": "https://example.org/old.tar.gz", "sha256": "0123"}],
        "problems": [
            {
                "what": "the key 'number' stands twice in one mapping; the last one counts",
                "line": 5,
                "field": None,
                "hint": "take one of them out",
            }
        ],
    }


def test_several_values_make_several_builds(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("--variant", "python=3.12", "--variant", "python=3.13")
    found = rendered(capsys, str(recipes / "old"), *chosen)
    assert [one["build"] for one in found] == ["py312_3", "py313_3"]


def test_values_come_from_a_file(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recipes.parent / "given.yaml").write_text("python: 3.13\n")
    [found] = rendered(capsys, "recipes/old", "--variants", "given.yaml")
    assert found["build"] == "py313_3"


def test_one_that_cannot_be_rendered_is_an_error_beside_the_others(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (recipes / "old" / "meta.yaml").write_text("package:\n  name: a  # [win or]\n")
    new, failed, absent = rendered(capsys, "recipes", "absent", code=2)
    assert new["name"] == "new"
    assert set(failed) == set(absent) == {"recipe", "error"}
    assert failed["recipe"] == str(recipes / "old" / "meta.yaml")
    assert "meta.yaml:2: the selector [win or] can't be understood" in str(failed["error"])


@pytest.mark.usefixtures("recipes")
def test_people_get_a_table_and_what_is_odd_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "render", "recipes", "--target-platform", "linux-64"]) == 0
    shown = capsys.readouterr()
    assert [line.split()[0] for line in shown.out.splitlines()] == ["NAME", "new", "old"]
    assert "stands twice" in shown.err


@pytest.mark.usefixtures("recipes")
def test_a_value_without_a_key_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "render", "recipes", "--variant", "3.12"]) == 2
    assert "for example --variant python=3.12" in capsys.readouterr().err


@pytest.mark.usefixtures("recipes")
def test_a_conda_build_recipe_is_planned_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "recipes/old", "--dry-run"]) == 0
    assert "old-1.10-py312_3.conda" in capsys.readouterr().out


@pytest.mark.usefixtures("recipes")
def test_the_graph_is_drawn_over_both_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dep-graph", "recipes"]) == 0
    assert sorted(capsys.readouterr().out.split()) == ["new", "old"]
