"""Tokens that are renewed by themselves: with a certificate, or with what an issuer gave for that."""

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import requests

from ownconda.access.moments import written_moment
from ownconda.errors import NoError, OutsideError, OwncondaError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.credentials import conda_token_file, credentials_file, store_conda_token, store_token
from ownconda.forge_client.device_login import SignIn, refreshed
from ownconda.forge_client.logins import Login, keep_login, kept_login, kept_logins, logins_file
from ownconda.wires.file_locks import alone

Web = Callable[[], requests.Session]


class EndedError(NoError):
    """A login can't be renewed any more: somebody has to log in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where tokens and logins are kept, those for ``conda`` by a forge's address.

    ``web`` opens a session for issuers, ``ca_file`` is for forges.
    """

    credentials: Path
    conda: Callable[[str], Path]
    logins: Path
    web: Web
    ca_file: Path | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process change what is kept: a refresh token may count only once."""
        with alone(self.logins.with_suffix(".lock")):
            yield


def keeping(environment: Mapping[str, str], web: Web, *, ca_file: Path | None) -> Keeping:
    """Give the usual places."""
    return Keeping(
        credentials=credentials_file(environment),
        conda=functools.partial(conda_token_file, environment),
        logins=logins_file(environment),
        web=web,
        ca_file=ca_file,
    )


def log_in_with_certificate(where: Keeping, forge: ForgeClient, certificate: Path, key: Path) -> tuple[str, Login]:
    """Exchange a certificate for a token, and keep both; give the name that it is for."""
    from ownconda.journeys.certificates import proof_for  # noqa: PLC0415  (so that `--help` stays quick)

    given = forge.token_for(proof_for(forge.url, certificate, key))
    login = Login(
        url=forge.url,
        given=milliseconds(),
        expires=_milliseconds(given.expires),
        certificate=str(certificate.absolute()),
        key=str(key.absolute()),
    )
    _keep(where, login, given.token)
    return given.name, login


def log_in_with_sign_in(
    where: Keeping, forge: ForgeClient, issuer: Mapping[str, str], signed: SignIn
) -> tuple[str, Login]:
    """Exchange a sign-in at an issuer for a token, and keep both; give the name that it is for."""
    login = Login(
        url=forge.url,
        given=0,
        expires=0,
        issuer=issuer["url"],
        client_id=issuer["client_id"],
        refresh_token=signed.refresh_token,
    )
    token = forge.mint(signed.id_token)
    with ForgeClient(forge.url, token=token, ca_file=where.ca_file) as known:
        told = known.ask("GET", "login")
    made = replace(login, given=milliseconds(), expires=_milliseconds(told.get("expires") or ""))
    _keep(where, made, token)
    return str(told["you"]), made


def renewed(where: Keeping, url: str, *, now: int) -> bool:
    """Renew the token for a forge if it nears its end; tell whether that was done.

    Raises EndedError when somebody has to log in again, OutsideError when nobody could be reached.
    """
    login = kept_login(where.logins, url)
    if login is None or not login.nears_its_end(now):
        return False
    with where.alone():
        login = kept_login(where.logins, url)  # another process may have been quicker
        if login is None or not login.nears_its_end(now):
            return False
        if not login.renews and now < login.expires:
            return False
        if not login.renews:
            raise _ended(login, f"the token for {login.url} was good until {written_moment(login.expires)}")
        with ForgeClient(login.url, ca_file=where.ca_file) as forge:
            _renew(where, forge, login)
    return True


def has_ended(where: Keeping, url: str, *, now: int) -> bool:
    """Tell whether the token for a forge is known to have expired."""
    login = kept_login(where.logins, url)
    return login is not None and now >= login.expires


def renew_all(where: Keeping, *, now: int) -> tuple[tuple[str, ...], tuple[OwncondaError, ...]]:
    """Renew what nears its end; give the forges whose tokens were renewed, and what kept others from it."""
    done: list[str] = []
    failed: list[OwncondaError] = []
    for login in kept_logins(where.logins).values():
        try:
            if renewed(where, login.url, now=now):
                done.append(login.url)
        except OwncondaError as error:
            failed.append(error)
    return tuple(done), tuple(failed)


def milliseconds() -> int:
    """Give the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _renew(where: Keeping, forge: ForgeClient, login: Login) -> None:
    try:
        if login.certificate:
            log_in_with_certificate(where, forge, Path(login.certificate), Path(login.key))
            return
        with where.web() as web:
            signed = refreshed(login.issuer, login.client_id, login.refresh_token, web=web)
        keep_login(where.logins, replace(login, refresh_token=signed.refresh_token))  # the one before counts no more
        issuer = {"url": login.issuer, "client_id": login.client_id}
        log_in_with_sign_in(where, forge, issuer, signed)
    except OutsideError:
        raise  # later it may go well
    except OwncondaError as error:
        if not login.certificate:
            keep_login(where.logins, replace(login, refresh_token=""))
        raise _ended(login, f"the login to {login.url} can't be renewed: {error.problems[0].what}") from error


def _ended(login: Login, what: str) -> EndedError:
    more = f" --certificate {login.certificate} --key {login.key}" if login.certificate else ""
    return EndedError(what, hint=f"log in again: ownconda login --forge {login.url}{more}")


def _keep(where: Keeping, login: Login, token: str) -> None:
    store_token(where.credentials, login.url, token)
    store_conda_token(where.conda(login.url), token)
    keep_login(where.logins, login)


def _milliseconds(moment: str) -> int:
    """Read a time; one that isn't told, by an older forge, is taken for half an hour from now."""
    if not moment:
        return milliseconds() + 30 * 60_000
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
