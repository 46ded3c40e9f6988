"""Sidecars that change on one machine, asked for at another one."""

import tempfile
from pathlib import Path

import pytest
from databases import Postgres
from forging import Forged, new_forge, opened_forge
from making import make_package
from typed_settings import SecretStr

from ownconda.channels.acts import Rollback
from ownconda.channels.attested import Arrival
from ownconda.conda.package_files import read_package
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

pytestmark = [pytest.mark.objects, pytest.mark.postgresql]


def attest(forge: Forged, claim: bytes) -> None:
    channels = forge.services.channels
    folder = Path(tempfile.mkdtemp(dir=channels.folder.incoming))
    package, claimed = make_package(folder, "zlib"), folder / "claim"
    claimed.write_bytes(claim)
    arrival = Arrival(file=package, record=read_package(package), sidecars={"provenance": claimed})
    channels.admit("testing", [arrival], author="ann")


def test_each_machine_gives_the_sidecar_of_today(tmp_path: Path, postgres_server: Postgres, bucket: str) -> None:
    database = postgres_server.new_database("sidecars")
    settings = Settings(forge=ForgeSettings(store=bucket, database=SecretStr(database)))
    folder, token = new_forge(tmp_path / "first", database=database, bucket=bucket)
    with opened_forge(folder, token, settings) as first, opened_forge(tmp_path / "second", token, settings) as second:
        start = first.services.channels.state("testing").snapshot.id
        for claim in (b"one claim", b"another one"):
            attest(first, claim)
            for forge in (first, second):
                answer = forge.client.get("/conda/testing/linux-64/zlib-1.0-h1_0.conda.provenance.json")
                assert (answer.status_code, answer.content) == (200, claim)
            first.services.channels.do(Rollback(channel="testing", snapshot=start), author="bob")
