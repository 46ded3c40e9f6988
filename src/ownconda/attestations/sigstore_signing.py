"""Statements signed as the identity that an id token proves, with Sigstore's services: needs the library ``sigstore``.

Fulcio issues a certificate to the identity, for a key that is made for this and forgotten; Rekor, a public log,
witnesses when it signed what.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sigstore._internal.fulcio.client import FulcioClientError
from sigstore._internal.rekor import RekorClientError
from sigstore.dsse import Statement
from sigstore.errors import Error
from sigstore.models import ClientTrustConfig, InvalidBundle
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken
from sigstore.sign import Signer, SigningContext

from ownconda.attestations.bundles import bundle_array, read_bundles
from ownconda.attestations.identities import identity_in
from ownconda.attestations.sigstore_config import in_short
from ownconda.attestations.sigstore_verifying import what_is_wrong
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.http import reached

ENOUGH = timedelta(minutes=1)
"""What a certificate has to be valid for yet: the log takes its time to witness."""

UNKNOWN = datetime.max.replace(tzinfo=UTC)

NOTHING_SENT = "nothing was uploaded; try again later, or see signing.sigstore_config for which services are asked"


class SigstoreSigner:
    """Signs as the identity of a token, with one certificate as long as that is valid (some ten minutes).

    Several threads may sign at a time. The services are asked by way of ``web``.
    """

    def __init__(self, token: IdentityToken, config: ClientTrustConfig, web: requests.Session) -> None:
        self._token, self._config, self._web = token, config, web
        chosen = config.signing_config
        self._log, self._clocks, self._issuing = chosen.get_tlogs()[0], chosen.get_tsas(), threading.Lock()
        self._signer: Signer | None = None
        self._valid_until = UNKNOWN

    def sign(self, payload: bytes) -> Mapping[str, Any]:
        """Sign a Statement's JSON; gives the bundle, verified.

        Raises WrongInputError when the token has expired, OutsideError when a service can't be reached, refuses, or
        isn't the one that the trust config describes.
        """
        with _answering():
            self._ask_by_way_of_web()
            signed = self._current().sign_dsse(Statement(payload))
        self._valid_until = signed.signing_certificate.not_valid_after_utc
        element: dict[str, Any] = json.loads(signed.to_json())
        self._check(element)
        return element

    def _ask_by_way_of_web(self) -> None:
        """Let the library's sessions, one a thread and service, use ours: its own know no time-out and no ca_file."""
        clients: tuple[Any, ...] = (self._log, *self._clocks)
        for client in clients:
            client._session.adapters = self._web.adapters  # noqa: SLF001  (there is no other way)

    def _current(self) -> Signer:
        """Give what signs, anew when its certificate is too old; its first signature shows until when that is valid."""
        with self._issuing:
            if self._signer is None or datetime.now(UTC) + ENOUGH > self._valid_until:
                self._signer, self._valid_until = Signer(self._token, self._services()), UNKNOWN
            return self._signer

    def _services(self) -> SigningContext:
        fulcio = self._config.signing_config.get_fulcio()
        fulcio.session.adapters = self._web.adapters
        return SigningContext(
            fulcio=fulcio, rekor=self._log, trusted_root=self._config.trusted_root, tsa_clients=self._clocks
        )

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
    except InvalidBundle as error:
        raise OutsideError(
            f"what Sigstore's services answer is no proof: {error}",
            hint="does the time stamp authority answer, if there is one? nothing was uploaded",
        ) from error
    except (Error, KeyError, TypeError, ValueError) as error:
        raise OutsideError(f"Sigstore's answer can't be used: {in_short(error)}", hint=NOTHING_SENT) from error


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
