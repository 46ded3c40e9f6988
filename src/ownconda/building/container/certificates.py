"""The authorities that this machine trusts, in one file: py-rattler-build needs some, and an image may have none."""

from collections.abc import Mapping
from pathlib import Path

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine
)


def write_trusted(file: Path, environment: Mapping[str, str]) -> None:
    """Write them to a file: what ``SSL_CERT_FILE`` names, and the system's."""
    given = environment.get("SSL_CERT_FILE")
    system = next((Path(one) for one in BUNDLES if Path(one).is_file()), None)
    found = [*([Path(given)] if given and Path(given).is_file() else []), *([system] if system else [])]
    file.write_bytes(b"\n".join(one.read_bytes() for one in dict.fromkeys(found)))
