"""`ownconda forge`, `upload` and `channel` against a real forge."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from forging import running_forge
from making import make_package, write_conda

from ownconda.cli.forge import command
from ownconda.cli.main import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the forge's folder is."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def forge_url_and_token(home: Path) -> Iterator[tuple[str, str]]:
    made = CliRunner().invoke(command, ["init", str(home / "forge")])
    assert made.exit_code == 0, made.output
    with running_forge(home / "forge") as forge:
        yield forge.url, made.stdout.strip()


@pytest.fixture(autouse=True)
def _settings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if "forge_url_and_token" in request.fixturenames:
        url, token = request.getfixturevalue("forge_url_and_token")
        monkeypatch.setenv("OWNCONDA_FORGE_URL", url)
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)


@pytest.mark.usefixtures("forge_url_and_token")
class TestWithForge:
    def test_a_folder_is_uploaded_and_uploaded_again(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_package(tmp_path / "p" / "linux-64", "again1")
        make_package(tmp_path / "p" / "noarch", "again2", extension=".tar.bz2", subdir="noarch")
        assert run(["upload", "p"]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "added          linux-64/again1-1.0-h1_0.conda",
            "added          noarch/again2-1.0-h1_0.tar.bz2",
        ]
        assert run(["upload", "-c", "testing", "p"]) == 0
        told = capsys.readouterr()
        assert told.out.count("there already") == 2
        assert "testing: 0 added, 2 there already" in told.err

    def test_a_token_is_made_listed_and_revoked(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["forge", "token", "create", "nightly", "--may", "upload", "--channel", "testing"]) == 0
        made = capsys.readouterr().out.strip()
        assert run(["forge", "token", "list"]) == 0
        assert "nightly  upload" in capsys.readouterr().out
        with monkeypatch.context() as as_nightly:
            as_nightly.setenv("OWNCONDA_FORGE_TOKEN", made)
            assert run(["forge", "token", "create", "more", "--may", "read"]) == 2
            assert "nightly may not administer in *" in capsys.readouterr().err
        assert run(["forge", "token", "revoke", "nightly", "--json"]) == 0
        assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["nightly"]
        assert run(["forge", "token", "revoke", "nightly"]) == 2

    def test_the_audit_log_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["forge", "audit", "--who", "in*"]) == 0
        told = capsys.readouterr().out
        assert ("token used from a new address" in told, "operator" in told) == (True, False)
        assert run(["forge", "audit", "--since", "2099-01-01", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == []

    def test_what_is_left_of_somebody_is_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["upload", str(make_package(tmp_path, "traced"))]) == 0
        assert run(["forge", "revoke", "init", "--dry-run"]) == 0
        told = capsys.readouterr().out
        assert ("would be revoked: the token init" in told, "UPLOADED BY" in told) == (True, True)

    def test_upload_reports_as_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["upload", "--json", str(make_package(tmp_path, "asjson"))]) == 0
        assert json.loads(capsys.readouterr().out)["files"][0]["there_already"] is False

    def test_an_installer_is_uploaded_with_packages(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        installer = tmp_path / "own-2026.11.20.sh"
        installer.write_bytes(b"#!/bin/sh\n")
        assert run(["upload", str(make_package(tmp_path, "withit")), str(installer)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "added          linux-64/withit-1.0-h1_0.conda",
            "added          own-2026.11.20.sh",
        ]
        nameless = installer.rename(tmp_path / "own.sh")
        assert run(["upload", str(nameless)]) == 2
        assert "own.sh: has no version in its name" in capsys.readouterr().err

    def test_a_damaged_package_keeps_all_back(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_package(tmp_path / "p", "sound")
        cut = make_package(tmp_path / "p", "cut")
        cut.write_bytes(cut.read_bytes()[:99])
        assert run(["upload", "p"]) == 2
        assert "p/cut-1.0-h1_0.conda: the package is damaged" in capsys.readouterr().err
        assert run(["channel", "show", "testing", "sound"]) == 2

    def test_other_contents_are_refused_with_1(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["upload", str(make_package(tmp_path / "1", "same", files={"x": b"1"}))]) == 0
        assert run(["upload", str(make_package(tmp_path / "2", "same", files={"x": b"2"}))]) == 1
        assert "raise the build number" in capsys.readouterr().err

    def test_what_is_not_there_is_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "empty").mkdir()
        assert run(["upload", "empty", "nix.conda"]) == 2
        told = capsys.readouterr().err
        assert "empty: there is no package in this folder" in told
        assert "nix.conda: there is no such file" in told

    def test_without_token_it_ends_with_2(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", "")
        assert run(["upload", str(make_package(tmp_path, "no"))]) == 2
        assert "OWNCONDA_FORGE_TOKEN" in capsys.readouterr().err

    def test_a_refusal_that_is_only_planned_is_told_line_by_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(["upload", str(make_package(tmp_path, "lacks", depends=["nowhere"]))])
        capsys.readouterr()
        assert run(["channel", "promote", "testing", "stable", "lacks", "--dry-run"]) == 1
        told = capsys.readouterr().err.splitlines()
        assert "the gate refuses it" in told
        assert "linux-64/lacks-1.0-h1_0.conda couldn't be installed on linux-64:" in told

    def test_promotion_history_and_rollback(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run(["upload", str(make_package(tmp_path, "prom"))])
        capsys.readouterr()
        assert run(["channel", "promote", "testing", "stable", "prom", "--dry-run"]) == 0
        dry = capsys.readouterr()
        assert dry.out == "+ linux-64/prom-1.0-h1_0.conda\n"
        assert "stable would change: 1 added, 0 removed" in dry.err
        assert run(["channel", "promote", "testing", "stable", "prom", "--reason", "tested"]) == 0
        assert "stable is now at snapshot" in capsys.readouterr().err
        assert run(["channel", "promote", "testing", "stable", "prom"]) == 0
        assert "nothing to change" in capsys.readouterr().err
        assert run(["channel", "history", "stable", "--json"]) == 0
        now, before = json.loads(capsys.readouterr().out)[:2]
        assert (now["kind"], now["reason"]) == ("promotion", "tested")
        assert run(["channel", "rollback", "stable", str(before["id"])]) == 0
        assert capsys.readouterr().out == "- linux-64/prom-1.0-h1_0.conda\n"
        assert run(["channel", "diff", str(now["id"]), "stable", "--format", "files"]) == 0
        assert capsys.readouterr().out == "- linux-64/prom-1.0-h1_0.conda\n"

    def test_history_tells_what_the_gate_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run(["upload", str(make_package(tmp_path, "wants", depends=["nowhere-to-be-had"]))])
        run(["upload", str(make_package(tmp_path, "fits"))])
        assert run(["channel", "promote", "testing", "stable", "wants", "--dry-run"]) == 1
        assert run(["channel", "promote", "testing", "stable", "wants", "--reason", "please"]) == 1
        assert run(["channel", "promote", "testing", "stable", "fits", "--reason", "tested"]) == 0
        capsys.readouterr()
        assert run(["channel", "history", "stable", "--verdicts", "--limit", "2", "--json"]) == 0
        passed, refused = json.loads(capsys.readouterr().out)[:2]
        assert (passed["passed"], passed["reason"], passed["asked"]) == (True, "tested", 1)
        assert (refused["passed"], refused["reason"], refused["snapshot"]) == (False, "please", None)
        assert run(["channel", "history", "stable", "--verdicts"]) == 0
        headings, first, second, *_ = capsys.readouterr().out.splitlines()
        assert headings.split() == ["AT", "BY", "WHAT", "VERDICT", "SNAPSHOT", "ASKED", "TIME", "WHY"]
        assert first.split()[2:5] == ["promotion", "passed", str(passed["snapshot"])]
        assert second.endswith("installable: linux-64/wants-1.0-h1_0.conda couldn't be installed on linux-64")

    @pytest.mark.parametrize("words", [["list"], ["history", "testing"], ["show", "testing"]])
    def test_each_report_is_a_table_or_json(
        self, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(["upload", str(make_package(tmp_path, "shown"))])
        capsys.readouterr()
        assert run(["channel", *words]) == 0
        assert capsys.readouterr().out.split()[0].isupper()
        assert run(["channel", *words, "--json"]) == 0
        assert isinstance(json.loads(capsys.readouterr().out), list)

    def test_an_unknown_channel_ends_with_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["channel", "show", "nix"]) == 2
        assert "hint: there are experimental, testing, staging, stable, archive" in capsys.readouterr().err

    def test_another_token_can_be_made_and_works(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["forge", "init", str(home / "forge"), "--new-token", "ci"]) == 0
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", capsys.readouterr().out.strip())
        assert run(["upload", str(make_package(tmp_path, "byci"))]) == 0
        assert run(["forge", "init", str(home / "forge"), "--new-token", "ci"]) == 2

    def test_a_forge_that_is_there_is_left_alone(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["forge", "init", str(home / "forge")]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert "there is a forge in this folder already; nothing was changed" in told.err


def test_init_tells_the_token_and_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "init", "new", "--channel", "a", "--channel", "b"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("own-")
    assert len(told.out.split()) == 1
    assert "ownconda forge serve new" in told.err
    assert (tmp_path / "new" / "ledger.sqlite").is_file()


def test_init_leaves_a_folder_of_something_else_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").touch()
    assert run(["forge", "init", "."]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["thesis.txt"]  # noqa: PTH208  (names alone)


def test_a_new_token_needs_a_forge(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "init", "nothing", "--new-token", "x"]) == 2
    assert "there is no forge in this folder" in capsys.readouterr().err


def test_a_forge_that_does_not_answer_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "list", "--forge", "http://127.0.0.1:1"]) == 3
    assert "can't be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["forge"],
        ["forge", "init"],
        ["forge", "serve"],
        ["upload"],
        ["channel"],
        *(["channel", verb] for verb in ("list", "show", "history", "diff", "promote", "rollback")),
    ],
)
def test_each_command_has_help_with_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    told = capsys.readouterr().out
    assert "Example" in told
    assert f"ownconda {words[0]}" in told.partition("Example")[2]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--channel", "a", "--channel", "a"], "'a' is given twice"),
        (["--new-token", "y", "--channel", "z"], "--channel is for a new one"),
    ],
)
def test_a_forge_is_not_made_of_options_that_contradict(
    options: list[str], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forge", "init", str(tmp_path / "f"), *options]) == 2
    assert what in capsys.readouterr().err
    assert not (tmp_path / "f").exists()


def test_a_token_without_name_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "init", str(tmp_path / "f")]) == 0
    assert run(["forge", "init", str(tmp_path / "f"), "--new-token", ""]) == 2
    assert "can't be a token's name" in capsys.readouterr().err


def test_a_package_with_an_odd_paths_json_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_package(tmp_path / "odd")
    info = {"info/index.json": b"{}", "info/paths.json": b"[]"}
    assert run(["upload", str(write_conda(path, info, {}))]) == 2
    assert "info/paths.json has no list of paths" in capsys.readouterr().err


@pytest.mark.usefixtures("forge_url_and_token")
def test_what_a_package_says_does_not_act_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upload", str(make_package(tmp_path, "ansi", license="\x1b[31mRED\nline2"))]) == 0
    capsys.readouterr()
    assert run(["channel", "show", "testing", "ansi"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize("url", ["nonsense", "ftp://forge", "http://", "http:forge"])
def test_an_address_that_is_none_ends_with_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "list", "--forge", url]) == 2
    assert "is no address of a forge" in capsys.readouterr().err


@pytest.mark.usefixtures("forge_url_and_token")
def test_an_empty_list_of_packages_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list").write_text("\n")
    assert run(["channel", "promote", "testing", "staging", "--listed-in", str(tmp_path / "list")]) == 1
    assert "list: lists no packages: there is nothing to promote" in capsys.readouterr().err


def test_tokens_of_a_folder_need_no_forge_that_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "init", str(tmp_path / "forge")]) == 0
    on = ["--folder", str(tmp_path / "forge")]
    assert run(["forge", "token", "create", "again", "--may", "administer", "--expires", "1h", *on]) == 0
    assert run(["forge", "token", "revoke", "init", *on]) == 0
    capsys.readouterr()
    assert run(["forge", "token", "list", "--json", *on]) == 0
    assert [(one["name"], one["may"]) for one in json.loads(capsys.readouterr().out)] == [("again", ["administer"])]
