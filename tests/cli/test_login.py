"""`ownconda login` and `logout`, with a forge and an issuer that are both real."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from issuer_at_home import DEVICE, TOKEN, Issuer, new_key, running_issuer

from ownconda.cli.main import run
from ownconda.errors import NoError, OutsideError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.device_login import Prompt, logged_in
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
    assert run(["channel", "history", "stable"]) == 0
    assert run(["logout"]) == 0
    assert json.loads(kept.read_text()) == {}
    assert run(["channel", "history", "stable"]) == 2
    with ForgeClient(forge, token=token) as client, pytest.raises(Exception, match="doesn't know the token"):
        client.channels()


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
