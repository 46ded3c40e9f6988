"""Which servers conda's libraries trust: the system's certificate authorities and a company's own."""

import ssl
from collections.abc import MutableMapping
from pathlib import Path

from ownconda.wires.authorities import load_authorities

SYSTEM_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")


def trust(ca_file: Path | None, environment: MutableMapping[str, str]) -> None:
    """Let the solver, the installer, the builder and what they start trust a company's authorities as well.

    They read ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` of the process, and forget the system's authorities once one of
    them is set; so both are set in ``environment`` (``os.environ``), unless the user did. Raises WrongInputError when
    ``ca_file`` holds no authorities.
    """
    if ca_file is None:
        return
    load_authorities(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file, setting="the setting ca_file")
    if environment.get("SSL_CERT_FILE"):
        return
    environment["SSL_CERT_FILE"] = str(ca_file)
    known = (ssl.get_default_verify_paths().capath, *SYSTEM_FOLDERS)
    system = next((folder for folder in known if folder and Path(folder).is_dir()), None)
    if system and not environment.get("SSL_CERT_DIR"):
        environment["SSL_CERT_DIR"] = system
