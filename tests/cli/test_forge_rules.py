import json
from pathlib import Path

import pytest

from ownconda.access.actions import Action
from ownconda.access.callers import Scope
from ownconda.cli.main import run
from ownconda.journeys.forge_tokens import add_token
from ownconda.journeys.new_forge import make_forge

SETTINGS = """
[access.rules.readers]
who = ["anybody"]
may = ["read"]

[access.rules.own]
who = ["pipeline:own/*"]
may = ["upload"]
channels = ["testing"]
names = ["own_*"]
protected = true
environments = ["production"]
networks = ["10.0.0.0/8"]

[access.rules.packagers]
who = ["group:packagers"]
may = ["upload", "promote"]

[access.names]
"own_*" = ["pipeline:own/*"]
"""
ZLIB = ["forge", "may", "pipeline:own/zlib@main", "upload", "testing", "own_zlib"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownconda.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)


def test_a_yes_names_the_rule_and_whose_the_name_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ZLIB, "--protected", "--environment", "production", "--from", "10.0.0.1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "pipeline:own/zlib@main may upload 'own_zlib' in testing",
        "  allowed by the rule 'own'",
        "  the name own_zlib belongs to pipeline:own/*: as access.names says",
    ]


@pytest.mark.parametrize(
    ("options", "lack"),
    [
        ([], "is for protected refs only"),
        (["--protected"], "is for the environments production"),
        (["--protected", "--environment", "production"], "is for the networks 10.0.0.0/8"),
    ],
)
def test_a_no_tells_what_each_rule_about_them_lacks(
    options: list[str], lack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*ZLIB, *options]) == 1
    told = capsys.readouterr().out
    assert f"the rule 'own' {lack}" in told
    assert "packagers" not in told


def test_a_name_of_others_makes_a_no_of_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["forge", "may", "person:ann", "upload", "testing", "--group", "packagers"]
    assert run([*asked[:5], "zlib", *asked[5:]]) == 0
    capsys.readouterr()
    assert run([*asked[:5], "own_zlib", *asked[5:], "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["allowed"], found["by"], found["foreign"]) == (False, "the rule 'packagers'", True)


def test_what_a_token_is_for_is_asked_of_the_forge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_forge(tmp_path / "forge", token_name="init")
    add_token(tmp_path / "forge", token_name="ci", scope=Scope(may=frozenset({Action.UPLOAD}), channels=("testing",)))
    asked = ["forge", "may", "token:ci", "upload", "--folder", str(tmp_path / "forge")]
    assert [run([*asked, channel]) for channel in ("testing", "stable")] == [0, 1]
    assert "the token 'ci' isn't for upload in stable" in capsys.readouterr().out
    assert run(["forge", "may", "token:none", "read", "stable", "--folder", str(tmp_path / "forge")]) == 2


@pytest.mark.parametrize("asked", [["ann", "read", "stable"], ["person:ann", "fly", "stable"]])
def test_who_and_what_have_to_be_meant(asked: list[str]) -> None:
    assert run(["forge", "may", *asked]) == 2


def test_rules_are_printed_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "rules"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "own pipeline:own/* upload testing own_* protected refs; environments production; from 10.0.0.0/8 packagers"
        in told
    )
    assert "own_* pipeline:own/*" in told
    assert run(["forge", "rules", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"]["readers"]["may"] == ["read"]
