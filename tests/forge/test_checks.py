"""A channel that was damaged on disk, and what a check says of it."""

import os
from pathlib import Path
from typing import Any

import pytest
from forging import Forged
from making import make_package

from ownconda.channels.telling.reports import Report, holders


def problems(forge: Forged, **asked: str) -> list[str]:
    answer = forge.client.get("/api/v1/channels/testing/check", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["what"] for one in answer.json()["problems"]]


@pytest.fixture
def folder(forge: Forged, tmp_path: Path) -> Path:
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "xz", depends=["zlib"]))
    assert problems(forge, deep="true") == []
    return forge.services.folder.channel("testing") / "linux-64"


def replaced(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_a_lost_and_a_shortened_package_are_told(forge: Forged, folder: Path) -> None:
    (folder / "zlib-1.0-h1_0.conda").unlink()
    replaced(folder / "xz-1.0-h1_0.conda", b"short")
    lost = problems(forge)
    assert [one.partition(": ")[0] for one in lost] == [
        "testing/linux-64/xz-1.0-h1_0.conda",
        "testing/linux-64/zlib-1.0-h1_0.conda",
    ]
    assert "has 5 bytes instead of" in lost[0]
    assert "isn't there" in lost[1]


def test_a_flipped_byte_is_found_by_reading_all(forge: Forged, folder: Path) -> None:
    package = folder / "zlib-1.0-h1_0.conda"
    content = bytearray(package.read_bytes())
    content[-30] ^= 1
    replaced(package, bytes(content))
    assert problems(forge) == []
    assert problems(forge, deep="true") == [
        "testing/linux-64/zlib-1.0-h1_0.conda: has other contents than its sha256 says"
    ]


@pytest.mark.parametrize(
    "name", ["repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst", "run_exports.json", "shards"]
)
def test_an_index_that_is_not_its_snapshots_is_told(forge: Forged, folder: Path, name: str) -> None:
    place = folder / name if name != "shards" else next(iter(sorted((folder / "shards").iterdir())))
    replaced(place, b"{}")
    assert len(problems(forge)) == 1
    os.unlink(place)  # noqa: PTH108  (as somebody would)
    [told] = problems(forge)
    assert f"testing/linux-64/{place.relative_to(folder)}: isn't what snapshot" in told


def report(forge: Forged, **body: Any) -> int:  # noqa: ANN401  (what somebody may send)
    return forge.client.post("/api/v1/reports", json=body, headers=forge.bearer).status_code


def held(forge: Forged, sha256: str) -> list[Report]:
    return list(holders(forge.services.channels.ledger.engine, [sha256]))


def test_a_report_replaces_the_one_before_and_an_empty_one_ends_it(forge: Forged) -> None:
    one, other = "1" * 64, "2" * 64
    assert report(forge, kind="prefix", name="host:/opt/env", files={"a-1-0.conda": one}) == 200
    assert report(forge, kind="lock", name="host:/opt/env", files={"a-1-0.conda": one, "b-1-0.conda": other}) == 200
    assert [(found.kind, dict(found.files)) for found in held(forge, one)] == [
        ("lock", {"a-1-0.conda": one}),
        ("prefix", {"a-1-0.conda": one}),
    ]
    assert report(forge, kind="lock", name="host:/opt/env", files={"b-1-0.conda": other}) == 200
    assert report(forge, kind="prefix", name="host:/opt/env", files={}) == 200
    assert held(forge, one) == []
    assert [found.kind for found in held(forge, other)] == ["lock"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "rumour", "name": "x", "files": {}},
        {"kind": "lock", "files": {}},
        {"kind": "lock", "name": "x", "files": {"a": "1"}},
        {"kind": "lock", "name": "x", "files": ["a"]},
    ],
)
def test_what_is_no_report_is_refused(forge: Forged, body: dict[str, Any]) -> None:
    assert report(forge, **body) == 400


def test_a_report_needs_a_token(forge: Forged) -> None:
    assert forge.client.post("/api/v1/reports", json={}).status_code == 401
