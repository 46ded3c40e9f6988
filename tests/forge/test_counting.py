"""What the forge counts as a download, and what is done with it."""

import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from forging import Forged, new_forge, running_forge
from making import make_package
from starlette.testclient import TestClient

from ownconda.channels.telling.downloads import MILLISECONDS_A_DAY, Downloaded, note_downloads
from ownconda.cli.main import run
from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.downloads import downloads

ZLIB = "linux-64/zlib-1.0-h1_0.conda"


@pytest.fixture
def filled(forge: Forged, tmp_path: Path) -> Forged:
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "xz"))
    return forge


def counted(forge: Forged, spec: str = "zlib", channel: str = "testing") -> int:
    told = forge.client.get(f"/api/v1/channels/{channel}/downloads", params={"spec": spec}).json()
    return sum(count for file in told["files"] for count in file["days"].values())


def test_downloads_are_counted_where_they_begin(filled: Forged) -> None:
    get, address = filled.client.get, f"/conda/testing/{ZLIB}"
    tag = get(address).headers["etag"]
    get(address, headers={"Range": "bytes=0-"})
    assert counted(filled) == 2
    get(address, headers={"Range": "bytes=100-"})
    get(address, headers={"Range": "bytes=-100"})
    get(address, headers={"If-None-Match": tag})
    filled.client.head(address)
    get("/conda/testing/linux-64/repodata.json")
    get("/conda/testing/linux-64/nothing-1.0-h1_0.conda")
    assert (counted(filled), counted(filled, "xz")) == (2, 0)


def test_a_download_from_a_channel_as_it_was_is_one_from_the_channel(filled: Forged) -> None:
    number = filled.client.get("/api/v1/channels/testing/history").json()["snapshots"][0]["id"]
    assert filled.client.get(f"/conda/testing.at.{number}/{ZLIB}").status_code == 200
    assert counted(filled) == 1


def test_what_was_counted_outlives_the_forge(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with open_services(folder, keep_free=0) as services, TestClient(make_app(services)) as client:
        forge = Forged(services=services, client=client, token=token)
        forge.upload("testing", make_package(tmp_path, "zlib"))
        client.get(f"/conda/testing/{ZLIB}")
    with open_services(folder, keep_free=0) as services, TestClient(make_app(services)) as client:
        assert counted(Forged(services=services, client=client, token=token)) == 1


def test_pruning_by_downloads_asks_for_as_many_days_of_counting(filled: Forged) -> None:
    body = {"unused_days": 3, "dry_run": True}
    answer = filled.client.post("/api/v1/channels/testing/prune", json=body, headers=filled.bearer)
    assert answer.status_code == 422
    assert "downloads were counted on 0 whole days until now, not on 3" in answer.text


def test_what_is_listed_for_as_long_and_nobody_fetched_can_be_pruned(filled: Forged, tmp_path: Path) -> None:
    forge = filled.services.channels.ledger.engine
    today = time.time_ns() // 1_000_000 // MILLISECONDS_A_DAY
    note_downloads(forge, {Downloaded(channel="testing", path=ZLIB, day=today - 1): 2}, range(today - 5, today))
    old: dict[str, int | str] = {"adopted_since": (today - 9) * MILLISECONDS_A_DAY, "reason": "moved"}
    for package in (make_package(tmp_path, "xz", "2.0"), tmp_path / Path(ZLIB).name):
        files = [("file", (package.name, package.read_bytes()))]
        filled.client.post("/upload/experimental", files=files, params=old, headers=filled.bearer)
    note_downloads(forge, {Downloaded(channel="experimental", path=ZLIB, day=today - 1): 2}, [today])
    assert going(filled, "testing") == {}  # listed only since today
    assert going(filled, "experimental") == {"linux-64/xz-2.0-h1_0.conda": "not downloaded in 3 days"}
    assert going(filled, "experimental", fewer_than=3)[ZLIB] == "downloaded 2 times in 3 days"
    assert going(filled, "experimental", versions=1) == {}


def going(forge: Forged, channel: str, **rules: int) -> dict[str, str]:
    body = {"unused_days": 3, "dry_run": True, **rules}
    told = forge.client.post(f"/api/v1/channels/{channel}/prune", json=body, headers=forge.bearer).json()
    return dict(told["going"])


def line(path: str, *, status: int = 200, method: str = "GET", day: int = 10) -> str:
    return f'::1 - - [{day}/Nov/2026:23:30:00 -0100] "{method} {path} HTTP/1.1" {status} 900 "-" "conda/26.1"\n'


def counted_in(url: str) -> dict[str, int]:
    """Give how often zlib was downloaded on each day."""
    with ForgeClient(url) as client:
        [zlib] = downloads(client, "testing", ["zlib"], days=100_000).files
    return {date(day): count for day, count in zlib.days.items()}


def date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def test_logs_are_counted_once_however_they_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, token = new_forge(tmp_path / "forge")
    (folder / "ownconda.toml").write_text("[forge]\ncount_downloads = false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)
    log, old = tmp_path / "access.log", tmp_path / "access.log.1.gz"
    log.write_text(
        line("/")
        + line(f"/conda/testing/{ZLIB}?x=1")
        + line(f"/prefix/conda/t/***/testing.at.7/{ZLIB}", day=11)
        + line(f"/conda/testing/{ZLIB}", method="HEAD")
        + line(f"/conda/testing/{ZLIB}", status=206)
        + "::1 - - nonsense\n"
        + line(f"/conda/testing/{ZLIB}").rstrip("\n")
    )
    with running_forge(folder) as running:
        monkeypatch.setenv("OWNCONDA_FORGE_URL", running.url)
        assert run(["upload", "-c", "testing", str(make_package(tmp_path, "zlib"))]) == 0
        assert run(["forge", "count-downloads", str(log)]) == 0
        assert counted_in(running.url) == {"2026-11-11": 1, "2026-11-12": 1}
        text = log.read_text() + "\n" + line(f"/conda/testing/{ZLIB}", day=12)
        old.write_bytes(gzip.compress(text.encode()))
        log.write_text(line(f"/conda/testing/{ZLIB}", day=13))
        assert run(["forge", "count-downloads", str(old), str(log)]) == 0
        assert run(["forge", "count-downloads", str(old), str(log)]) == 0
        assert counted_in(running.url) == {
            "2026-11-11": 2,
            "2026-11-12": 1,
            "2026-11-13": 1,
            "2026-11-14": 1,
        }
