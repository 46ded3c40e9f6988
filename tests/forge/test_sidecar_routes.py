"""What tells where packages come from: taken with them, served beside them, kept as long as they are."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from attesting import claimed_provenance, private_key, subject_of
from forging import Forged
from making import make_package

from ownconda.attestations.bundles import bundle_array, signed_bundle
from ownconda.attestations.keys import PrivateKey
from ownconda.attestations.statements import publish_statement
from ownconda.channels.upkeep.catching_up import mend
from ownconda.forge.opening import open_services

TARGET = "https://forge.example/conda/testing"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return make_package(tmp_path, "zlib")


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    return private_key(tmp_path)


def send(forge: Forged, *files: tuple[str, bytes], channel: str = "testing") -> httpx2.Response:
    return forge.client.post(f"/upload/{channel}", files=[("file", one) for one in files], headers=forge.bearer)


def whole(package: Path) -> tuple[str, bytes]:
    return package.name, package.read_bytes()


def provenance(package: Path, builder: str = "https://builder.example") -> tuple[str, bytes]:
    return f"{package.name}.provenance.json", claimed_provenance(subject_of(package), builder).json


def signatures(package: Path, key: PrivateKey, target: str = TARGET) -> tuple[str, bytes]:
    payload = publish_statement(subject_of(package), target).json
    return f"{package.name}.sigs", bundle_array([signed_bundle(payload, key)])


def served(forge: Forged, suffix: str, channel: str = "testing") -> httpx2.Response:
    return forge.client.get(f"/conda/{channel}/linux-64/zlib-1.0-h1_0.conda{suffix}")


def listed(forge: Forged, channel: str = "testing") -> dict[str, object]:
    index = forge.client.get(f"/conda/{channel}/linux-64/repodata.json").json()["packages.conda"]
    told: dict[str, object] = index["zlib-1.0-h1_0.conda"]
    return told


def problems(answer: httpx2.Response) -> str:
    return " | ".join(problem["what"] for problem in answer.json()["problems"])


def test_provenance_comes_with_its_package_and_is_served_beside_it(forge: Forged, package: Path) -> None:
    name, content = provenance(package)
    answer = send(forge, (name, content), whole(package))
    assert [(one["outcome"], one["sidecars"]) for one in answer.json()["files"]] == [("added", [".provenance.json"])]
    told = served(forge, ".provenance.json")
    assert (told.content, told.headers["content-type"]) == (content, "application/json")
    assert told.headers["cache-control"] == "no-cache"
    [entry] = forge.client.get("/api/v1/channels/testing").json()["entries"]
    assert entry["sidecars"] == {".provenance.json": hashlib.sha256(content).hexdigest()}


def test_unsigned_claims_change_nothing_in_the_index(forge: Forged, package: Path) -> None:
    send(forge, whole(package), provenance(package))
    assert "attestations_sha256" not in listed(forge)
    assert served(forge, ".sigs").status_code == 404


def test_signatures_are_served_and_listed_as_cep_50_has_it(forge: Forged, package: Path, key: PrivateKey) -> None:
    send(forge, whole(package), signatures(package, key))
    current = served(forge, ".sigs")
    digest = hashlib.sha256(current.content).hexdigest()
    fixed = served(forge, f".sigs.{digest}")
    assert listed(forge)["attestations_sha256"] == digest
    assert (current.content, current.headers["cache-control"]) == (fixed.content, "no-cache")
    assert "immutable" in fixed.headers["cache-control"]
    assert {one.headers["content-type"] for one in (current, fixed)} == {"application/json"}


def test_more_signatures_are_appended_and_the_earlier_address_stays(
    forge: Forged, package: Path, key: PrivateKey, tmp_path: Path
) -> None:
    send(forge, whole(package), signatures(package, key))
    before = served(forge, ".sigs").content
    answer = send(forge, whole(package), signatures(package, private_key(tmp_path, "other")))
    assert answer.json()["files"][0]["outcome"] == "there already"
    after = served(forge, ".sigs").content
    assert after.startswith(before[:-1])
    assert len(json.loads(after)) == 2
    assert served(forge, f".sigs.{hashlib.sha256(before).hexdigest()}").content == before
    assert listed(forge)["attestations_sha256"] == hashlib.sha256(after).hexdigest()


def test_the_same_signatures_again_make_no_snapshot(forge: Forged, package: Path, key: PrivateKey) -> None:
    first, second = (send(forge, whole(package), signatures(package, key)).json() for _ in range(2))
    assert first["snapshot"] == second["snapshot"]


def test_the_first_unsigned_claim_stays(forge: Forged, package: Path) -> None:
    send(forge, whole(package), provenance(package))
    first = served(forge, ".provenance.json").content
    send(forge, whole(package), provenance(package, "https://another.example"))
    assert served(forge, ".provenance.json").content == first


def test_a_promotion_takes_them_along_and_a_rollback_loses_none(forge: Forged, package: Path, key: PrivateKey) -> None:
    created = forge.client.get("/api/v1/channels/testing").json()["snapshot"]["id"]
    first = send(forge, whole(package), provenance(package)).json()["snapshot"]
    send(forge, whole(package), signatures(package, key))
    forge.client.post("/api/v1/channels/stable/promote", json={"from": "testing"}, headers=forge.bearer)
    assert served(forge, ".sigs", "stable").content == served(forge, ".sigs").content
    assert served(forge, ".provenance.json", "stable").status_code == 200
    assert "attestations_sha256" in listed(forge, "stable")
    for snapshot in (created, first):
        rolled = forge.client.post(
            "/api/v1/channels/testing/rollback", json={"snapshot": snapshot}, headers=forge.bearer
        )
        assert rolled.status_code == 200
    assert served(forge, ".provenance.json").status_code == 200


def test_a_rollback_keeps_what_was_signed_since(forge: Forged, package: Path, key: PrivateKey, tmp_path: Path) -> None:
    first = send(forge, whole(package)).json()["snapshot"]
    send(forge, whole(package), whole(make_package(tmp_path, "xz")), signatures(package, key))
    forge.client.post("/api/v1/channels/testing/rollback", json={"snapshot": first}, headers=forge.bearer)
    assert forge.listed("testing") == {package.name}
    assert "attestations_sha256" in listed(forge)


@pytest.mark.parametrize(
    ("suffix", "damage", "told"),
    [
        (".provenance.json", lambda content: content[:-9], "isn't JSON"),
        (
            ".provenance.json",
            lambda content: content.replace(b"slsa.dev/provenance", b"example.org/other"),
            "predicateType",
        ),
        (".provenance.json", lambda content: content.replace(b"zlib-1.0", b"zlib-1.1"), "is about 'zlib-1.1"),
        (".publish.json", lambda content: content, "predicateType"),
        (".spdx.json", lambda content: content, "spdxVersion"),
        (".spdx.json", lambda _: b'{"spdxVersion": "SPDX-2.3", "packages": []}', "packageFileName"),
        (".sigs", lambda content: content, "isn't a JSON array"),
        (".provenance.json", lambda _: b" " * (900 << 10) + b"{}", "_type"),
    ],
)
def test_what_isnt_what_its_name_says_keeps_all_back(
    forge: Forged, package: Path, suffix: str, damage: Callable[[bytes], bytes], told: str
) -> None:
    content = damage(provenance(package)[1])
    answer = send(forge, whole(package), (package.name + suffix, content))
    assert answer.status_code == 422
    assert told in problems(answer)
    assert forge.listed("testing") == set()


def test_claims_about_another_build_are_refused(forge: Forged, package: Path, tmp_path: Path) -> None:
    other = make_package(tmp_path / "other", "zlib", files={"share/other": b"other"})
    answer = send(forge, whole(package), provenance(other))
    assert answer.status_code == 422
    assert subject_of(other).sha256 in problems(answer)
    assert forge.listed("testing") == set()


def test_claims_without_their_package_are_refused(forge: Forged, package: Path) -> None:
    answer = send(forge, provenance(package))
    assert (answer.status_code, "no such package is in the upload" in problems(answer)) == (422, True)


def test_a_publish_attestation_for_another_channel_is_refused(forge: Forged, package: Path, key: PrivateKey) -> None:
    answer = send(forge, whole(package), signatures(package, key, "https://forge.example/conda/stable"))
    assert answer.status_code == 422
    assert "names the channel https://forge.example/conda/stable, not testing" in problems(answer)


def test_packages_of_one_name_in_two_subdirs_keep_their_own(forge: Forged, tmp_path: Path) -> None:
    here = make_package(tmp_path / "1", "zlib")
    there = make_package(tmp_path / "2", "zlib", subdir="osx-64")
    assert send(forge, provenance(there), whole(here), whole(there)).status_code == 200
    assert served(forge, ".provenance.json").status_code == 404
    assert forge.client.get("/conda/testing/osx-64/zlib-1.0-h1_0.conda.provenance.json").status_code == 200


def test_what_was_removed_is_shown_again_when_the_forge_starts(forge: Forged, package: Path, key: PrivateKey) -> None:
    send(forge, whole(package), provenance(package), signatures(package, key))
    root = forge.services.folder.channel("testing") / "linux-64"
    shown = {path.name: path.read_bytes() for path in root.glob("zlib*")}
    assert len(shown) == 4
    for name in shown:
        (root / name).unlink()
    assert mend(forge.services.channels) == ()
    assert {path.name: path.read_bytes() for path in root.glob("zlib*")} == shown


def test_they_survive_a_restart(forge: Forged, package: Path, key: PrivateKey, tmp_path: Path) -> None:
    send(forge, whole(package), signatures(package, key))
    entry = forge.services.channels.state("testing").contents[f"linux-64/{package.name}"]
    copy = tmp_path / "copy"
    shutil.copytree(forge.services.folder.root, copy)
    with open_services(copy) as services:
        assert services.channels.state("testing").contents[entry.path] == entry


def test_the_longest_name_has_room_for_its_claims_and_signatures_that_have_none_are_refused(
    forge: Forged, tmp_path: Path, key: PrivateKey
) -> None:
    package = make_package(tmp_path, "long", build="h" * (211 - len("long-1.0-.conda")))
    assert len(package.name) == 211
    answer = send(forge, whole(package), signatures(package, key))
    assert (answer.status_code, "at most 185 characters" in problems(answer)) == (422, True)
    assert send(forge, whole(package), provenance(package)).status_code == 200
    shorter = make_package(tmp_path, "long", build="h" * (185 - len("long-1.0-.conda")))
    assert send(forge, whole(shorter), signatures(shorter, key)).status_code == 200
