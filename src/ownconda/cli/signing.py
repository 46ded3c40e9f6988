"""What uploads are signed with, and whose signatures are trusted, from settings, options and a job's id token."""

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ownconda.attestations.bundles import Bundle, Sign, signed_bundle
from ownconda.errors import OutsideError
from ownconda.settings.builds import SigningSettings
from ownconda.settings.tree import Settings
from ownconda.wires.http import session

if TYPE_CHECKING:
    from ownconda.attestations.identities import Identity
    from ownconda.journeys.attesting import Trust

ID_TOKEN = "SIGSTORE_ID_TOKEN"  # noqa: S105  (its name)
"""The variable that sigstore's tools read in a job of GitLab: https://docs.gitlab.com/ci/yaml/signing_examples/"""


def signing(chosen: Settings) -> Sign | None:
    """Give what uploads are signed with: the key of the settings, else the identity of the job's id token, if any.

    Raises OutsideError when the key, or what an id token needs, isn't there, WrongInputError when it can't be used.
    """
    if chosen.signing.key:
        from ownconda.attestations.keys import load_private_key  # noqa: PLC0415  (cryptography is loaded to sign alone)

        key = load_private_key(chosen.signing.key, str(chosen.signing.passphrase))
        return functools.partial(signed_bundle, key=key)
    if token := os.environ.get(ID_TOKEN, "").strip():
        return _signing_by_token(token, chosen)
    return None


def trust(chosen: SigningSettings, *, keys: Iterable[Path], identities: Iterable[tuple[str, str]]) -> "Trust":
    """Give who is trusted: by the settings, and beside them these public keys, and identities with their issuers."""
    from ownconda.attestations.identities import Identity  # noqa: PLC0415  (cryptography is loaded to verify alone)
    from ownconda.attestations.keys import load_public_keys  # noqa: PLC0415  (likewise)
    from ownconda.journeys.attesting import Trust  # noqa: PLC0415  (likewise)

    named = (*chosen.trusted_identities.items(), *identities)
    return Trust(
        keys=load_public_keys((*chosen.trusted_keys, *keys)),
        identities=frozenset(Identity(name=name, issuer=issuer) for name, issuer in named),
        what_is_wrong=_verifying(chosen.sigstore_config),
    )


def _signing_by_token(token: str, chosen: Settings) -> Sign:
    _need_library(f"{ID_TOKEN} is set, and to sign with it", instead=f"unset {ID_TOKEN} to upload without signatures")
    from ownconda.attestations.sigstore_config import load_config  # noqa: PLC0415  (an extra)
    from ownconda.attestations.sigstore_signing import SigstoreSigner, read_token  # noqa: PLC0415  (likewise)

    identity = read_token(token, variable=ID_TOKEN)
    config = load_config(chosen.signing.sigstore_config, refreshed=True)
    return SigstoreSigner(identity, config, session(ca_file=chosen.ca_file)).sign


def _verifying(config: Path | None) -> "Callable[[Bundle, Identity], str]":
    """Give what judges bundles with certificates; the library is loaded when there is one to judge."""
    loaded = None

    def what_is_wrong(bundle: Bundle, signer: "Identity") -> str:
        nonlocal loaded
        _need_library("to verify signatures by certificates", instead="trust keys alone")
        from ownconda.attestations import sigstore_config, sigstore_verifying  # noqa: PLC0415  (an extra)

        loaded = loaded or sigstore_config.load_config(config, refreshed=False)
        return sigstore_verifying.what_is_wrong(bundle, signer, loaded)

    return what_is_wrong


def _need_library(purpose: str, *, instead: str) -> None:
    try:
        import sigstore  # noqa: F401, PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise OutsideError(
            f"{purpose}, the library sigstore is needed, which isn't installed",
            hint=f"pip install 'ownconda[sigstore]', or {instead}",
        ) from error
