"""Bundles that were signed with a certificate of Sigstore, verified: needs the library ``sigstore``."""

import json

from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier, policy

from ownconda.attestations.bundles import PAYLOAD_TYPE, Bundle
from ownconda.attestations.identities import Identity
from ownconda.attestations.sigstore_config import in_short


def what_is_wrong(bundle: Bundle, signer: Identity, config: ClientTrustConfig) -> str:
    """Say why a bundle isn't proved to be signed by this identity; nothing when it is.

    Nobody is asked: the certificate, and the log's promise and proof of inclusion, are in the bundle.
    """
    try:
        content = SigstoreBundle.from_json(json.dumps(bundle.element))
        verified = Verifier(trusted_root=config.trusted_root).verify_dsse(content, _policy(signer))
    except Exception as error:  # noqa: BLE001  (whatever a bundle made to harm provokes: it proves nothing)
        return f"its certificate or signature doesn't hold: {in_short(error)}"
    return "" if verified == (PAYLOAD_TYPE, bundle.payload) else "another statement is signed than it shows"


def _policy(signer: Identity) -> policy.VerificationPolicy:
    """Ask for the identity and for who vouched for it, which older certificates say in another extension."""
    issuer = policy.AnyOf([policy.OIDCIssuerV2(signer.issuer), policy.OIDCIssuer(signer.issuer)])
    return policy.AllOf([policy.Identity(identity=signer.name), issuer])
