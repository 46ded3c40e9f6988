"""Which services of Sigstore there are, and whose keys are believed: needs the library ``sigstore``.

The file that describes services of one's own is a ``ClientTrustConfig``:
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
"""

import logging
from pathlib import Path

from pydantic import ValidationError
from sigstore.errors import Error, TUFError
from sigstore.models import ClientTrustConfig

from ownconda.errors import OutsideError, Where, WrongInputError

PUBLIC = "the public good instance of Sigstore"


def load_config(path: Path | None, *, refreshed: bool) -> ClientTrustConfig:
    """Load the description of services: of one's own or, without a ``path``, of the public good instance.

    What is known of the latter comes with the library; only with ``refreshed`` it is asked whether that has changed.
    Raises OutsideError when it can't be read or asked, WrongInputError when it isn't such a file.
    """
    logging.getLogger("sigstore").addHandler(logging.NullHandler())  # what it warns of is told by our own errors
    return _public(refreshed=refreshed) if path is None else _described(path)


def in_short(error: Exception) -> str:
    """Say in one line what the library found wrong."""
    if isinstance(error, ValidationError):
        told = error.errors()[0]
        return f"{'.'.join(map(str, told['loc']))}: {told['msg']}"
    return str(error).partition("\n")[0] or type(error).__name__


def _described(path: Path) -> ClientTrustConfig:
    try:
        config = ClientTrustConfig.from_json(path.read_text("utf-8"))
        _ = config.signing_config, config.trusted_root.get_fulcio_certs()  # they are read when they are asked for
    except OSError as error:
        raise OutsideError(f"the trust config can't be read: {error.strerror}", where=Where(file=path)) from error
    except (Error, ValueError) as error:
        raise WrongInputError(
            f"isn't a trust config of Sigstore: {in_short(error)}",
            where=Where(file=path),
            hint="it is the ClientTrustConfig, as JSON, that whoever runs Sigstore for you gives out",
        ) from error
    return config


def _public(*, refreshed: bool) -> ClientTrustConfig:
    try:
        return ClientTrustConfig.production(offline=not refreshed)
    except (TUFError, OSError) as error:
        raise OutsideError(
            f"{PUBLIC} can't be asked for its keys: {in_short(error)}",
            hint="for services of your own set signing.sigstore_config",
        ) from error
