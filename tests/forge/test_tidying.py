"""The forge's disk over HTTP: what uses it, and what goes when nobody needs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Forged, new_forge
from making import make_package
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    channels = {"testing": ChannelSettings(snapshots="1 hour")}
    with (
        open_services(folder, settings=Settings(forge=ForgeSettings(channels=channels)), keep_free=0) as services,
        TestClient(make_app(services)) as client,
    ):
        yield Forged(services=services, client=client, token=token)


def test_what_expired_is_gone_and_told_as_that(forge: Forged, tmp_path: Path) -> None:
    name = make_package(tmp_path, "zlib").name
    forge.upload("testing", tmp_path / name)
    first = forge.services.channels.state("testing").snapshot.id
    act(forge, "yank", specs=["zlib"])
    assert gc(forge, dry_run=True)["expired"] == {}
    with forge.services.channels.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE snapshots SET at = at - 7200000")
    assert first in gc(forge, dry_run=True)["expired"]["testing"]
    assert forge.client.get(f"/conda/testing.at.{first}/linux-64/repodata.json").status_code == 200
    told = gc(forge)
    assert first in told["expired"]["testing"]
    answer = forge.client.get(f"/conda/testing.at.{first}/linux-64/repodata.json")
    assert answer.status_code == 410
    assert "has expired" in answer.json()["problems"][0]["what"]
    steps = forge.client.get("/api/v1/channels/testing/history").json()["snapshots"]
    assert {step["id"]: step["expired"] for step in steps}[first]
    assert not steps[0]["expired"]


def test_the_disk_is_no_business_of_strangers(forge: Forged) -> None:
    assert forge.client.post("/api/v1/gc").status_code == 401
    assert forge.client.get("/api/v1/usage").status_code == 401


def test_usage_is_told(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    forge.upload("testing", package)
    told = forge.client.get("/api/v1/usage", headers=forge.bearer).json()
    assert told["size"] == package.stat().st_size
    assert told["packages"] == [{"name": "zlib", "files": 1, "size": told["size"], "past": 0}]


def act(forge: Forged, verb: str, **body: object) -> None:
    answer = forge.client.post(f"/api/v1/channels/testing/{verb}", json=body, headers=forge.bearer)
    assert answer.status_code == 200, answer.text


def gc(forge: Forged, **body: object) -> dict[str, dict[str, list[int]]]:
    answer = forge.client.post("/api/v1/gc", json=body, headers=forge.bearer)
    assert answer.status_code == 200, answer.text
    told: dict[str, dict[str, list[int]]] = answer.json()
    return told
