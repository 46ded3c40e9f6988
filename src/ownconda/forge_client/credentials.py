"""Rattler's file of credentials, which pixi, rattler-build and py-rattler read: ``{"<host>": {"BearerToken": …}}``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import write_atomically

_KIND = "BearerToken"
_PRIVATE = 0o600


def credentials_file(environment: Mapping[str, str]) -> Path:
    """Give the file: the one that ``RATTLER_AUTH_FILE`` names, or the one in the user's home."""
    named = environment.get("RATTLER_AUTH_FILE")
    return Path(named) if named else Path(environment.get("HOME", "/")) / ".rattler" / "credentials.json"


def stored_token(path: Path, url: str) -> str:
    """Give the token that is kept for the host of an address, empty where there is none."""
    entry = _read(path).get(_host(url)) if path.is_file() else None
    token = entry.get(_KIND) if isinstance(entry, dict) else None
    return token if isinstance(token, str) else ""


def store_token(path: Path, url: str, token: str) -> None:
    """Keep a token for the host of an address, for this user alone; what else the file holds stays."""
    entries = _read(path) if path.exists() else {}
    entries[_host(url)] = {_KIND: token}
    write_atomically(path, json.dumps(entries, indent=2).encode(), mode=_PRIVATE)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""  # a port makes no difference to rattler


def _read(path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise WrongInputError(f"can't be read: {error}", where=Where(file=path)) from error
    if not isinstance(entries, dict):
        raise WrongInputError("isn't a file of credentials", where=Where(file=path), hint="it holds a JSON object")
    return entries
