"""Issuers: who vouches, by OpenID Connect, for pipelines or for people."""

import enum
from dataclasses import dataclass
from urllib.parse import urlsplit

from ownconda.errors import Where, WrongInputError


class Kind(enum.StrEnum):
    """For whom an issuer's tokens stand."""

    PIPELINES = "pipelines"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who is believed: ``url`` is the claim ``iss`` to the letter, ``audience`` whom its tokens have to be for.

    A GitLab may be two of them, one for each kind, since the audiences differ.
    """

    name: str
    url: str
    audience: str
    kind: Kind = Kind.PIPELINES


def read_issuer(name: str, *, url: str, kind: str, audience: str) -> Issuer:
    """Read an issuer. Raises WrongInputError that says which field can't be meant."""
    where = f"access.issuers.{name}"
    if not _is_address(url):
        hint = "as the issuer gives it, such as https://gitlab.example.org"
        raise WrongInputError(f"{url!r} is no address of an issuer", where=Where(file=f"{where}.url"), hint=hint)
    if kind not in set(Kind):
        raise WrongInputError(
            f"{kind!r} is no kind of issuer", where=Where(file=f"{where}.kind"), hint=f"there are {', '.join(Kind)}"
        )
    if not audience:
        hint = "whom tokens have to be for: set it, or for pipelines forge.public_url"
        raise WrongInputError("is empty", where=Where(file=f"{where}.audience"), hint=hint)
    return Issuer(name=name, url=url, audience=audience, kind=Kind(kind))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url and not (parts.query or parts.fragment or parts.username)
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
