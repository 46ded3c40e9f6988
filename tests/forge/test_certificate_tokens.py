"""Certificates at a forge: passed on by a proxy, or exchanged for a token by who holds the key."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from certifying import YEAR, escaped, new_authority, new_key
from cryptography import x509
from forging import Forged, opened_forge
from starlette.testclient import TestClient

from ownconda.access.authority import Authority, enrol, revoke
from ownconda.access.certificates import suitable_key
from ownconda.access.proofs import prove
from ownconda.attestations.keys import PrivateKey
from ownconda.forge.app import make_app
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

URL = "https://conda.example.org"
HEADER = "X-Client-Certificate"
SETTINGS = Settings(
    forge=ForgeSettings(public_url=URL, proxies=["10.0.0.0/8"], certificate_header=HEADER),
    access=AccessSettings(rules={"machines": RuleSettings(who=["certificate:build-*"], may=["administer"])}),
)
KEY = PrivateKey(new_key())


def now() -> datetime:
    return datetime.now(UTC)


def seconds() -> int:
    return int(now().timestamp())


@pytest.fixture
def forge(blank: tuple[Path, str], tmp_path: Path) -> Iterator[Forged]:
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    new_authority(folder / "authority", now())
    with opened_forge(folder, blank[1], SETTINGS) as forge:
        yield forge


def authority(forge: Forged) -> Authority:
    return Authority(forge.services.folder.authority)


def certificate(forge: Forged, name: str = "build-7", lasts: timedelta = YEAR) -> x509.Certificate:
    return enrol(authority(forge), name, suitable_key(KEY.public.key), now=now(), lasts=lasts)


def passed_on(forge: Forged, shown: x509.Certificate, peer: str = "10.0.0.1") -> httpx2.Response:
    client = TestClient(make_app(forge.services), raise_server_exceptions=False, client=(peer, 50000))
    return client.get("/api/v1/usage", headers={HEADER: escaped(shown)})


def exchanged(forge: Forged, proof: Mapping[str, str]) -> httpx2.Response:
    return forge.client.post("/api/v1/certificates/token", json=dict(proof))


def test_a_certificate_that_a_proxy_passes_on_is_checked_by_the_forge(forge: Forged, tmp_path: Path) -> None:
    good = certificate(forge)
    assert passed_on(forge, good).status_code == 200
    stranger = enrol(new_authority(tmp_path / "other", now()), "build-7", new_key().public_key(), now=now(), lasts=YEAR)
    refused = passed_on(forge, stranger)
    assert (refused.status_code, "of this forge's authority" in refused.text) == (401, True)
    revoke(authority(forge), "build-7", now=now())
    assert "was revoked" in passed_on(forge, good).text


def test_a_certificate_from_an_address_that_is_not_the_proxys_never_helps(forge: Forged) -> None:
    answer = passed_on(forge, certificate(forge), peer="192.0.2.7")
    assert (answer.status_code, "this needs a token" in answer.text) == (401, True)


def test_who_holds_the_key_gets_a_token_that_may_what_the_certificate_may(forge: Forged) -> None:
    made = certificate(forge)
    answer = exchanged(forge, prove(made, KEY, audience=f"{URL}/", at=seconds()))
    assert (answer.status_code, answer.json()["name"], answer.headers["Cache-Control"]) == (200, "build-7", "no-store")
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert forge.client.get("/api/v1/usage", headers=token).status_code == 200
    assert now() < datetime.fromisoformat(answer.json()["expires"]) <= now() + timedelta(hours=8)
    other = exchanged(forge, prove(certificate(forge, "desk-1"), KEY, audience=URL, at=seconds())).json()["token"]
    assert forge.client.get("/api/v1/usage", headers={"Authorization": f"Bearer {other}"}).status_code == 403


def test_a_token_ends_no_later_than_its_certificate(forge: Forged) -> None:
    made = certificate(forge, lasts=timedelta(minutes=30))
    ends = exchanged(forge, prove(made, KEY, audience=URL, at=seconds())).json()["expires"]
    assert datetime.fromisoformat(ends) == made.not_valid_after_utc


def test_a_proof_counts_once(forge: Forged) -> None:
    proof = prove(certificate(forge), KEY, audience=URL, at=seconds())
    assert [exchanged(forge, proof).status_code for _ in range(2)] == [200, 403]
    assert "used before" in exchanged(forge, proof).text


def test_a_proof_of_another_key_time_or_forge_is_refused(forge: Forged) -> None:
    made = certificate(forge)
    for proof, told in (
        (prove(made, PrivateKey(new_key()), audience=URL, at=seconds()), "isn't signed with the certificate's key"),
        (prove(made, KEY, audience=URL, at=seconds() - 301), "isn't of now"),
        (prove(made, KEY, audience=URL, at=seconds() + 310), "isn't of now"),
        (prove(made, KEY, audience="https://elsewhere.example.org", at=seconds()), "is for 'https://elsewhere"),
        (dict(prove(made, KEY, audience=URL, at=seconds())) | {"statement": "{}"}, "isn't signed"),
        (dict(prove(made, KEY, audience=URL, at=seconds())) | {"certificate": "AAAA"}, "isn't a certificate"),
        (dict(prove(made, KEY, audience=URL, at=seconds())) | {"signature": "?"}, "isn't base64"),
    ):
        answer = exchanged(forge, proof)
        assert (answer.status_code, told in answer.text) == (403, True), answer.text


def test_a_proof_with_a_revoked_certificate_is_refused(forge: Forged) -> None:
    made = certificate(forge)
    revoke(authority(forge), "build-7", now=now())
    assert "was revoked" in exchanged(forge, prove(made, KEY, audience=URL, at=seconds())).text


def test_a_forge_that_does_not_know_its_address_takes_no_proof(blank: tuple[Path, str], tmp_path: Path) -> None:
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    new_authority(folder / "authority", now())
    with opened_forge(folder, blank[1], Settings()) as forge:
        proof = prove(certificate(forge), KEY, audience="http://testserver", at=seconds())
        answer = exchanged(forge, proof)
        assert (answer.status_code, "forge.public_url" in answer.text) == (409, True)
