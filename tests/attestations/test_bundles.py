import base64
import json
from pathlib import Path
from typing import Any

import pytest
from attesting import private_key

from ownconda.attestations.bundles import bundle_array, joined, read_bundles, signed_bundle, signed_bytes
from ownconda.attestations.keys import PrivateKey
from ownconda.attestations.statements import Subject, publish_statement

STATEMENT = publish_statement(
    Subject(name="zlib-1.3-h1_0.conda", sha256="ab" * 32), "https://forge.example/conda/testing"
)
PAYLOAD = STATEMENT.json


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    return private_key(tmp_path)


def test_what_is_signed_is_the_example_of_the_dsse_protocol() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md has "DSSEv1 29 http://example.com/HelloWorld
    # 11 hello world"; our type is in-toto's.
    assert signed_bytes(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_a_bundle_is_verified_by_the_key_that_signed_it(key: PrivateKey, tmp_path: Path) -> None:
    [bundle] = read_bundles(bundle_array([signed_bundle(PAYLOAD, key)]))
    other = private_key(tmp_path, "other").public
    assert bundle.statement == STATEMENT
    assert bundle.key == key.public.id
    assert bundle.signer([other, key.public]) == key.public
    assert bundle.signer([other]) is None
    assert bundle.signer([]) is None


def test_a_changed_statement_is_signed_by_nobody(key: PrivateKey) -> None:
    element = signed_bundle(PAYLOAD, key)
    element["dsseEnvelope"]["payload"] = base64.b64encode(PAYLOAD.replace(b"/testing", b"/stable")).decode()
    [bundle] = read_bundles(bundle_array([element]))
    assert bundle.statement.target_channel == "https://forge.example/conda/stable"
    assert bundle.signer([key.public]) is None


def test_what_is_there_stays_byte_by_byte_when_more_is_appended(key: PrivateKey, tmp_path: Path) -> None:
    first = bundle_array([signed_bundle(PAYLOAD, key)])
    second = bundle_array([signed_bundle(PAYLOAD, private_key(tmp_path, "other"))])
    both = joined(first, second)
    assert both.startswith(first[:-1])
    assert len(json.loads(both)) == 2
    assert joined(b"", first) == first


def test_the_same_claim_of_the_same_key_is_there_once(key: PrivateKey) -> None:
    one = signed_bundle(PAYLOAD, key)
    first = bundle_array([one])
    assert joined(first, first) == first
    assert joined(b"", bundle_array([one, one])) == first


def test_there_is_an_end_to_how_many_there_can_be(key: PrivateKey) -> None:
    many = bundle_array([signed_bundle(PAYLOAD + b" " * number, key) for number in range(60)])
    more = bundle_array([signed_bundle(PAYLOAD + b"\n" * number, key) for number in range(2, 60)])
    with pytest.raises(ValueError, match="100"):
        joined(many, more)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("mediaType",), "text/plain", "mediaType"),
        (("verificationMaterial",), None, "verificationMaterial"),
        (("verificationMaterial",), {}, "neither"),
        (("verificationMaterial", "publicKey"), {}, "hint"),
        (("dsseEnvelope",), [], "dsseEnvelope"),
        (("dsseEnvelope", "payloadType"), "text/plain", "payloadType"),
        (("dsseEnvelope", "payload"), "?", "base64"),
        (("dsseEnvelope", "payload"), "e30=", "_type"),
        (("dsseEnvelope", "signatures"), [], "no signatures"),
        (("dsseEnvelope", "signatures"), ["x"], "signature"),
        (("dsseEnvelope", "signatures"), [{"sig": "?"}], "base64"),
    ],
)
def test_what_is_no_bundle_is_told_by_its_place(
    key: PrivateKey, path: tuple[str, ...], value: object, told: str
) -> None:
    element = signed_bundle(PAYLOAD, key)
    part: dict[str, Any] = element
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ValueError, match=rf"\[1\]: .*{told}"):
        read_bundles(bundle_array([signed_bundle(PAYLOAD, key), element]))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000])
def test_what_is_no_array_of_bundles_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="it isn't"):
        read_bundles(content)
