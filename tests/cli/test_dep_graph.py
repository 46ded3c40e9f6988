import json
from pathlib import Path

import pytest

from ownconda.cli.main import run


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    needs = {"openssl": "", "python": "openssl", "pip": "python", "app": "python, pip, openssl", "tool": ""}
    for name, host in needs.items():
        folder = tmp_path / name
        folder.mkdir()
        text = f"package: {{name: {name}, version: 1.0.0}}\nrequirements: {{host: [{host}]}}\n"
        (folder / "recipe.yaml").write_text(text)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run(["dep-graph", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_names_come_in_build_order(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(recipes)) == ["openssl", "python", "pip", "app", "tool"]


def test_requirements_are_what_one_package_needs(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(recipes), "--requirements", "pip") == ["openssl", "python", "pip"]


def test_why_shows_the_shortest_path(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(recipes), "--why", "openssl") == [
        "python → openssl",
        "pip → python → openssl",
        "app → openssl",
    ]


def test_unused_is_what_nobody_needs(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(recipes), "--unused") == ["app", "tool"]


def test_a_reduced_graph_has_fewer_edges(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads("\n".join(shown(capsys, str(recipes), "--reduce", "--out", "json")))
    needs = {one["name"]: [path.split("/")[1].split("-")[0] for path in one["build_needs"]] for one in listed}
    assert needs["app"] == ["pip"]


def test_mermaid_is_drawn(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(recipes), "--out", "mermaid")[0] == "flowchart LR"


def test_an_unknown_package_is_wrong_input(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dep-graph", str(recipes), "--why", "nothing"]) == 2
    assert "no recipe makes 'nothing'" in capsys.readouterr().err
