"""TLS, where the forge ends it itself instead of a web server before it."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from ownconda.access.authority import Authority
from ownconda.channels.folder import ForgeFolder
from ownconda.errors import Where, WrongInputError
from ownconda.settings.tree import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The forge's certificate and its key; with ``clients``, only who has a certificate of that authority connects."""

    certificate: Path
    key: Path
    clients: Authority | None = None


def read_tls(settings: Settings, folder: ForgeFolder) -> Tls | None:
    """Read what settings say of it; None where the forge speaks plain HTTP. Raises WrongInputError."""
    said = settings.forge
    if said.tls_certificate is None or said.tls_key is None:
        _refuse_part(settings)
        return None
    _check_pair(said.tls_certificate, said.tls_key)
    clients = Authority(folder.authority) if said.client_certificates else None
    if clients and not clients.certificate.exists():
        where = Where(file="forge.client_certificates")
        raise WrongInputError("this forge has no authority", where=where, hint="make one: ownconda forge ca init")
    return Tls(certificate=said.tls_certificate, key=said.tls_key, clients=clients)


def _refuse_part(settings: Settings) -> None:
    said = settings.forge
    if said.tls_certificate or said.tls_key or said.client_certificates:
        missing = "forge.tls_key" if said.tls_certificate else "forge.tls_certificate"
        raise WrongInputError(
            "is needed for TLS", where=Where(file=missing), hint="set both the certificate and its key"
        )


def _check_pair(certificate: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")  # or it would ask
    except FileNotFoundError as error:
        lost = next(path for path in (certificate, key) if not path.exists())
        raise WrongInputError(
            "isn't there", where=Where(file=lost), hint="forge.tls_certificate, forge.tls_key"
        ) from error
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        what = f"can't be used for TLS with {key}: {error}"
        raise WrongInputError(what, where=Where(file=certificate), hint="PEM files that belong together") from error
