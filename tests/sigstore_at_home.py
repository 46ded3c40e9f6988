"""Sigstore made small, on the loopback interface: an issuer of id tokens, Fulcio with its CT log, Rekor, and a clock.

They do what the real ones do, as far as a client sees it: the token is verified, the certificate is issued by an
authority and witnessed, the log is a Merkle tree, and a trust config has the public keys of them all.
"""

import base64
import json
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from sigstore_clock import Clock
from sigstore_logs import (
    EcKey,
    FirstRekor,
    Json,
    RefusedError,
    Rekor,
    SecondRekor,
    b64,
    canonical,
    key_id,
    new_secret,
    public_der,
    public_key,
    signed,
)

ISSUER = "https://gitlab.example.com"
JOB = f"{ISSUER}/group/project//.gitlab-ci.yml@refs/heads/main"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLab:
    """What issues id tokens to jobs."""

    key: EcKey = field(default_factory=new_secret)

    def token(self, *, job: str = JOB, audience: str = "sigstore", lasts: timedelta = timedelta(hours=1)) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "sub": "project_path:group/project:ref_type:branch:ref:main",
            "aud": audience,
            "iat": now - timedelta(hours=2),
            "nbf": now - timedelta(hours=2),
            "exp": now + lasts,
            "ci_config_ref_uri": job.removeprefix("https://"),
        }
        return jwt.encode(claims, self.key, algorithm="ES256")


@dataclass(slots=True, kw_only=True)
class Fulcio:
    """Issues certificates to who brings an id token, each witnessed by a CT log. ``lasts`` is how long one is valid."""

    gitlab: GitLab
    lasts: timedelta = timedelta(minutes=10)
    key: EcKey = field(default_factory=new_secret)
    ct_log: EcKey = field(default_factory=new_secret)
    issued: int = 0
    root: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root = authority(self.key)

    def answer(self, asked: Json, headers: Mapping[str, str]) -> Json:
        claims = self._claims(headers.get("Authorization", "").removeprefix("Bearer "))
        request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
        if not request.is_signature_valid:
            raise RefusedError(400, "the request isn't signed by its key")
        self.issued += 1
        leaf = self._certificate(public_key(request), claims)
        chain = [one.public_bytes(Encoding.PEM).decode() for one in (leaf, self.root)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def _claims(self, token: str) -> Json:
        try:
            claims: Json = jwt.decode(
                token, self.gitlab.key.public_key(), algorithms=["ES256"], audience="sigstore", issuer=ISSUER
            )
        except jwt.InvalidTokenError as error:
            raise RefusedError(401, f"There was an error processing the identity token: {error}") from error
        return claims

    def _certificate(self, key: ec.EllipticCurvePublicKey, claims: Json) -> x509.Certificate:
        """Issue it twice: first without the CT log's promise, which is over that, then with it."""
        now = datetime.now(UTC).replace(microsecond=0)
        builder = x509.CertificateBuilder(
            issuer_name=self.root.subject,
            subject_name=x509.Name([]),
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=now,
            not_valid_after=now + self.lasts,
        )
        job = x509.UniformResourceIdentifier(f"https://{claims['ci_config_ref_uri']}")
        issuer = claims["iss"].encode()
        for extension, critical in (
            (KEY_USAGE, True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False),
            (x509.SubjectAlternativeName([job]), True),
            (fulcio_extension(1, issuer), False),
            (fulcio_extension(8, der(0x0C, issuer)), False),
        ):
            builder = builder.add_extension(extension, critical=critical)
        before = builder.sign(self.key, hashes.SHA256()).tbs_certificate_bytes
        return builder.add_extension(self._promise(before), critical=False).sign(self.key, hashes.SHA256())

    def _promise(self, certificate: bytes) -> x509.UnrecognizedExtension:
        """Promise in the CT log's name to log it (RFC 6962, 3.2 and 3.3)."""
        time = struct.pack("!Q", int(datetime.now(UTC).timestamp() * 1000))
        entry = key_id(self.key) + struct.pack("!I", len(certificate))[1:] + certificate
        signature = signed(self.ct_log, b"\0\0" + time + b"\0\1" + entry + b"\0\0")
        promise = b"\0" + key_id(self.ct_log) + time + b"\0\0" + b"\4\3" + sized(signature)
        return x509.UnrecognizedExtension(SCT_LIST, der(0x04, sized(sized(promise))))


KEY_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def authority(key: EcKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fulcio")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder(
            issuer_name=name,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=1),
            not_valid_after=now + timedelta(days=1),
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def fulcio_extension(number: int, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), value)


def der(tag: int, content: bytes) -> bytes:
    """Write a value of less than 256 bytes."""
    length = bytes([len(content)])
    return bytes([tag]) + (length if len(content) < 128 else b"\x81" + length) + content


def sized(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigstore:
    """The services as they run, and the file that describes them."""

    gitlab: GitLab
    fulcio: Fulcio
    rekor: Rekor
    clock: Clock | None = None
    config: Path


@contextmanager
def running_sigstore(folder: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[Sigstore]:
    """Run the services while the block runs, and write their trust config into the folder."""
    gitlab = GitLab()
    fulcio, rekor = Fulcio(gitlab=gitlab), FirstRekor()
    services = {"/api/v2/signingCert": speaking_json(fulcio.answer), "/api/v1/log/entries": speaking_json(rekor.answer)}
    with _serving(services, tls) as address:
        config = folder / "sigstore.json"
        config.write_text(json.dumps(trust_config(fulcio, rekor, address)))
        yield Sigstore(gitlab=gitlab, fulcio=fulcio, rekor=rekor, config=config)


@contextmanager
def running_second_sigstore(folder: Path) -> Iterator[Sigstore]:
    """Run services whose log has version 2 while the block runs: a clock is asked for the time."""
    gitlab = GitLab()
    fulcio, rekor, clock = Fulcio(gitlab=gitlab), SecondRekor(), Clock(folder=folder / "clock")
    services = {
        "/api/v2/signingCert": speaking_json(fulcio.answer),
        "/api/v2/log/entries": speaking_json(rekor.answer),
        "/api/v1/timestamp": clock.answer,
    }
    with _serving(services, None) as address:
        described = trust_config(fulcio, rekor, address)
        [authority] = described["trustedRoot"]["certificateAuthorities"]
        chain = {"certificates": [{"rawBytes": b64(one)} for one in clock.chain]}
        described["trustedRoot"]["timestampAuthorities"] = [authority | {"certChain": chain}]
        [service] = described["signingConfig"]["rekorTlogUrls"]
        described["signingConfig"]["rekorTlogUrls"] = [service | {"majorApiVersion": 2}]
        described["signingConfig"]["tsaUrls"] = [service | {"url": f"{address}/api/v1/timestamp"}]
        config = folder / "sigstore.json"
        config.write_text(json.dumps(described))
        yield Sigstore(gitlab=gitlab, fulcio=fulcio, rekor=rekor, clock=clock, config=config)


def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def trust_config(fulcio: Fulcio, rekor: Rekor, address: str) -> Json:
    """Describe the services as ClientTrustConfig has it."""
    valid = {"start": (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    service = {"url": address, "majorApiVersion": 1, "validFor": valid, "operator": "example.com"}
    certificate = {"rawBytes": b64(fulcio.root.public_bytes(Encoding.DER))}
    return {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(rekor.key, address, valid)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "example.com", "commonName": "fulcio"},
                    "uri": address,
                    "certChain": {"certificates": [certificate]},
                    "validFor": valid,
                }
            ],
            "ctlogs": [_log(fulcio.ct_log, address, valid)],
        },
        "signingConfig": {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service],
            "rekorTlogUrls": [service],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        },
    }


def _log(key: EcKey, address: str, valid: Mapping[str, str]) -> Json:
    return {
        "baseUrl": address,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(public_der(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
        "logId": {"keyId": b64(key_id(key))},
    }


def speaking_json(
    answer: Callable[[Json, Mapping[str, str]], Json],
) -> Callable[[bytes, Mapping[str, str]], bytes]:
    return lambda asked, headers: json.dumps(answer(json.loads(asked), headers)).encode()


@contextmanager
def _serving(
    services: Mapping[str, Callable[[bytes, Mapping[str, str]], bytes]], tls: ssl.SSLContext | None
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, content = 201, services[self.path](asked, dict(self.headers))
            except RefusedError as error:
                status, content = error.status, canonical({"code": error.status, "message": str(error)})
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tell nobody."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
