"""Installers and sources in the journal, and what a restore does with what it tells of them."""

import hashlib
from pathlib import Path

import pytest
from forging import Forged, new_forge
from starlette.testclient import TestClient

from ownconda.channels.journal import read_journal
from ownconda.cli.main import run
from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

SOURCE = b"upstream"
SHA256 = hashlib.sha256(SOURCE).hexdigest()


def send(folder: Path, token: str, journal: Path, **installers: bytes) -> list[int]:
    """Send installers of these versions, and a source; give the statuses."""
    settings = Settings(forge=ForgeSettings(journal=journal))
    with (
        open_services(folder, settings=settings, keep_free=0) as services,
        TestClient(make_app(services)) as client,
    ):
        forge = Forged(services=services, client=client, token=token)
        files = [("file", (f"tool-{version[1:]}.sh", content)) for version, content in installers.items()]
        sent = [client.post("/upload/stable", files=[one], headers=forge.bearer).status_code for one in files]
        return [*sent, client.put(f"/sources/{SHA256}/x.tar", content=SOURCE, headers=forge.bearer).status_code]


def test_what_came_after_a_backup_is_named_and_an_installers_name_stays_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, token = new_forge(tmp_path / "forge")
    journal = tmp_path / "journal"
    assert run(["forge", "backup", str(folder), str(tmp_path / "backup")]) == 0
    assert send(folder, token, journal, v1=b"#!one") == [200, 201]
    assert send(folder, token, journal, v1=b"#!one") == [200, 200]
    paths = ["conda/stable/tool-1.sh", f"sources/{SHA256}/x.tar"]
    assert [line.path for line in read_journal(journal)] == paths
    back = tmp_path / "back"
    assert run(["forge", "restore", str(tmp_path / "backup"), str(back), "--journal", str(journal)]) == 0
    told = capsys.readouterr().err
    assert "1 names are reserved" in told
    assert [line.rpartition(" ")[2] for line in told.splitlines() if "came after" in line] == paths
    assert send(back, token, journal, v1=b"#!other", v2=b"#!two") == [409, 200, 201]
    assert send(back, token, journal, v1=b"#!one") == [200, 200]
