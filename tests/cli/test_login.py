"""`ownconda login` and `logout`, with a forge and an issuer that are both real."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from forging import new_forge, running_forge
from issuer_at_home import DEVICE, DISCOVERY, TOKEN, Issuer, new_key, running_issuer
from serving import Answer

from ownconda.cli.main import run
from ownconda.errors import NoError, OutsideError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.device_login import Prompt, logged_in
from ownconda.journeys.renewal_timer import NAME, write_timer
from ownconda.wires.http import session

SETTINGS = """\
[access.issuers.people]
url = "{url}"
kind = "people"
audience = "client"

[access.rules.packagers]
who = ["group:packagers"]
may = ["read"]
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer(new_key()) as running:
        yield running


@pytest.fixture(scope="module")
def forge(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, _ = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    (folder / "ownconda.toml").write_text(SETTINGS.format(url=issuer.url))
    with running_forge(folder) as running:
        yield running.url


@pytest.fixture
def kept(forge: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of tokens of somebody who never logged in."""
    monkeypatch.chdir(tmp_path)
    for name in ("OWNCONDA_FORGE_TOKEN", "OWNCONDA_FORGE_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", forge)
    file = tmp_path / "rattler" / "credentials.json"
    monkeypatch.setenv("RATTLER_AUTH_FILE", str(file))
    return file


def test_who_logged_in_is_known_until_they_log_out(
    kept: Path, issuer: Issuer, forge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.answers_logins({"error": "authorization_pending"}, {"id_token": issuer.login()})
    assert run(["login"]) == 0, capsys.readouterr().err
    told = capsys.readouterr().err
    assert (f"{issuer.url}/device" in told, "ABCD-EFGH" in told, "logged in as ann" in told) == (True, True, True)
    token = json.loads(kept.read_text())["127.0.0.1"]["BearerToken"]
    assert (kept.stat().st_mode & 0o777, token in told) == (0o600, False)
    [conda] = (kept.parent.parent / "binstar").iterdir()
    assert (unquote_plus(conda.name), conda.read_text()) == (f"{forge}/.token", token)
    assert conda.stat().st_mode & 0o777 == 0o600
    assert run(["channel", "history", "stable"]) == 0
    assert run(["logout"]) == 0
    assert (json.loads(kept.read_text()), logins(kept), conda.exists()) == ({}, {}, False)
    assert run(["channel", "history", "stable"]) == 2
    with ForgeClient(forge, token=token) as client, pytest.raises(Exception, match="doesn't know the token"):
        client.channels()


def logins(kept: Path) -> dict[str, Any]:
    """Read what is kept to renew tokens with."""
    told: dict[str, Any] = json.loads(state(kept).read_text())
    return told


def state(kept: Path) -> Path:
    return kept.parent.parent / "state" / "ownconda" / "logins.json"


def later(kept: Path, hours: float) -> None:
    """Let the time since the login seem to be so much longer."""
    told = logins(kept)
    for one in told.values():
        one["given"] -= int(hours * 3_600_000)
        one["expires"] -= int(hours * 3_600_000)
    state(kept).write_text(json.dumps(told))


def token(kept: Path) -> str:
    return str(json.loads(kept.read_text())["127.0.0.1"]["BearerToken"])


def logged_in_with_refresh(issuer: Issuer, refresh_token: str = "r1") -> None:  # noqa: S107  (a test's)
    issuer.forms.clear()
    issuer.answers_logins({"id_token": issuer.login(), "refresh_token": refresh_token})
    assert run(["login"]) == 0


def test_a_token_that_nears_its_end_is_renewed_by_whatever_needs_it(kept: Path, issuer: Issuer) -> None:
    logged_in_with_refresh(issuer)
    first = token(kept)
    assert (state(kept).stat().st_mode & 0o777, state(kept).parent.stat().st_mode & 0o777) == (0o600, 0o700)
    later(kept, hours=7)
    assert run(["channel", "list"]) == 0
    assert token(kept) == first
    later(kept, hours=2)
    issuer.answers_logins({"id_token": issuer.login(), "refresh_token": "r2"})
    assert run(["channel", "list"]) == 0
    second = token(kept)
    assert second != first
    assert issuer.forms[-1] == {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "client"}
    assert run(["channel", "list"]) == 0
    assert (token(kept), logins(kept)["127.0.0.1"]["refresh_token"]) == (second, "r2")
    later(kept, hours=13)
    issuer.answers_logins({"id_token": issuer.login()})
    assert run(["channel", "list"]) == 0
    assert issuer.forms[-1]["refresh_token"] == "r2"
    assert (token(kept) != second, logins(kept)["127.0.0.1"]["refresh_token"]) == (True, "r2")


def test_a_refresh_token_that_is_refused_is_told_once_and_forgotten(
    kept: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in_with_refresh(issuer)
    later(kept, hours=9)
    capsys.readouterr()
    issuer.answers_logins({"error": "invalid_grant", "error_description": "it was used before"})
    assert run(["channel", "list"]) == 0
    told = capsys.readouterr().err
    assert told.count("can't be renewed: the issuer takes its refresh token no more") == 1
    assert f"log in again: ownconda login --forge {logins(kept)['127.0.0.1']['url']}" in told
    assert "refresh_token" not in logins(kept)["127.0.0.1"]
    assert run(["channel", "list"]) == 0
    assert capsys.readouterr().err == ""
    later(kept, hours=4)
    assert run(["channel", "list"]) == 1
    told = capsys.readouterr().err
    assert "was good until 20" in told
    assert "log in again: ownconda login --forge" in told


def test_an_issuer_that_can_not_be_reached_is_asked_again_later(
    kept: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in_with_refresh(issuer)
    described = issuer.content[DISCOVERY]
    later(kept, hours=9)
    issuer.content[DISCOVERY] = Answer(status=404)
    try:
        assert run(["channel", "list"]) == 0
        assert "openid-configuration" in capsys.readouterr().err
        later(kept, hours=4)
        assert run(["channel", "list"]) == 3
    finally:
        issuer.content[DISCOVERY] = described
    issuer.answers_logins({"id_token": issuer.login()})
    assert run(["channel", "list"]) == 0


def test_what_an_issuer_gave_for_later_is_kept_although_the_forge_does_not_answer(kept: Path, issuer: Issuer) -> None:
    logged_in_with_refresh(issuer)
    expired = logins(kept)["127.0.0.1"]["expires"] - 13 * 3_600_000
    later(kept, hours=13)
    told = logins(kept)
    address, told["127.0.0.1"]["url"] = told["127.0.0.1"]["url"], "http://127.0.0.1:9"
    state(kept).write_text(json.dumps(told))
    issuer.answers_logins({"id_token": issuer.login(), "refresh_token": "r2"})
    assert run(["channel", "list"]) == 3
    one = logins(kept)["127.0.0.1"]
    assert (one["refresh_token"], one["expires"]) == ("r2", expired)
    one["url"] = address
    state(kept).write_text(json.dumps({"127.0.0.1": one}))
    issuer.answers_logins({"id_token": issuer.login(), "refresh_token": "r3"})
    assert run(["channel", "list"]) == 0
    assert issuer.forms[-1]["refresh_token"] == "r2"


def test_an_issuer_that_gives_nothing_for_later_is_told(
    kept: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.answers_logins({"id_token": issuer.login()})
    assert run(["login", "--keep"]) == 0
    assert "the issuer gives nothing to renew it with" in capsys.readouterr().err
    assert not (kept.parent.parent / "systemd").exists()


def test_a_timer_renews_what_is_to_be_renewed(
    kept: Path, issuer: Issuer, forge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["login", "--renew"]) == 0
    logged_in_with_refresh(issuer)
    capsys.readouterr()
    assert run(["login", "--renew"]) == 0
    assert capsys.readouterr().err == ""
    later(kept, hours=9)
    issuer.answers_logins({"id_token": issuer.login()})
    assert run(["login", "--renew"]) == 0
    assert capsys.readouterr().err == f"renewed: {forge}\n"
    later(kept, hours=9)
    issuer.answers_logins({"error": "invalid_grant"})
    assert run(["login", "--renew"]) == 1
    assert "log in again" in capsys.readouterr().err


def test_several_commands_at_once_renew_a_token_once(kept: Path, issuer: Issuer) -> None:
    logged_in_with_refresh(issuer)
    later(kept, hours=9)
    issuer.answers_logins({"id_token": issuer.login(), "refresh_token": "r2"}, {"error": "invalid_grant"})
    command = [sys.executable, "-m", "ownconda", "channel", "list"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    told = [process.communicate()[1].decode() for process in running]
    assert [(process.returncode, text) for process, text in zip(running, told, strict=True)] == [(0, "")] * 4
    assert [form["refresh_token"] for form in issuer.forms[1:]] == ["r1"]


@pytest.mark.parametrize("words", [["--forge", "http://x"], ["--keep"], ["--certificate", "x.pem"]])
def test_renewing_goes_alone(kept: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["login", "--renew", *words]) == 2
    assert ("--renew goes alone" in capsys.readouterr().err, kept.exists()) == (True, False)


def test_a_file_of_logins_that_is_none_is_told(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(kept).parent.mkdir(parents=True)
    state(kept).write_text("[")
    assert run(["channel", "list"]) == 2
    assert "logins.json: isn't JSON" in capsys.readouterr().err


def test_the_timer_is_one_that_systemd_reads(tmp_path: Path) -> None:
    program = tmp_path / "100% $mine" / "ownconda"
    folder = write_timer({"XDG_CONFIG_HOME": str(tmp_path), "RATTLER_AUTH_FILE": "/a b/$c%"}, program)
    service = (folder / f"{NAME}.service").read_text()
    assert 'Environment="RATTLER_AUTH_FILE=/a b/$c%%"\n' in service
    assert f'ExecStart="{tmp_path}/100%% $$mine/ownconda" login --renew\n' in service
    if shutil.which("systemd-analyze"):
        program.parent.mkdir()
        program.symlink_to(sys.executable)
        units = [folder / f"{NAME}.{kind}" for kind in ("service", "timer")]
        done = subprocess.run(["systemd-analyze", "--user", "verify", *units], capture_output=True, check=False)
        assert NAME not in done.stderr.decode()


def test_tokens_for_other_hosts_stay(kept: Path, issuer: Issuer) -> None:
    kept.parent.mkdir()
    others = {"*.example.org": {"BearerToken": "x"}, "conda.example.net": {"CondaToken": "y"}}
    kept.write_text(json.dumps(others))
    issuer.answers_logins({"id_token": issuer.login()})
    assert run(["login"]) == 0
    assert json.loads(kept.read_text()).keys() == {*others, "127.0.0.1"}
    assert run(["logout"]) == 0
    assert json.loads(kept.read_text()) == others


def test_a_file_of_tokens_that_is_none_is_told(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.parent.mkdir()
    kept.write_text("{")
    assert run(["channel", "list"]) == 2
    assert "credentials.json: isn't JSON" in capsys.readouterr().err


def test_who_does_not_log_in_is_told(kept: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    issuer.answers_logins({"error": "access_denied"})
    assert run(["login"]) == 1
    assert ("the login was refused" in capsys.readouterr().err, kept.exists()) == (True, False)


def waited(issuer: Issuer, *answers: Mapping[str, object]) -> list[float]:
    """Log in, and give for how long the issuer made us wait each time."""
    issuer.answers_logins(*answers)
    seconds: list[float] = []
    shown: list[Prompt] = []
    with session(retries=0) as web:
        logged_in(issuer.url, "client", web=web, ask=shown.append, wait=seconds.append)
    assert [prompt.code for prompt in shown] == ["ABCD-EFGH"]
    return seconds


def test_an_issuer_that_is_asked_too_often_is_asked_less_often(issuer: Issuer) -> None:
    pending, slow, done = {"error": "authorization_pending"}, {"error": "slow_down"}, {"id_token": "a.b.c"}
    assert waited(issuer, pending, slow, pending, slow, done) == [0, 0, 5, 5, 10]


def test_a_code_that_nobody_entered_ends_it(issuer: Issuer) -> None:
    with pytest.raises(NoError, match="nobody entered the code in time"):
        waited(issuer, {"error": "authorization_pending"}, {"error": "expired_token"})


def test_an_issuer_without_such_logins_is_told() -> None:
    with running_issuer(new_key()) as issuer:
        described = json.loads(issuer.content["/.well-known/openid-configuration"])  # type: ignore[arg-type]
        del described["device_authorization_endpoint"]
        issuer.content["/.well-known/openid-configuration"] = json.dumps(described).encode()
        with pytest.raises(OutsideError, match="names no device_authorization_endpoint"):
            waited(issuer)
        assert issuer.asked == ["/.well-known/openid-configuration"]


def test_an_issuer_that_starts_nothing_is_told() -> None:
    with running_issuer(new_key()) as issuer:
        issuer.content[DEVICE] = b"{}"
        with pytest.raises(OutsideError, match="tells no address to log in at"):
            waited(issuer)
        assert TOKEN not in issuer.asked
