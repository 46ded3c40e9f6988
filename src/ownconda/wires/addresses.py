"""Addresses that may hold a user name and a password, as they may be told."""

import re

TOKENS = re.compile(r"(?<=[^/:\s])/t/[A-Za-z0-9-]+(?=/)")
"""A token in an address: ``https://conda.example.org/t/<token>/conda/stable``."""

_CREDENTIALS = re.compile(r"(?<=://)(?:([^/?#@:]*):)?[^/?#@]*@")


def without_credentials(url: str) -> str:
    """Give an address without the user name, the password and the token (conda's) in it."""
    return TOKENS.sub("", _CREDENTIALS.sub("", url))


def with_hidden_password(url: str) -> str:
    """Give an address with stars for its password and its token, as rattler writes it."""
    hidden = _CREDENTIALS.sub(lambda found: f"{found[1]}:********@" if found[1] is not None else found[0], url)
    return TOKENS.sub("/t/********", hidden)
