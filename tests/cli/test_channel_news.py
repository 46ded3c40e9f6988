"""`ownconda channel diff`, `announce` and `notice` with a real forge, a real mail server and a real webhook."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from forging import new_forge, running_forge
from mailing import Post, post_office
from making import make_package
from serving import Answer, Served, closed_address, served

from ownconda.cli.main import run
from ownconda.forge_client.client import ForgeClient


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A forge whose channel testing got xz and then its update, with a new package."""
    folder, token = new_forge(tmp_path_factory.mktemp("news") / "forge")
    made = tmp_path_factory.mktemp("packages")
    with running_forge(folder) as running, ForgeClient(running.url, token=token) as client:
        client.upload("testing", [make_package(made, "xz", "5.4")])
        client.tag("testing", "before")
        about = {"home": "https://xz.example", "summary": "archives"}
        client.upload("testing", [make_package(made, "xz", "5.6", about=about), make_package(made, "zlib")])
        yield running.url, token


@pytest.fixture(autouse=True)
def _settings(forge: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", forge[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", forge[1])


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Post]:
    """A mail server that the settings name, and recipients that no other test has."""
    name = request.node.name.partition("[")[0]
    with post_office(refused={f"gone@{name}.example": "550 gone"}) as running:
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_HOST", "127.0.0.1")
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_PORT", str(running.port))
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_SENDER", "own@a.example")
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_RECIPIENTS", f"all@{name}.example")
        yield running


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with served(lambda _: Answer(body=b"ok")) as server:
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_WEBHOOKS", f"{server.address}/hooks/secret")
        yield server


ANNOUNCE = ("channel", "announce", "testing.at.before", "testing")


def test_diff_is_a_changelog(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "diff", "testing.at.before", "testing", "--from", "2026-12-01"]) == 0
    assert capsys.readouterr().out == (
        "testing: 1 new, 1 updated\nIn testing from 2026-12-01.\n\nNew:\n  zlib  1.0\n\n"
        "Updated:\n  xz    5.4 → 5.6\n        https://xz.example\n"
    )


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ("markdown", "- [xz](https://xz.example) 5.4 → 5.6\n"),
        ("html", '<a href="https://xz.example">xz</a>'),
        ("files", "+ linux-64/xz-5.6-h1_0.conda\n"),
    ],
)
def test_diff_has_other_formats(shape: str, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "diff", "testing.at.before", "testing", "--format", shape]) == 0
    assert part in capsys.readouterr().out


def test_what_another_channel_would_bring_is_told_of_the_one_that_gets_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "diff", "staging", "testing", "--from", "2026-12-01"]) == 0
    assert capsys.readouterr().out.startswith("staging: 2 new\nIn staging from 2026-12-01.\n")


def test_diff_as_json_has_packages_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "diff", "testing.at.before", "testing", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["name"], one["link"]) for one in told["changes"]] == [
        ("new", "zlib", ""),
        ("updated", "xz", "https://xz.example"),
    ]
    assert [one["name"] for one in told["added"]] == ["xz", "zlib"]
    assert told["channel"] == "testing"


def test_all_are_told_once(
    forge: tuple[str, str], post: Post, chat: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*ANNOUNCE, "--from", "2026-12-01", "--notice", "xz 5.6 is coming", "--level", "warning"]) == 0
    told = capsys.readouterr().err.splitlines()
    mail = "mail to all@test_all_are_told_once.example"
    assert told == [f"sent: {mail}", f"sent: webhook at {chat.address}", "sent: notice of the channel"]
    [(_, message)] = post.taken
    assert message["Subject"] == "testing: 1 new, 1 updated"
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "In testing from 2026-12-01." in plain.get_content()
    [asked] = chat.asked
    assert "[xz](https://xz.example) 5.4 → 5.6" in json.loads(asked.body)["text"]
    url = f"{forge[0]}/conda/testing/notices.json"
    [notice] = requests.get(url, timeout=10).json()["notices"]
    assert (notice["message"], notice["level"]) == ("xz 5.6 is coming", "warning")

    assert run([*ANNOUNCE, "--notice", "xz 5.6 is coming"]) == 0
    assert {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()} == {"sent before"}
    assert (len(post.taken), len(chat.asked)) == (1, 1)
    assert run([*ANNOUNCE, "--again", "--json"]) == 0
    assert [one["outcome"] for one in json.loads(capsys.readouterr().out)] == ["sent", "sent"]
    assert (len(post.taken), len(chat.asked)) == (2, 2)


def test_who_could_not_be_told_is_told_next_time(
    post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_ANNOUNCE_WEBHOOKS", f"{closed_address()}/secret")
    assert run(ANNOUNCE) == 3
    told = capsys.readouterr()
    assert "sent: mail to all@" in told.err
    assert "failed: webhook at" in told.err
    assert "can't be reached" in told.err
    assert "/secret" not in told.err
    with served(lambda _: Answer()) as server:
        monkeypatch.setenv("OWNCONDA_ANNOUNCE_WEBHOOKS", f"{server.address}/secret")
        assert run(ANNOUNCE) == 0
    assert (len(post.taken), len(server.asked)) == (1, 1)


def test_a_recipient_that_is_refused_keeps_no_other_from_being_told(
    post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host = "test_a_recipient_that_is_refused_keeps_no_other_from_being_told.example"
    monkeypatch.setenv("OWNCONDA_ANNOUNCE_RECIPIENTS", f"gone@{host},there@{host}")
    assert run(ANNOUNCE) == 1
    assert f"doesn't take mail for gone@{host}: 550 gone" in capsys.readouterr().err
    assert [recipients for recipients, _ in post.taken] == [[f"there@{host}"]]


def test_a_dry_run_tells_nobody(post: Post, chat: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ANNOUNCE, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("testing: 1 new, 1 updated\n")
    assert "would be told: mail to all@" in told.err
    assert not post.taken
    assert not chat.asked


def test_nothing_new_is_told_to_nobody(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "announce", "testing", "testing"]) == 0
    assert "nobody is told" in capsys.readouterr().err
    assert not post.taken


def test_without_a_token_nothing_is_sent(
    post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", "")
    assert run(ANNOUNCE) == 2
    assert "token" in capsys.readouterr().err
    assert not post.taken


def test_settings_that_lack_a_part_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ANNOUNCE) == 2
    assert "nobody to tell" in capsys.readouterr().err
    monkeypatch.setenv("OWNCONDA_ANNOUNCE_RECIPIENTS", "all@a.example")
    assert run(ANNOUNCE) == 2
    told = capsys.readouterr().err
    assert "announce.host" in told
    assert "announce.sender" in told


def test_a_notice_is_posted_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "notice", "stable", "mind the gap", "--expires", "2999-01-01", "--json"]) == 0
    [posted] = json.loads(capsys.readouterr().out)
    assert run(["channel", "notice", "stable"]) == 0
    assert f"{posted['id']}  info" in capsys.readouterr().out
    assert run(["channel", "notice", "stable", "--remove", posted["id"]]) == 0
    assert run(["channel", "notice", "stable", "--remove", posted["id"]]) == 2
    capsys.readouterr()
    assert run(["channel", "notice", "stable", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("command", [["diff", "stable", "testing"], ["announce", "stable", "testing", "--dry-run"]])
def test_a_date_that_is_none_is_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", *command, "--from", "soon"]) == 2
    assert "'soon' is no date such as 2026-12-01" in capsys.readouterr().err
