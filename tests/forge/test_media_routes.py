"""What a running forge takes of media that somebody brings, and what it refuses."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from attesting import new_key
from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.attestations.keys import load_private_key
from ownconda.channels.ledger.following import follow
from ownconda.channels.transfers.media import HISTORY, PACKAGES, Manifest, Piece, read_signed, write_manifest
from ownconda.settings.builds import SigningSettings
from ownconda.settings.tree import Settings


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return new_key(tmp_path / "keys")


@pytest.fixture
def forge(tmp_path: Path, key: Path) -> Iterator[Forged]:
    """A forge that has its history from media."""
    folder, token = new_forge(tmp_path / "inside")
    settings = Settings(signing=SigningSettings(trusted_keys=[key.with_suffix(".pub")]))
    with opened_forge(folder, token, settings) as forge:
        follow(forge.services.channels.ledger.engine, "")
        yield forge


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[tuple[Manifest, bytes]]:
    """What another forge has to tell, which is as new, and has one package."""
    folder, token = new_forge(tmp_path / "leader")
    with opened_forge(folder, token, Settings()) as leader:
        leader.upload("testing", make_package(tmp_path, "zlib"))
        document = leader.client.get("/api/v1/history?since=0&whole=true", headers=leader.bearer).content
        sizes = json.loads(document)["sizes"]
        manifest = Manifest(
            kind=HISTORY,
            made=1,
            source="http://leader",
            since=0,
            newest=6,
            channels=("testing",),
            document=Piece(sha256=hashlib.sha256(document).hexdigest(), size=len(document)),
            files=tuple(Piece(sha256=sha256, size=size) for sha256, size in sizes.items()),
            parts=(),
        )
        yield manifest, document


def post(forge: Forged, folder: Path, manifest: Manifest, key: Path) -> httpx2.Response:
    folder.mkdir(exist_ok=True)
    write_manifest(folder, manifest, load_private_key(key, ""))
    return send(forge, *read_signed(folder))


def send(forge: Forged, content: bytes, signature: bytes) -> httpx2.Response:
    names = {"manifest": content, "signature": signature}
    body = {name: base64.b64encode(one).decode() for name, one in names.items()}
    return forge.client.post("/api/v1/media", json=body, headers=forge.bearer)


def bring(forge: Forged, content: bytes, sha256: str = "") -> httpx2.Response:
    address = f"/api/v1/media/{sha256 or hashlib.sha256(content).hexdigest()}"
    return forge.client.put(address, content=content, headers=forge.bearer)


def test_it_tells_what_it_wants_and_keeps_nothing_of_what_came_before_that(
    forge: Forged, manifest: tuple[Manifest, bytes], key: Path, tmp_path: Path
) -> None:
    told, document = manifest
    answer = post(forge, tmp_path / "media", told, key)
    assert answer.json() == {"wanted": {told.document.sha256: told.document.size}, "done": None}
    assert bring(forge, document).json() == {"outcome": "added"}
    assert bring(forge, document).json() == {"outcome": "there already"}
    refused = post(forge, tmp_path / "media", told, key)  # another forge's snapshots have the same numbers
    assert (refused.status_code, "here is snapshot" in refused.text) == (409, True)


def test_what_isnt_signed_by_whom_the_forge_trusts_is_refused(
    forge: Forged, manifest: tuple[Manifest, bytes], key: Path, tmp_path: Path
) -> None:
    stranger = new_key(tmp_path / "strangers")
    refused = post(forge, tmp_path / "media", manifest[0], stranger)
    assert (refused.status_code, "no trusted key signed it" in refused.text) == (422, True)
    assert str(tmp_path) not in refused.text
    post(forge, tmp_path / "media", manifest[0], key)
    content, signature = read_signed(tmp_path / "media")
    changed = send(forge, content.replace(b"http://leader", b"http://LEADER"), signature)
    assert (changed.status_code, "the signature is of another manifest" in changed.text) == (422, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"manifest": "", "signature": ""},
        {"manifest": "%", "signature": ""},
        {"manifest": "e30=", "signature": "W10="},
    ],
)
def test_what_is_no_manifest_is_refused(forge: Forged, body: dict[str, str]) -> None:
    assert forge.client.post("/api/v1/media", json=body, headers=forge.bearer).status_code in {400, 422}


def test_packages_alone_go_to_a_channel_and_bytes_have_to_be_what_their_address_says(
    forge: Forged, manifest: tuple[Manifest, bytes], key: Path, tmp_path: Path
) -> None:
    refused = post(forge, tmp_path / "media", replace(manifest[0], kind=PACKAGES), key)
    assert (refused.status_code, "these media hold packages" in refused.text) == (422, True)
    assert bring(forge, b"cut sh", hashlib.sha256(b"cut short").hexdigest()).status_code == 422
    assert not forge.services.channels.store.holds(hashlib.sha256(b"cut sh").hexdigest())


def test_it_is_the_administrators_and_a_forge_that_leads_takes_none(
    forge: Forged, manifest: tuple[Manifest, bytes], key: Path, tmp_path: Path
) -> None:
    assert forge.client.put(f"/api/v1/media/{'0' * 64}", content=b"x").status_code == 401
    assert forge.client.post("/api/v1/media", json={}).status_code == 401
    assert forge.client.post("/api/v1/take-over", headers=forge.bearer).status_code == 200
    refused = post(forge, tmp_path / "media", manifest[0], key)
    assert (refused.status_code, "this forge leads" in refused.text) == (409, True)
    assert bring(forge, b"x").status_code == 409
