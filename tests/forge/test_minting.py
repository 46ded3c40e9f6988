"""Jobs without a secret: their id tokens at a running forge, as our own commands and other uploaders show them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from forging import Forged, Running, new_forge, opened_forge, running_forge
from issuer_at_home import AUDIENCE, Issuer, new_key, running_issuer
from making import make_package
from rattler_build.upload import upload_package_to_prefix

from ownconda.cli.main import run
from ownconda.forge.minting import MINUTES
from ownconda.settings.access import AccessSettings, IssuerSettings, RuleSettings
from ownconda.settings.tree import Settings

MINT = "/api/oidc/mint_token"
SETTINGS = """\
[access.issuers.gitlab]
url = "{url}"
audience = "{audience}"

[access.rules.readers]
who = ["anybody"]
may = ["read"]

[access.rules.own]
who = ["pipeline:own/*"]
protected = true
may = ["upload"]
channels = ["testing"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A forge and the GitLab that it trusts."""

    forge: Running
    gitlab: Issuer

    def listed(self) -> set[str]:
        answer = httpx2.get(f"{self.forge.url}/conda/testing/linux-64/repodata.json")
        return set(answer.json()["packages.conda"]) if answer.status_code == 200 else set()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, _ = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_issuer(new_key()) as gitlab:
        (folder / "ownconda.toml").write_text(SETTINGS.format(url=gitlab.url, audience=AUDIENCE))
        with running_forge(folder) as forge:
            yield Place(forge=forge, gitlab=gitlab)


@pytest.fixture
def job(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A job of GitLab's: no secret, and variables that tell what it is."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "BUILDKITE", "CIRCLECI", "OWNCONDA_FORGE_TOKEN", "SIGSTORE_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("OWNCONDA_FORGE_URL", place.forge.url)
    return place


def test_a_job_uploads_by_its_id_token(
    job: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_ID_TOKEN", job.gitlab.token())
    package = make_package(tmp_path, "by_job")
    assert run(["upload", str(package)]) == 0, capsys.readouterr().err
    assert package.name in job.listed()
    capsys.readouterr()
    assert run(["channel", "history", "testing"]) == 0
    assert "own/zlib@main" in capsys.readouterr().out


def test_who_is_refused_learns_what_their_rule_lacks(
    job: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = job.gitlab.token(ref="feature", ref_protected="false")
    monkeypatch.setenv("OWNCONDA_FORGE_ID_TOKEN", token)
    assert run(["upload", str(make_package(tmp_path, "refused"))]) == 2
    told = capsys.readouterr().err
    assert "own/zlib@feature may not upload in testing" in told
    assert "the rule 'own' is for protected refs only" in told
    assert token not in told


def test_an_id_token_of_another_audience_is_told_as_that(
    job: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_ID_TOKEN", job.gitlab.token(aud="sigstore"))
    assert run(["upload", str(make_package(tmp_path, "refused"))]) == 2
    assert f"the id token is for 'sigstore', not for '{AUDIENCE}'" in capsys.readouterr().err


def test_rattler_builds_trusted_publishing_works(job: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("127_0_0_1_ID_TOKEN", "PREFIX_DEV_ID_TOKEN"):
        monkeypatch.setenv(name, job.gitlab.token())
    monkeypatch.setenv("RATTLER_AUTH_FILE", str(tmp_path / "none.json"))
    warm = {"Authorization": f"Bearer {job.gitlab.token()}"}  # the uploader lets no thread run that could give the keys
    assert httpx2.get(f"{job.forge.url}/api/v1/channels", headers=warm).status_code == 200
    package = make_package(tmp_path, "trusted")
    upload_package_to_prefix([str(package)], job.forge.url, "testing")
    assert package.name in job.listed()


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[tuple[Forged, Issuer]]:
    folder, token = new_forge(tmp_path / "forge")
    rule = RuleSettings(who=["pipeline:own/*"], protected=True, may=["upload"], channels=["testing"])
    with running_issuer(new_key()) as gitlab:
        issuers = {"gitlab": IssuerSettings(url=gitlab.url, audience=AUDIENCE)}
        settings = Settings(access=AccessSettings(rules={"own": rule}, issuers=issuers))
        with opened_forge(folder, token, settings) as forge:
            yield forge, gitlab


def test_a_minted_token_stands_for_the_job_and_ends_soon(forge: tuple[Forged, Issuer]) -> None:
    there, gitlab = forge
    answer = there.client.post(MINT, json={"token": gitlab.token()})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    [minted] = [one for one in there.services.tokens.all() if one.principals]
    assert (minted.name, minted.protected, minted.expires - minted.created) == ("own/zlib@main", True, MINUTES * 60_000)
    bearer = {"Authorization": f"Bearer {answer.text}"}
    files = {"file": ("x", b"")}
    assert there.client.post("/upload/testing", files=files, headers=bearer).status_code == 422
    assert there.client.post("/upload/stable", files=files, headers=bearer).status_code in {403, 404}
    assert there.client.post(MINT, json={"token": answer.text}).status_code == 401


def test_what_is_no_valid_id_token_gets_none(forge: tuple[Forged, Issuer]) -> None:
    there, gitlab = forge
    for token in ("", "own-abc", there.token, gitlab.token(exp=1), gitlab.token(key=new_key())):
        answer = there.client.post(MINT, json={"token": token})
        assert answer.status_code == 401, token
        assert not token or token not in answer.text
    assert there.client.post(MINT, json={}).status_code == 400
    assert [one for one in there.services.tokens.all() if one.principals] == []


def test_an_issuer_that_is_away_is_the_outsides_fault(forge: tuple[Forged, Issuer]) -> None:
    there, gitlab = forge
    gitlab.is_away()
    for answer in (
        there.client.post(MINT, json={"token": gitlab.token()}),
        there.client.get("/api/v1/channels", headers={"Authorization": f"Bearer {gitlab.token()}"}),
    ):
        assert (answer.status_code, "can't be fetched" in answer.text) == (503, True)


def test_a_forge_without_issuers_knows_no_id_tokens(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with running_issuer(new_key()) as gitlab, opened_forge(folder, token, Settings()) as forge:
        assert forge.client.post(MINT, json={"token": gitlab.token()}).status_code == 401
        answer = forge.client.get("/api/v1/channels", headers={"Authorization": f"Bearer {gitlab.token()}"})
        assert (answer.status_code, json.loads(answer.text)["problems"][0]["what"]) == (
            401,
            "this forge doesn't know the token",
        )
        assert gitlab.asked == []
