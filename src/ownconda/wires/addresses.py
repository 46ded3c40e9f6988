"""Addresses that may hold a user name and a password, as they may be told."""

import re

_CREDENTIALS = re.compile(r"(?<=://)(?:([^/?#@:]*):)?[^/?#@]*@")


def without_credentials(url: str) -> str:
    """Give an address without the user name and the password in it."""
    return _CREDENTIALS.sub("", url)


def with_hidden_password(url: str) -> str:
    """Give an address with stars for its password, as rattler writes it."""
    return _CREDENTIALS.sub(lambda found: f"{found[1]}:********@" if found[1] is not None else found[0], url)
