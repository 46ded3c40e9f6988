"""Statements signed as the identity that an id token proves, with Sigstore's services: needs the library ``sigstore``.

Fulcio issues a certificate to the identity, for a key that is made for this and forgotten; Rekor, a public log,
witnesses when it signed what.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sigstore._internal.fulcio.client import FulcioClientError
from sigstore._internal.rekor import RekorClientError
from sigstore.dsse import Statement
from sigstore.errors import Error
from sigstore.models import ClientTrustConfig
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken
from sigstore.sign import Signer, SigningContext

from ownconda.attestations.bundles import bundle_array, read_bundles
from ownconda.attestations.identities import identity_in
from ownconda.attestations.sigstore_trust import what_is_wrong
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.http import reached

ENOUGH = timedelta(minutes=1)
"""What a certificate has to be valid for yet: the log takes its time to witness."""

NOTHING_SENT = "nothing was uploaded; try again later, or see signing.sigstore_config for which services are asked"


class SigstoreSigner:
    """Signs as the identity of a token, with one certificate as long as that is valid (some ten minutes)."""

    def __init__(self, token: IdentityToken, config: ClientTrustConfig, web: requests.Session) -> None:
        self._token, self._config = token, config
        self._services = _services(config, web)
        self._signer: Signer | None = None
        self._valid_until = datetime.min.replace(tzinfo=UTC)

    def sign(self, payload: bytes) -> Mapping[str, Any]:
        """Sign a Statement's JSON; gives the bundle, verified.

        Raises WrongInputError when the token has expired, OutsideError when a service can't be reached, refuses, or
        isn't the one that the trust config describes.
        """
        with _answering():
            signed = self._current().sign_dsse(Statement(payload))
        self._valid_until = signed.signing_certificate.not_valid_after_utc
        element: dict[str, Any] = json.loads(signed.to_json())
        self._check(element)
        return element

    def _current(self) -> Signer:
        if self._signer is None or datetime.now(UTC) + ENOUGH > self._valid_until:
            self._signer = Signer(self._token, self._services)
        return self._signer

    def _check(self, element: Mapping[str, Any]) -> None:
        """Verify what was signed as everybody else will: it can't be taken back."""
        [bundle] = read_bundles(bundle_array([element]))
        signer = identity_in(bundle.certificate)
        wrong = what_is_wrong(bundle, signer, self._config) if signer else "its certificate names no identity"
        if wrong:
            hint = f"does signing.sigstore_config describe these services as they are? {NOTHING_SENT}"
            raise OutsideError(f"what Sigstore signed can't be verified: {wrong}", hint=hint)


def read_token(text: str, *, variable: str) -> IdentityToken:
    """Read an id token, by its own words: who signed it is for Fulcio to verify.

    Raises WrongInputError when it isn't one, isn't meant for Sigstore or has expired.
    """
    try:
        return IdentityToken(text.strip())
    except IdentityError as error:
        reason = error.__cause__ or error
        raise _bad_token(str(reason), variable) from error


def _bad_token(reason: str, variable: str) -> WrongInputError:
    return WrongInputError(
        f"can't be used as an id token: {reason[:1].lower()}{reason[1:]}",
        where=Where(file=variable),
        hint=f"the job needs id_tokens: {{{variable}: {{aud: sigstore}}}}, which is valid as long as the job may run",
    )


def _services(config: ClientTrustConfig, web: requests.Session) -> SigningContext:
    """Give the services that sign, asked by way of ``web``: the library's own sessions wait for ever."""
    chosen = config.signing_config
    fulcio, rekor, authorities = chosen.get_fulcio(), chosen.get_tlogs()[0], chosen.get_tsas()
    for client in (rekor, *authorities):
        client._session.adapters = web.adapters  # type: ignore[attr-defined]  # noqa: SLF001  (it has no other way)
    fulcio.session.adapters = web.adapters
    return SigningContext(fulcio=fulcio, rekor=rekor, trusted_root=config.trusted_root, tsa_clients=authorities)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what may happen between us and the services into one clear error."""
    try:
        yield
    except ExpiredIdentity as error:
        raise WrongInputError(
            "the id token expired before all was signed", hint="upload fewer packages at a time; nothing was uploaded"
        ) from error
    except (FulcioClientError, RekorClientError) as error:
        raise _refused(error) from error
    except requests.RequestException as error:
        raise _unreachable(error) from error
    except (Error, KeyError, TypeError, ValueError) as error:
        told = str(error).partition("\n")[0]
        raise OutsideError(f"Sigstore's answer can't be used: {told}", hint=NOTHING_SENT) from error


def _refused(error: FulcioClientError | RekorClientError) -> OutsideError:
    answer = getattr(error.__cause__ or error.__context__, "response", None)
    if not isinstance(answer, requests.Response):
        return OutsideError(f"Sigstore's answer can't be used: {error}", hint=NOTHING_SENT)
    return OutsideError(
        f"it answers {answer.status_code}: {_message(answer)}", where=Where(file=answer.url), hint=NOTHING_SENT
    )


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason or "nothing more"


def _unreachable(error: requests.RequestException) -> OutsideError:
    url = str(getattr(error.request, "url", "") or "Sigstore")
    try:
        with reached(url):
            raise error
    except OutsideError as told:
        problem = told.problems[0]
        return OutsideError(problem.what, where=problem.where, hint=f"{problem.hint}; nothing was uploaded")
