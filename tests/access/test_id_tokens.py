"""Id tokens: for whom an issuer vouches, and what is no proof of it."""

import base64
import functools
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from issuer_at_home import AUDIENCE, KEYS, Issuer, new_key, running_issuer
from joserfc.jwk import KeySet, RSAKey

from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.identities import issuers as settings
from ownconda.access.identities.id_tokens import IdTokenIdentity
from ownconda.access.identities.issuers import Kind
from ownconda.access.identities.signing_keys import SECONDS_BETWEEN_TRIES, SECONDS_FRESH, SECONDS_KEPT, SigningKeys
from ownconda.access.identities.signing_keys import fetch_keys as fetch
from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.http import session


@pytest.fixture(scope="module")
def first() -> RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="module")
def second() -> RSAPrivateKey:
    return new_key()


@dataclass(kw_only=True)
class Door:
    """A forge's way in, in front of an issuer; ``later`` moves the clock of its keys."""

    issuer: Issuer
    clock: list[float] = field(default_factory=lambda: [0.0])
    identity: IdTokenIdentity

    def caller(self, token: str) -> Caller | None:
        return self.identity.recognise(Presented(token=token, address="192.0.2.7"))

    def refusal(self, token: str) -> str:
        with pytest.raises(NotRecognisedError) as caught:
            self.caller(token)
        assert token.split(".")[2][:20] not in str(caught.value)
        return str(caught.value)

    def later(self, seconds: float) -> None:
        self.clock[0] += seconds


@pytest.fixture
def door(first: RSAPrivateKey) -> Iterator[Door]:
    with running_issuer(first) as issuer, session(retries=0) as web:
        clock = [0.0]
        keys = SigningKeys(issuer.url, functools.partial(fetch, web=web), clock=lambda: clock[0])
        trusted = [
            settings.Issuer(name="gitlab", url=issuer.url, audience=AUDIENCE),
            settings.Issuer(name="people", url=issuer.url, audience="client", kind=Kind.PEOPLE),
        ]
        identity = IdTokenIdentity(trusted, {issuer.url: keys}, lambda: int(time.time() * 1000))
        yield Door(issuer=issuer, clock=clock, identity=identity)


def test_a_job_is_its_project_and_its_branch(door: Door) -> None:
    assert door.caller(door.issuer.token(environment="production")) == Caller(
        name="own/zlib@main",
        principals=frozenset({"pipeline:own/zlib", "pipeline:own/zlib@main"}),
        protected=True,
        environment="production",
        address="192.0.2.7",
    )


def test_only_true_is_protected(door: Door) -> None:
    for said in ("false", "True", "1", "yes"):
        caller = door.caller(door.issuer.token(ref_protected=said))
        assert (caller is not None, caller and caller.protected) == (True, False)


def test_a_tag_is_never_the_branch_of_that_name(door: Door) -> None:
    caller = door.caller(door.issuer.token(ref_type="tag"))
    assert caller is not None
    assert caller.principals == {"pipeline:own/zlib", "pipeline:own/zlib@tag:main"}


def test_what_a_merge_request_proposes_is_not_the_branch(door: Door) -> None:
    caller = door.caller(door.issuer.token(pipeline_source="merge_request_event"))
    assert caller is not None
    assert caller.principals == {"pipeline:own/zlib"}


def test_somebody_who_logged_in_is_themselves_and_their_groups(door: Door) -> None:
    assert door.caller(door.issuer.login()) == Caller(
        name="ann", principals=frozenset({"person:ann", "group:packagers"}), address="192.0.2.7"
    )


def test_a_job_that_asks_for_the_audience_of_people_is_nobody(door: Door) -> None:
    token = door.issuer.token(aud="client", preferred_username="ann", groups=["packagers"])
    assert "is a pipeline's" in door.refusal(token)
    assert "isn't a pipeline's" in door.refusal(door.issuer.login(aud=AUDIENCE))


@pytest.mark.parametrize("token", ["", "own-abc", "a.b.c", "e30.e30.e30", "....", "é.é.é", "e30.bnVsbA.e30"])
def test_what_is_no_id_token_is_for_others_to_recognise(door: Door, token: str) -> None:
    assert door.caller(token) is None
    assert door.issuer.asked == []


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 120}, "has expired"),
        ({"nbf": NOW + 3000}, "nbf"),
        ({"iat": NOW + 3000}, "iat"),
        ({"exp": None}, "lacks a claim: exp"),
        ({"iat": None}, "lacks a claim: iat"),
        ({"sub": None}, "lacks a claim: sub"),
        ({"exp": "tomorrow"}, "exp"),
        ({"aud": "https://elsewhere.example.org"}, "is for 'https://elsewhere.example.org', not for"),
        ({"aud": None}, "is for 'nobody'"),
        ({"aud": f"{AUDIENCE}/"}, "not for"),
        ({"iss": "https://gitlab.example.net"}, "doesn't trust 'https://gitlab.example.net'"),
        ({"project_path": None}, "lacks the claim 'project_path'"),
        ({"ref": None}, "lacks the claim 'ref'"),
        ({"ref_type": None}, "lacks the claim 'ref_type'"),
        ({"ref_protected": None}, "lacks the claim 'ref_protected'"),
        ({"ref_protected": True}, "lacks the claim 'ref_protected'"),
        ({"ref_type": "commit"}, "no project, branch or tag"),
        ({"project_path": "own/zlib@main"}, "no project, branch or tag"),
        ({"ref": "main\x1b[2J"}, "no project, branch or tag"),
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_told(door: Door, claims: dict[str, object], reason: str) -> None:
    assert reason in door.refusal(door.issuer.token(**claims))  # type: ignore[arg-type]


def test_an_audience_may_be_one_of_several(door: Door) -> None:
    assert door.caller(door.issuer.token(aud=["sigstore", AUDIENCE])) is not None


def test_clocks_may_differ_a_little(door: Door) -> None:
    assert door.caller(door.issuer.token(exp=int(time.time()) - 5, nbf=int(time.time()) + 5)) is not None


def test_a_token_that_somebody_else_signed_is_forged(door: Door, second: RSAPrivateKey) -> None:
    assert "isn't signed by its issuer" in door.refusal(door.issuer.token(key=second))


def test_a_token_that_was_changed_is_forged(door: Door) -> None:
    header, claims, signature = door.issuer.token().split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"project_path": "own/openssl"}
    assert "isn't signed by its issuer" in door.refusal(f"{header}.{coded(said)}.{signature}")


def test_a_token_without_a_signature_is_nothing(door: Door) -> None:
    claims = door.issuer.token().split(".")[1]
    for algorithm in ("none", "None", "nOnE"):
        token = f"{coded({'alg': algorithm, 'kid': 'first'})}.{claims}."
        with pytest.raises(NotRecognisedError, match="isn't signed by one of the algorithms"):
            door.caller(token)


def test_a_public_key_is_no_secret_to_sign_with(door: Door, first: RSAPrivateKey) -> None:
    claims = door.issuer.token().split(".")[1]
    public = first.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{coded({'alg': 'HS256', 'kid': 'first'})}.{claims}"
    signature = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    token = f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    assert "isn't signed by one of the algorithms" in door.refusal(token)


def test_a_key_that_the_token_brings_along_is_not_believed(door: Door, second: RSAPrivateKey) -> None:
    claims = jwt.decode(door.issuer.token(), options={"verify_signature": False})
    mine = ec.generate_private_key(ec.SECP256R1())
    brought = {"kid": "first", "jwk": json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))}
    assert "isn't signed by" in door.refusal(jwt.encode(claims, mine, algorithm="ES256", headers=brought))
    elsewhere = {"kid": "first", "jku": f"{door.issuer.url}/my-keys"}
    assert "isn't signed by" in door.refusal(jwt.encode(claims, second, algorithm="RS256", headers=elsewhere))
    assert "/my-keys" not in door.issuer.asked


def test_elliptic_curves_sign_as_well(door: Door) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    door.issuer.has(curve=key)
    assert door.caller(door.issuer.token(kid="curve", algorithm="ES256")) is not None


def test_a_new_key_is_known_as_soon_as_it_signs(door: Door, first: RSAPrivateKey, second: RSAPrivateKey) -> None:
    assert door.caller(door.issuer.token()) is not None
    door.issuer.has(first=first, second=second)
    door.later(SECONDS_BETWEEN_TRIES)
    assert door.caller(door.issuer.token(kid="second")) is not None


def test_a_key_that_the_issuer_took_back_is_none_after_an_hour(
    door: Door, first: RSAPrivateKey, second: RSAPrivateKey
) -> None:
    assert door.caller(door.issuer.token()) is not None
    door.issuer.has(second=second)
    door.later(SECONDS_FRESH)
    assert "isn't signed by a key that its issuer has now" in door.refusal(door.issuer.token(key=first))


def test_made_up_ids_of_keys_ask_the_issuer_once_in_a_while_only(door: Door) -> None:
    for number in range(5):
        door.refusal(door.issuer.token(kid=f"made-up-{number}", key=door.issuer.keys["first"]))
    assert door.issuer.asked.count(KEYS) == 1


def test_an_issuer_that_is_away_is_missed_after_a_day(door: Door) -> None:
    assert door.caller(door.issuer.token()) is not None
    door.issuer.is_away()
    door.later(SECONDS_KEPT - 1)
    assert door.caller(door.issuer.token()) is not None
    door.later(SECONDS_BETWEEN_TRIES)
    with pytest.raises(OutsideError, match="can't be fetched"):
        door.caller(door.issuer.token())
    door.issuer.has(**door.issuer.keys)
    door.later(SECONDS_BETWEEN_TRIES)
    assert door.caller(door.issuer.token()) is not None


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"issuer": "https://gitlab.example.net", "jwks_uri": "https://gitlab.example.net/keys"}, "calls itself"),
        ([], "JSON object"),
    ],
)
def test_who_describes_itself_as_somebody_else_is_not_asked(door: Door, page: object, reason: str) -> None:
    door.issuer.content["/.well-known/openid-configuration"] = json.dumps(page).encode()
    with pytest.raises(OutsideError, match="can't be fetched") as caught:
        door.caller(door.issuer.token())
    assert reason in str(caught.value.__cause__)


def test_keys_for_other_ends_and_kinds_are_passed_over(door: Door, first: RSAPrivateKey) -> None:
    listed = json.loads(door.issuer.content[KEYS])["keys"]  # type: ignore[arg-type]
    others = [{"kty": "AKP", "kid": "new"}, {"kty": "EC", "crv": "odd", "kid": "odd"}, {"kty": "oct", "k": "AAAA"}, 7]
    encrypting = [listed[0] | {"kid": "enc", "use": "enc"}]
    door.issuer.content[KEYS] = json.dumps({"keys": [*others, *encrypting, *listed]}).encode()
    assert door.caller(door.issuer.token()) is not None
    door.refusal(door.issuer.token(kid="enc", key=first))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "gitlab.example.org"}, "url"),
        ({"url": "https://gitlab.example.org?x"}, "url"),
        ({"kind": "robots"}, "kind"),
        ({"audience": ""}, "audience"),
    ],
)
def test_an_issuer_that_can_not_be_meant_is_refused(given: dict[str, str], field: str) -> None:
    sound = {"url": "https://gitlab.example.org", "kind": "pipelines", "audience": AUDIENCE}
    with pytest.raises(WrongInputError, match=rf"access\.issuers\.gitlab\.{field}"):
        settings.read_issuer("gitlab", **(sound | given))


def test_an_issuer_that_is_away_is_asked_once_in_a_while_only() -> None:
    asked: list[str] = []

    def asking(url: str) -> KeySet:
        asked.append(url)
        raise OutsideError("it is away")

    keys = SigningKeys("https://gitlab.example.org", asking, clock=lambda: 0.0)
    for _ in range(3):
        with pytest.raises(OutsideError):
            keys.having("first")
    assert len(asked) == 1


def test_while_old_keys_are_fetched_anew_others_go_on_with_them(first: RSAPrivateKey) -> None:
    known = KeySet([RSAKey.import_key(first.public_key(), {"kid": "first"})])
    clock, asked, answered = [0.0], threading.Event(), threading.Event()

    def asking(_url: str) -> KeySet:
        if clock[0]:
            asked.set()
            assert answered.wait(30)
        return known

    keys = SigningKeys("https://gitlab.example.org", asking, clock=lambda: clock[0])
    assert keys.having("first") is known
    clock[0] = SECONDS_FRESH
    with ThreadPoolExecutor(1) as others:
        slow = others.submit(keys.having, "first")
        assert asked.wait(30)
        try:
            assert (keys.having("first"), slow.done()) == (known, False)
        finally:
            answered.set()
    assert slow.result() is known


def coded(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
