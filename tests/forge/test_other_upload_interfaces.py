"""py-rattler-build's own upload functions against a forge, as their users call them."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from attesting import private_key, subject_of
from forging import Forged, Running, new_forge, running_forge
from making import make_package
from rattler_build.upload import upload_package_to_prefix, upload_package_to_quetz

from ownconda.attestations.bundles import signed_bundle
from ownconda.attestations.statements import publish_statement


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder) as forge:
        yield forge, token


class Interfaces:
    """Both interfaces of one forge, called alike."""

    def __init__(self, running: Running, token: str) -> None:
        self.url, self._token = running.url, token

    def prefix(self, *packages: Path, channel: str = "testing", token: str = "", **options: object) -> None:
        names = [str(package) for package in packages]
        upload_package_to_prefix(names, self.url, channel, api_key=token or self._token, **options)  # type: ignore[arg-type]

    def quetz(self, *packages: Path, channel: str = "testing", token: str = "") -> None:
        upload_package_to_quetz([str(package) for package in packages], self.url, channel, api_key=token or self._token)

    def listed(self, channel: str = "testing") -> set[str]:
        answer = httpx2.get(f"{self.url}/conda/{channel}/linux-64/repodata.json")
        return set(answer.json()["packages.conda"]) if answer.status_code == 200 else set()


@pytest.fixture
def there(running: tuple[Running, str]) -> Interfaces:
    return Interfaces(*running)


def test_prefix_devs_uploader_brings_packages(there: Interfaces, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, "p1"), make_package(tmp_path, "p2")]
    there.prefix(*packages)
    assert {package.name for package in packages} <= there.listed()


def test_quetzs_uploader_brings_packages(there: Interfaces, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, "q1"), make_package(tmp_path, "q2")]
    there.quetz(*packages)
    assert {package.name for package in packages} <= there.listed()


def test_the_same_package_again_is_fine_for_both(there: Interfaces, tmp_path: Path) -> None:
    package = make_package(tmp_path, "same")
    for _ in range(2):
        there.prefix(package)
        there.quetz(package)


def test_other_contents_are_refused_by_both_even_by_force(there: Interfaces, tmp_path: Path) -> None:
    there.prefix(make_package(tmp_path / "1", "other", files={"x": b"1"}))
    other = make_package(tmp_path / "2", "other", files={"x": b"2"})
    for force in (False, True):
        with pytest.raises(Exception, match=r"409.*already stands for other contents"):
            there.prefix(other, force=force)
    with pytest.raises(Exception, match="responded with error"):
        there.quetz(other)
    there.prefix(other, skip_existing=True)


def test_both_are_told_of_a_wrong_token_or_channel(there: Interfaces, tmp_path: Path) -> None:
    package = make_package(tmp_path, "nobody")
    with pytest.raises(Exception, match=r"401.*doesn't know the token"):
        there.prefix(package, token="own_wrong")
    with pytest.raises(Exception, match="responded with error"):
        there.quetz(package, token="own_wrong")
    with pytest.raises(Exception, match=r"404.*no channel"):
        there.prefix(package, channel="nix")
    with pytest.raises(Exception, match="responded with error"):
        there.quetz(package, channel="nix")
    assert package.name not in there.listed()


def test_both_are_told_why_a_package_is_refused(there: Interfaces, tmp_path: Path) -> None:
    renamed = make_package(tmp_path, "name", "1.0").rename(tmp_path / "name-2.0-h1_0.conda")
    with pytest.raises(Exception, match=r"422.*name says version"):
        there.prefix(renamed)
    with pytest.raises(Exception, match="responded with error"):
        there.quetz(renamed)


def attested(forge: Forged, package: Path, *, channel: str) -> httpx2.Response:
    """Send a package as rattler-build does with ``--generate-attestation``: the bundle is a part without file name."""
    payload = publish_statement(subject_of(package), f"https://forge.example/conda/{channel}").json
    return send(forge, package, json.dumps(signed_bundle(payload, private_key(package.parent))))


def send(forge: Forged, package: Path, attestation: str) -> httpx2.Response:
    return forge.client.post(
        "/api/v1/upload/testing",
        files={"file": (package.name, package.read_bytes()), "attestation": (None, attestation.encode())},
        headers=forge.bearer,
    )


def test_an_attestation_becomes_the_packages_signatures(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    assert attested(forge, package, channel="testing").status_code == 201
    (bundle,) = forge.client.get(f"/conda/testing/linux-64/{package.name}.sigs").json()
    assert "dsseEnvelope" in bundle


def test_an_attestation_for_another_channel_keeps_the_package_out(forge: Forged, tmp_path: Path) -> None:
    answer = attested(forge, make_package(tmp_path, "zlib"), channel="stable")
    assert answer.status_code == 422
    assert not forge.listed("testing")


@pytest.mark.parametrize("bundle", ["not json", "[" * 100_000, "{}"])
def test_an_attestation_that_is_none_keeps_the_package_out(forge: Forged, tmp_path: Path, bundle: str) -> None:
    assert send(forge, make_package(tmp_path, "zlib"), bundle).status_code == 422
    assert not forge.listed("testing")


def test_what_arrives_otherwise_than_its_sender_says_is_refused(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    wrong = hashlib.sha256(b"other").hexdigest()
    by_header = forge.client.post(
        "/api/v1/upload/testing",
        files={"file": (package.name, package.read_bytes(), "application/octet-stream", {"X-File-SHA256": wrong})},
        headers=forge.bearer,
    )
    by_query = forge.client.post(
        f"/api/channels/testing/upload/{package.name}?sha256={wrong}",
        content=package.read_bytes(),
        headers={"X-API-Key": forge.token},
    )
    assert (by_header.status_code, by_query.status_code) == (422, 422)
    assert "its sender says" in by_query.json()["problems"][0]["what"]
    assert not forge.listed("testing")


def test_quetzs_older_clients_send_a_form(forge: Forged, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, name) for name in ("a", "b")]
    answer = forge.client.post(
        "/api/channels/testing/files/",
        files=[("files", (package.name, package.read_bytes())) for package in packages],
        data={"force": "true"},
        headers={"X-API-Key": forge.token},
    )
    assert (answer.status_code, len(forge.listed("testing"))) == (201, 2)
