"""Tokens of people who logged in, where clients look for them.

rattler's programs (pixi, rattler-build, py-rattler) have a file of JSON, ``~/.rattler/credentials.json`` or where
``RATTLER_AUTH_FILE`` says: ``{"conda.example.org": {"BearerToken": "own-…"}}``. conda has a file for each server.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import disk_error, make_folder, write_atomically

KIND = "BearerToken"
OWNER_ALONE = 0o600


def credentials_file(environment: Mapping[str, str]) -> Path:
    """Give the file's place."""
    named = environment.get("RATTLER_AUTH_FILE")
    return Path(named) if named else Path(environment.get("HOME", "/")) / ".rattler" / "credentials.json"


def stored_token(file: Path, url: str) -> str:
    """Give the token that is kept for the host of an address; empty where there is none. Raises WrongInputError."""
    kept = _read(file).get(_host(url))
    token = kept.get(KIND) if isinstance(kept, dict) else None
    return token if isinstance(token, str) else ""


def store_token(file: Path, url: str, token: str) -> None:
    """Keep a token for the host of an address, for its owner alone to read. Raises WrongInputError."""
    _write(file, _read(file) | {_host(url): {KIND: token}})


def forget_token(file: Path, url: str) -> None:
    """Forget what is kept for the host of an address. Raises WrongInputError."""
    kept = _read(file)
    if kept.pop(_host(url), None) is not None:
        _write(file, kept)


def conda_token_file(environment: Mapping[str, str], url: str) -> Path:
    """Give the file in which conda looks for the token of a forge (``conda.gateways.anaconda_client``).

    It is called by its address, at whose end a slash stands: conda sends the token to all addresses that begin so.
    """
    named = environment.get("BINSTAR_CONFIG_DIR")
    settings = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    folder = Path(named) / "data" if named else settings / "binstar"
    return folder / f"{quote_plus(url.rstrip('/') + '/')}.token"


def store_conda_token(file: Path, token: str) -> None:
    """Keep a token for conda, for its owner alone to read. Raises OutsideError."""
    make_folder(file.parent)
    write_atomically(file, token.encode(), mode=OWNER_ALONE)


def forget_conda_token(file: Path) -> None:
    """Let conda have a token no more. Raises OutsideError."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, file) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    except ValueError as error:
        raise WrongInputError(
            "isn't JSON", where=Where(file=file), hint="rattler's programs keep tokens in it"
        ) from error
    if not isinstance(kept, dict):
        raise WrongInputError("has to be a JSON object", where=Where(file=file))
    return kept


def _write(file: Path, kept: Mapping[str, Any]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(file, json.dumps(kept, indent=2).encode(), mode=OWNER_ALONE)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
