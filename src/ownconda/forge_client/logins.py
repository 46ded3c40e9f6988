"""How somebody logged in to forges, so that their tokens can be renewed without them.

The file ``logins.json`` is in ``$XDG_STATE_HOME/ownconda`` (``~/.local/state/ownconda``), for its owner alone to read:
it holds refresh tokens, by the hosts of forges. Tokens themselves are in rattler's file, see `credentials`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import write_atomically

PART_LEFT = 3
"""A token is renewed when the third of its time is left, or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login to the forge at ``url``; the token was ``given`` and ``expires`` at times in milliseconds since 1970.

    It can be renewed with a ``certificate`` and its ``key``, which are files, or with the ``refresh_token`` that an
    ``issuer`` gave to the ``client_id``; otherwise only by somebody who logs in.
    """

    url: str
    given: int
    expires: int
    certificate: str = ""
    key: str = ""
    issuer: str = ""
    client_id: str = ""
    refresh_token: str = ""

    @property
    def renews(self) -> bool:
        """Whether nobody is needed to renew it."""
        return bool(self.certificate or self.refresh_token)

    def nears_its_end(self, now: int) -> bool:
        """Tell whether it is time for another token."""
        return now >= self.expires - (self.expires - self.given) // PART_LEFT


def logins_file(environment: Mapping[str, str]) -> Path:
    """Give the file's place (XDG base directory specification)."""
    home = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/")) / ".local" / "state"
    return Path(home) / "ownconda" / "logins.json"


def kept_logins(file: Path) -> dict[str, Login]:
    """Give all logins, by the forges' hosts. Raises WrongInputError when the file can't be read."""
    return {host: Login(**_known(fields)) for host, fields in _read(file).items() if _is_login(fields)}


def kept_login(file: Path, url: str) -> Login | None:
    """Give the login to the host of an address, if there is one. Raises WrongInputError."""
    return kept_logins(file).get(_host(url))


def keep_login(file: Path, login: Login) -> None:
    """Keep a login, instead of the one that is known of its host. Raises WrongInputError, OutsideError."""
    _write(file, kept_logins(file) | {_host(login.url): login})


def forget_login(file: Path, url: str) -> None:
    """Forget the login to the host of an address. Raises WrongInputError, OutsideError."""
    kept = kept_logins(file)
    if kept.pop(_host(url), None) is not None:
        _write(file, kept)


def _read(file: Path) -> dict[str, Any]:
    hint = "remove it, and log in again: ownconda login"
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    except ValueError as error:
        raise WrongInputError("isn't JSON", where=Where(file=file), hint=hint) from error
    if not isinstance(kept, dict):
        raise WrongInputError("has to be a JSON object", where=Where(file=file), hint=hint)
    return kept


def _write(file: Path, kept: Mapping[str, Login]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {host: {key: value for key, value in asdict(one).items() if value} for host, one in kept.items()}
    write_atomically(file, json.dumps(told, indent=2).encode(), mode=0o600)


def _is_login(fields: object) -> bool:
    return isinstance(fields, dict) and isinstance(fields.get("url"), str) and isinstance(fields.get("expires"), int)


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    names = Login.__dataclass_fields__
    return {"given": 0} | {name: value for name, value in fields.items() if name in names}


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
