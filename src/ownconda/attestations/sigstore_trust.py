"""Sigstore's services as a client knows them, and bundles verified by them: needs the library ``sigstore``.

https://docs.sigstore.dev/about/bundle/; the file that describes services of one's own is a ``ClientTrustConfig``:
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
"""

import json
import logging
from pathlib import Path

from pydantic import ValidationError
from sigstore.errors import Error, TUFError
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier, policy

from ownconda.attestations.bundles import PAYLOAD_TYPE, Bundle
from ownconda.attestations.identities import Identity
from ownconda.errors import OutsideError, Where, WrongInputError

PUBLIC = "the public good instance of Sigstore"


def load_config(path: Path | None, *, refreshed: bool) -> ClientTrustConfig:
    """Load which services there are and which keys they have: of one's own, or of the public good instance.

    What is known of the latter comes with the library; only with ``refreshed`` it is asked whether that has changed.
    Raises OutsideError when it can't be read or asked, WrongInputError when it isn't such a file.
    """
    logging.getLogger("sigstore").addHandler(logging.NullHandler())  # what it warns of is told by our own errors
    if path is None:
        return _public(refreshed=refreshed)
    try:
        config = ClientTrustConfig.from_json(path.read_text("utf-8"))
        _ = config.signing_config, config.trusted_root.get_fulcio_certs()
    except OSError as error:
        raise OutsideError(f"the trust config can't be read: {error.strerror}", where=Where(file=path)) from error
    except (Error, ValueError) as error:
        raise WrongInputError(
            f"isn't a trust config of Sigstore: {_first(error)}",
            where=Where(file=path),
            hint="it is the ClientTrustConfig, as JSON, that whoever runs Sigstore for you gives out",
        ) from error
    return config


def what_is_wrong(bundle: Bundle, signer: Identity, config: ClientTrustConfig) -> str:
    """Say why a bundle isn't proved to be signed by this identity; nothing when it is.

    Nobody is asked: the certificate, the log's promise and its proof of inclusion are in the bundle.
    """
    try:
        content = SigstoreBundle.from_json(json.dumps(bundle.element))
        verified = Verifier(trusted_root=config.trusted_root).verify_dsse(content, _policy(signer))
    except Exception as error:  # noqa: BLE001  (whatever a bundle made to harm provokes: it proves nothing)
        return f"its certificate or signature doesn't hold: {_first(error)}"
    return "" if verified == (PAYLOAD_TYPE, bundle.payload) else "another statement is signed than it shows"


def _public(*, refreshed: bool) -> ClientTrustConfig:
    try:
        return ClientTrustConfig.production(offline=not refreshed)
    except (TUFError, OSError) as error:
        raise OutsideError(
            f"{PUBLIC} can't be asked for its keys: {_first(error)}",
            hint="for services of your own set signing.sigstore_config",
        ) from error


def _policy(signer: Identity) -> policy.VerificationPolicy:
    """Ask for the identity and for who vouched for it, which older certificates say in another extension."""
    issuer = policy.AnyOf([policy.OIDCIssuerV2(signer.issuer), policy.OIDCIssuer(signer.issuer)])
    return policy.AllOf([policy.Identity(identity=signer.name), issuer])


def _first(error: Exception) -> str:
    """Say in one line what is wrong."""
    if isinstance(error, ValidationError):
        told = error.errors()[0]
        return f"{'.'.join(map(str, told['loc']))}: {told['msg']}"
    return str(error).partition("\n")[0] or type(error).__name__
