"""Identities: whom a certificate of Sigstore says that it was issued to.

The extensions: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
"""Who vouched for the identity, as a DER string."""

OLD_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
"""The same as bare text."""

_UTF8_STRING = b"\x0c"
_LENGTH_FOLLOWS = b"\x81"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody that an identity provider vouches for.

    For a job of GitLab, ``name`` is the address of the pipeline's definition with its ref, and ``issuer`` that of the
    GitLab.
    """

    name: str
    issuer: str

    def __str__(self) -> str:
        return f"{self.name} (of {self.issuer})"


def identity_in(certificate: bytes) -> Identity | None:
    """Read whom a certificate in DER says that it is for; None when it says that in no way that can be read.

    Nothing is verified.
    """
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        issuer = _issuer(extensions)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    listed = [
        *names.get_values_for_type(x509.UniformResourceIdentifier),
        *names.get_values_for_type(x509.RFC822Name),
    ]
    return Identity(name=listed[0], issuer=issuer) if len(listed) == 1 else None


def _issuer(extensions: x509.Extensions) -> str:
    found = {one.oid: one.value.value for one in extensions if isinstance(one.value, x509.UnrecognizedExtension)}
    if ISSUER in found:
        return _der_text(found[ISSUER])
    if OLD_ISSUER in found:
        return found[OLD_ISSUER].decode()
    raise ValueError("it doesn't say who vouched for the identity")


def _der_text(value: bytes) -> str:
    """Read a DER UTF8String of up to 255 bytes, whose length stands in the second or, from 128 on, the third byte."""
    head = 3 if value[1:2] == _LENGTH_FOLLOWS else 2
    if value[:1] != _UTF8_STRING or value[head - 1 : head] != bytes([len(value) - head]):
        raise ValueError("it isn't such a text")
    return value[head:].decode()
