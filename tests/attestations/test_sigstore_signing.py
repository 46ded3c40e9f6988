import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sigstore_at_home import ISSUER, JOB, Sigstore, running_sigstore

from ownconda.attestations.bundles import Bundle, bundle_array, read_bundles
from ownconda.attestations.identities import Identity, identity_in
from ownconda.attestations.sigstore_config import load_config
from ownconda.attestations.sigstore_signing import SigstoreSigner, read_token
from ownconda.attestations.sigstore_verifying import what_is_wrong
from ownconda.attestations.statements import Subject, publish_statement
from ownconda.errors import WrongInputError
from ownconda.wires.http import session

PAYLOAD = publish_statement(Subject(name="zlib-1.3-h1_0.conda", sha256="ab" * 32), "https://forge.example/c").json
WHO = Identity(name=JOB, issuer=ISSUER)


@pytest.fixture
def sigstore(tmp_path: Path) -> Iterator[Sigstore]:
    with running_sigstore(tmp_path) as running:
        yield running


def signed(sigstore: Sigstore) -> Bundle:
    token = read_token(sigstore.gitlab.token(), variable="TOKEN")
    element = SigstoreSigner(token, load_config(sigstore.config, refreshed=True), session()).sign(PAYLOAD)
    [bundle] = read_bundles(bundle_array([element]))
    return bundle


def test_the_statement_is_signed_byte_by_byte(sigstore: Sigstore) -> None:
    bundle = signed(sigstore)
    assert bundle.payload == PAYLOAD
    assert bundle.key == ""
    assert identity_in(bundle.certificate) == WHO


def test_a_bundle_is_verified_for_its_identity_alone(sigstore: Sigstore) -> None:
    bundle, config = signed(sigstore), load_config(sigstore.config, refreshed=False)
    assert what_is_wrong(bundle, WHO, config) == ""
    assert what_is_wrong(bundle, replace(WHO, name=f"{JOB}2"), config)
    assert what_is_wrong(bundle, replace(WHO, issuer="https://gitlab.example.org"), config)


def test_what_is_shown_has_to_be_what_is_signed(sigstore: Sigstore) -> None:
    bundle, config = signed(sigstore), load_config(sigstore.config, refreshed=False)
    shown = replace(bundle, payload=PAYLOAD.replace(b"zlib", b"evil"))
    assert what_is_wrong(shown, WHO, config) == "another statement is signed than it shows"


def test_every_part_of_the_proof_is_needed(sigstore: Sigstore) -> None:
    bundle, config = signed(sigstore), load_config(sigstore.config, refreshed=False)
    text = json.dumps(bundle.element)
    entry = bundle.element["verificationMaterial"]["tlogEntries"][0]
    for part in (
        entry["inclusionPromise"]["signedEntryTimestamp"],
        entry["inclusionProof"]["rootHash"],
        entry["canonicalizedBody"],
        bundle.element["dsseEnvelope"]["signatures"][0]["sig"],
        bundle.element["verificationMaterial"]["certificate"]["rawBytes"],
    ):
        middle = len(part) // 2
        other = part[:middle] + ("A" if part[middle] != "A" else "B") + part[middle + 1 :]
        changed = replace(bundle, element=json.loads(text.replace(part, other)))
        assert what_is_wrong(changed, WHO, config).startswith("its certificate or signature doesn't hold: ")


def test_a_token_that_expires_meanwhile_signs_no_more(sigstore: Sigstore) -> None:
    token = read_token(sigstore.gitlab.token(), variable="TOKEN")
    token._exp = 0  # noqa: SLF001  (as if time had passed)
    signer = SigstoreSigner(token, load_config(sigstore.config, refreshed=True), session())
    with pytest.raises(WrongInputError, match="the id token expired before all was signed"):
        signer.sign(PAYLOAD)
    assert sigstore.fulcio.issued == 0
