"""Channels of one's own by the command line, and what `forge rules` and `forge may` say of them then."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run

RULES = """
[access.rules.projects]
who = ["pipeline:own/*"]
may = ["upload"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder, token = new_forge(tmp_path / "forge")
    (folder / "ownconda.toml").write_text('[access.limits.teams]\nchannels = ["team.*"]\nchannel_gigabytes = 2\n')
    monkeypatch.chdir(tmp_path)
    with running_forge(folder) as forge:
        monkeypatch.setenv("OWNCONDA_FORGE_URL", forge.url)
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)
        yield folder


def test_a_channel_is_made_and_shared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "create", "team.x", "--base", "stable", "--owner", "person:ann"]) == 0
    assert capsys.readouterr().err == "team.x is there, and private\n"
    assert run(["channel", "allow", "team.x", "group:vision", "read", "upload"]) == 0
    assert run(["channel", "disallow", "team.x", "group:vision", "upload"]) == 0
    capsys.readouterr()
    assert run(["channel", "allow", "team.x", "--json"]) == 0
    granted = {"group:vision": ["read"], "person:ann": ["administer"]}
    assert json.loads(capsys.readouterr().out) == {"channel": "team.x", "private": True, "granted": granted}

    assert run(["forge", "rules", "--folder", str(folder)]) == 0
    assert "team.x   private  group:vision  read" in capsys.readouterr().out
    question = ["forge", "may", "person:bob", "read", "team.x"]
    for known in (["--folder", str(folder)], ["--forge", _url()]):
        assert run([*question, *known]) == 1
        assert run([*question, "--group", "vision", *known]) == 0
        assert "allowed by the rule 'channel team.x'" in capsys.readouterr().out


def test_usage_shows_what_a_channel_may_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.is_dir()
    assert run(["channel", "create", "team.x"]) == 0
    capsys.readouterr()
    assert run(["forge", "usage"]) == 0
    told = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split() for line in told] == [
        ["LIMIT", "OF", "USED", "MAY", "BE"],
        ["teams", "team.x", "0", "B", "1.9", "GiB"],
    ]


def test_who_came_first_speaks_against_a_name(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ownconda.toml").write_text(RULES)
    assert folder.is_dir()
    assert run(["upload", "-c", "testing", str(make_package(tmp_path, "tool"))]) == 0
    asked = ["forge", "may", "pipeline:own/x", "upload", "testing"]
    assert run([*asked, "tool"]) == 0
    capsys.readouterr()
    assert run([*asked, "tool", "--forge", _url()]) == 1
    assert "packages called 'tool' were brought by others first" in capsys.readouterr().out
    assert run([*asked, "fresh", "--forge", _url()]) == 0


def test_what_cannot_be_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.is_dir()
    assert run(["channel", "create", "stable"]) == 1
    assert "there is a channel 'stable' already" in capsys.readouterr().err
    assert run(["channel", "allow", "stable", "person:ann", "read"]) == 2
    assert "access.rules in the forge's settings say" in capsys.readouterr().err
    assert run(["channel", "allow", "team.y", "person:ann"]) == 2
    assert "Name what they are to be allowed" in capsys.readouterr().err


def _url() -> str:
    return os.environ["OWNCONDA_FORGE_URL"]
