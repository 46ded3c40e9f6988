"""Clients' certificates of the forge's own authority, as a proxy passes them on."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from cryptography import x509

from ownconda.access.authority import Authority, read_revoked, read_root
from ownconda.access.callers import Caller
from ownconda.access.certificates import check, read_certificate
from ownconda.access.identities import NotRecognisedError, Presented


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """Recognises holders of certificates of an authority; ``clock`` gives the time in milliseconds since 1970.

    Both the authority and its list of revoked certificates are read each time: what was revoked is so at once.
    """

    authority: Authority
    clock: Callable[[], int]

    def recognise(self, presented: Presented) -> Caller | None:
        """Give the holder; None where no proxy passes a certificate on."""
        if not presented.certificate:
            return None
        return self.holder(read_certificate(_decoded(presented.certificate)), presented.address)

    def holder(self, certificate: x509.Certificate, address: str) -> Caller:
        """Give whose certificate it is. Raises NotRecognisedError."""
        if not self.authority.certificate.exists():
            raise NotRecognisedError(
                "this forge has no authority", hint="the operator makes one: ownconda forge ca init"
            )
        now = datetime.fromtimestamp(self.clock() / 1000, UTC)
        name = check(certificate, read_root(self.authority), read_revoked(self.authority), now)
        return Caller(name=name, principals=frozenset({f"certificate:{name}"}), address=address)


def _decoded(text: str) -> bytes:
    """Give what a proxy passed on: PEM with its odd characters as ``%0A``, or DER in base64 (RFC 9440)."""
    pem = unquote(text)
    if pem.startswith("-----BEGIN"):
        return pem.encode()
    try:
        return base64.b64decode(text.strip(":"), validate=True)
    except ValueError as error:
        hint = "nginx has it in $ssl_client_escaped_cert"
        raise NotRecognisedError("what was sent isn't a certificate", hint=hint) from error
