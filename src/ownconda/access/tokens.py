"""Tokens: made once, shown once, kept as hashes, compared in constant time."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from ownconda.errors import WrongInputError

PREFIX = "own-"
WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a forge knows of a token: name, sha256, when it was made (in ms since 1970), what it may."""

    name: str
    sha256: str
    created: int
    may: frozenset[str]


def make_token(name: str, *, at: int, may: Iterable[str] = (WRITE,)) -> tuple[str, Token]:
    """Make a token; give its text, which nobody can find out again, and what the forge keeps of it.

    Raises WrongInputError for a name that nobody could read in a channel's history.
    """
    if not name.strip() or not name.isprintable():
        raise WrongInputError(f"{name!r} can't be a token's name", hint="call it after who or what will use it")
    text = PREFIX + secrets.token_hex(32)  # conda takes letters, digits and "-" alone for a token in an address
    return text, Token(name=name, sha256=hash_of(text), created=at, may=frozenset(may))


def find_token(tokens: Iterable[Token], text: str) -> Token | None:
    """Give the token that this text is; the time this takes tells nothing about the others."""
    presented = hash_of(text)
    found: Token | None = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, presented):
            found = token
    return found


def hash_of(text: str) -> str:
    """Give what is kept of a token. It has 256 random bits, so a plain hash can't be turned back."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
