"""Private channels, through conda's own form of an address with a token."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Forged, Running, new_forge, opened_forge, running_forge
from making import make_package
from rattler import Channel, Gateway, SourceConfig, install, solve

from ownconda.access.actions import Action
from ownconda.access.callers import Scope
from ownconda.access.tokens import make_token
from ownconda.cli.main import run
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.forge_tokens import add_token
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

PRIVATE = "[access.rules.packagers]\nwho = ['group:packagers']\nmay = ['read']\n"
READ = Scope(may=frozenset({Action.READ}), channels=("testing",))
INDEX = "conda/testing/linux-64/repodata.json"


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "private")
    rules = {"packagers": RuleSettings(who=["group:packagers"], may=["read"])}
    with opened_forge(folder, token, Settings(access=AccessSettings(rules=rules))) as forge:
        forge.upload("testing", make_package(tmp_path, "zlib"))
        yield forge


def reader(forge: Forged) -> str:
    text, token = make_token("reader", at=1, scope=READ)
    forge.services.tokens.add(token)
    return text


def test_a_token_in_the_address_is_as_good_as_one_in_a_header(private: Forged) -> None:
    token = reader(private)
    answers = [private.client.get(path).status_code for path in (f"/t/{token}/{INDEX}", f"/{INDEX}")]
    assert answers == [200, 401]
    assert private.client.get(f"/{INDEX}", auth=("anybody", token)).status_code == 200
    assert private.client.get(f"/t/{token}/conda/stable/noarch/repodata.json").status_code == 404


def test_a_token_stands_where_conda_puts_it(private: Forged) -> None:
    token = reader(private)
    below = INDEX.removeprefix("conda/")
    assert private.client.get(f"/conda/t/{token}/{below}").status_code == 200
    assert private.client.get(f"/conda/t/own-guess/{below}").status_code == 401
    assert private.client.get(f"/conda/t/{token}/stable/noarch/repodata.json").status_code == 404
    refused = private.client.get(f"/conda/t/{token}/testing", follow_redirects=False)
    assert (refused.status_code, token in refused.text + str(refused.headers)) == (404, False)


@pytest.mark.parametrize("token", ["", "own-guess", "a%20b", "%2e%2e"])
def test_what_is_no_token_lets_nobody_in_and_is_not_repeated(forge: Forged, token: str) -> None:
    answer = forge.client.get(f"/t/{token}/{INDEX}")  # a channel that everybody may read
    assert (answer.status_code, "own-guess" in answer.text) == (401, False)


def test_a_token_in_the_address_is_for_files_alone(forge: Forged) -> None:
    for path in ("conda/testing/", "conda/testing", "api/v1/usage", "upload/testing", "t/x/conda/testing/x"):
        answer = forge.client.get(f"/t/{forge.token}/{path}", follow_redirects=False)
        assert (answer.status_code, forge.token in answer.text + str(answer.headers)) == (404, False), path
    assert forge.client.post(f"/t/{forge.token}/upload/testing").status_code == 404


def test_messages_and_the_forges_output_have_no_token(private: Forged, capfd: pytest.CaptureFixture[str]) -> None:
    token = reader(private)
    answer = private.client.get(f"/t/{token}/conda/testing/linux-64/nothing.conda")
    assert (answer.status_code, token in answer.text) == (404, False)
    shutil.rmtree(private.services.folder.public)
    private.client.get(f"/t/{token}/{INDEX}")
    told = capfd.readouterr()
    assert token not in told.out + told.err


def test_no_shared_cache_keeps_what_not_everybody_may_read(private: Forged, forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path / "more", "zlib")
    forge.upload("testing", package)
    path = f"conda/testing/linux-64/{package.name}"
    hidden = private.client.get(f"/t/{reader(private)}/{path}").headers["Cache-Control"]
    known = forge.client.get(f"/{path}").headers["Cache-Control"]
    assert (hidden, known) == ("private, max-age=31536000, immutable", "public, max-age=31536000, immutable")


def test_the_index_of_a_channel_as_it_was_leads_nowhere_without_the_token(private: Forged) -> None:
    token, then = reader(private), private.services.channels.state("testing").snapshot.id
    below = f"/t/{token}/conda/testing.at.{then}/linux-64"
    index = private.client.get(f"{below}/repodata.json").json()
    assert "base_url" not in index["info"]
    [name] = index["packages.conda"]
    assert private.client.get(f"{below}/{name}").status_code == 200
    kept = [path.read_bytes() for path in private.services.folder.views.rglob("*") if path.is_file()]
    assert kept
    assert not any(token.encode() in content for content in kept)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    place = tmp_path_factory.mktemp("private")
    folder, token = new_forge(place / "forge")
    (folder / "ownconda.toml").write_text(PRIVATE)
    text, _ = add_token(folder, token_name="reader", scope=READ)
    packages = [make_package(place, "libc", "2.41"), make_package(place, "zlib", depends=["libc"])]
    with running_forge(folder) as forge, ForgeClient(forge.url, token=token) as client:
        client.upload("testing", packages)
        yield forge, text


@pytest.mark.parametrize("sharded", [True, False])
def test_py_rattler_solves_and_installs_from_a_private_channel(
    running: tuple[Running, str], tmp_path: Path, *, sharded: bool
) -> None:
    forge, token = running
    url = f"{forge.url}/t/{token}/conda/testing"
    gateway = Gateway(cache_dir=tmp_path / "cache", default_config=SourceConfig(sharded_enabled=sharded))
    records = asyncio.run(solve([Channel(url)], ["zlib"], platforms=["linux-64", "noarch"], gateway=gateway))
    asyncio.run(install(records, tmp_path / "env", cache_dir=tmp_path / "packages", show_progress=False))
    assert {one.stem.partition("-")[0] for one in (tmp_path / "env/conda-meta").glob("*.json")} == {"libc", "zlib"}


def test_an_environment_is_made_and_tells_no_token(
    running: tuple[Running, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forge, token = running
    monkeypatch.chdir(tmp_path)
    channel = f"{forge.url}/t/{token}/conda/testing"
    assert run(["env", "create", "-p", "env", "-c", channel, "--json", "zlib"]) == 0
    told = capsys.readouterr()
    assert len(json.loads(told.out)["packages"]) == 2
    assert run(["env", "create", "-p", "env", "-c", channel, "zlib"]) == 0
    assert capsys.readouterr().out == ""  # nothing is changed: the packages are known without the token
    assert run(["env", "create", "-p", "env2", "-c", channel.replace("testing", "stable"), "zlib"]) != 0
    assert token not in told.out + told.err + "".join(capsys.readouterr())
    for record in (tmp_path / "env/conda-meta").glob("*.json"):
        assert token not in record.read_text()
