"""Which servers conda's libraries trust: the system's certificate authorities and a company's own."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

SYSTEM_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")


def trust(ca_file: Path | None, environment: Mapping[str, str]) -> None:
    """Let the solver, the installer, the builder and what they start trust a company's authorities as well.

    They read ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, and forget the system's authorities once one of them is set; so
    both are set for this process, unless the user did.
    """
    if ca_file is None or environment.get("SSL_CERT_FILE"):
        return
    os.environ["SSL_CERT_FILE"] = str(ca_file)
    known = (ssl.get_default_verify_paths().capath, *SYSTEM_FOLDERS)
    system = next((folder for folder in known if folder and Path(folder).is_dir()), None)
    if system and not environment.get("SSL_CERT_DIR"):
        os.environ["SSL_CERT_DIR"] = system
