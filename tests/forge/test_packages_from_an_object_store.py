"""Clients that a real forge sends to a real object store for packages, by its HTTP interface and by py-rattler."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from forging import Forged, new_forge, opened_forge, running_forge
from making import make_package
from rattler import Channel, Gateway, install, solve

from ownconda.errors import WrongInputError
from ownconda.forge.configuration import read_configuration
from ownconda.forge_client.client import ForgeClient
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

pytestmark = pytest.mark.objects
NAME = "zlib-1.0-h1_0.conda"


@pytest.fixture
def forge(tmp_path: Path, bucket: str) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge", bucket=bucket)
    settings = Settings(forge=ForgeSettings(store=bucket, store_serves=True))
    with opened_forge(folder, token, settings) as opened:
        yield opened


def test_who_asks_for_a_package_is_sent_to_the_store(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    assert forge.upload("testing", package).status_code == 200
    assert forge.listed("testing") == {NAME}
    answer = forge.client.get(f"/conda/testing/linux-64/{NAME}", follow_redirects=False)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "private, no-store")
    assert requests.get(answer.headers["location"], timeout=30).content == package.read_bytes()
    part = requests.get(answer.headers["location"], headers={"Range": "bytes=2-5"}, timeout=30)
    assert (part.status_code, part.content) == (206, package.read_bytes()[2:6])


def test_what_is_not_a_package_of_the_channel_is_the_forges_to_answer(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    index = forge.client.get("/conda/testing/linux-64/repodata.json", follow_redirects=False)
    assert index.status_code == 200
    for channel, name in (("stable", NAME), ("testing", "other-1.0-h1_0.conda"), ("nowhere", NAME)):
        answer = forge.client.get(f"/conda/{channel}/linux-64/{name}", follow_redirects=False)
        assert answer.status_code == 404


def test_who_may_not_read_is_sent_nowhere(tmp_path: Path, bucket: str) -> None:
    folder, token = new_forge(tmp_path / "forge", bucket=bucket)
    rules = {"ours": RuleSettings(who=["token:init"], may=["read", "upload"])}
    settings = Settings(forge=ForgeSettings(store=bucket, store_serves=True), access=AccessSettings(rules=rules))
    with opened_forge(folder, token, settings) as forge:
        assert forge.upload("testing", make_package(tmp_path, "zlib")).status_code == 200
        path = f"/conda/testing/linux-64/{NAME}"
        assert forge.client.get(path, follow_redirects=False).status_code == 401
        assert forge.client.get(path, follow_redirects=False, headers=forge.bearer).status_code == 302
        assert forge.client.get(f"/t/{token}{path}", follow_redirects=False).status_code == 302


def test_a_store_that_serves_has_to_be_set() -> None:
    with pytest.raises(WrongInputError, match="no object store is set that could serve"):
        read_configuration(Settings(forge=ForgeSettings(store_serves=True)))


def test_a_folder_can_not_serve_as_a_bucket_does() -> None:
    folder = ForgeSettings(store="file:///srv/objects")
    for said in (replace(folder, store_serves=True), replace(folder, publish=True)):
        with pytest.raises(WrongInputError, match="a folder can't serve"):
            read_configuration(Settings(forge=said))


def test_an_environment_is_installed_from_the_store(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_STORE", bucket)
    monkeypatch.setenv("OWNCONDA_FORGE_STORE_SERVES", "true")
    folder, token = new_forge(tmp_path / "forge", bucket=bucket)
    packages = [
        make_package(tmp_path, "app", depends=["zlib"], files={"bin/x": b"app"}),
        make_package(tmp_path, "zlib"),
    ]
    with running_forge(folder) as running:
        with ForgeClient(running.url, token=token) as client:
            client.upload("testing", packages)
        gateway, channel = Gateway(cache_dir=tmp_path / "cache"), Channel(f"{running.url}/conda/testing")
        records = asyncio.run(solve([channel], ["app"], platforms=["linux-64", "noarch"], gateway=gateway))
        prefix = tmp_path / "prefix"
        asyncio.run(install(records, prefix, cache_dir=tmp_path / "packages", show_progress=False))
    assert (prefix / "bin" / "x").read_bytes() == b"app"
    assert {one.name for one in (prefix / "conda-meta").glob("*.json")} == {"app-1.0-h1_0.json", "zlib-1.0-h1_0.json"}
