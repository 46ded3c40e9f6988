"""What surrounds a builder's process: the user, the host's name, the umask, the locale, the time zone."""

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from ownconda.wires import processes

_UMASKS = (0o027, 0o022)
_LOCALES = ("tr_TR.UTF-8", "POSIX")
_TIME_ZONES = ("Pacific/Chatham", "America/St_Johns")
_USERS = ("daemon", "bin")
_HOST_NAMES = ("elsewhere", "somewhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a builder's process is to find. Without a ``user`` it is who we are, on this host.

    ``changes`` says in words what is other than around us.
    """

    umask: int
    variables: Mapping[str, str] = field(default_factory=dict)
    user: int | None = None
    host_name: str = ""
    changes: tuple[str, ...] = ()

    def around(self, command: Sequence[str]) -> list[str]:
        """Give the command that runs ``command`` in these surroundings."""
        return [sys.executable, "-P", "-m", "ownconda.building.elsewhere", json.dumps(asdict(self)), *command]


def other_surroundings() -> Surroundings:
    """Choose surroundings that differ from ours in everything that can be changed here."""
    chosen = _others_for_anybody()
    name, user = _other_user()
    host_name = _other(_HOST_NAMES, socket.gethostname())
    whole = replace(
        chosen,
        user=user,
        host_name=host_name,
        changes=(f"user {os.getuid()} → {user} ({name})", f"host name → {host_name}", *chosen.changes),
    )
    return whole if _can_be(whole) else chosen


def _others_for_anybody() -> Surroundings:
    own = _own_umask()
    umask = next(one for one in _UMASKS if one != own)
    locale = _other(_LOCALES, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))
    zone = _other(_TIME_ZONES, os.environ.get("TZ", ""))
    return Surroundings(
        umask=umask,
        variables={"LANG": locale, "LC_ALL": locale, "TZ": zone},
        changes=(f"umask {own:03o} → {umask:03o}", f"locale → {locale}", f"time zone → {zone}"),
    )


def _can_be(surroundings: Surroundings) -> bool:
    """Try whether this system lets us be another user on another host."""
    return processes.run(surroundings.around([sys.executable, "-c", ""])).code == 0


def _other_user() -> tuple[str, int]:
    import pwd  # noqa: PLC0415  (Windows has none, and no command needs it there)

    known = {one.pw_name: one.pw_uid for one in pwd.getpwall()}
    for name in _USERS:
        if name in known and known[name] != os.getuid():
            return name, known[name]
    return "nobody known", os.getuid() + 1


def _own_umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


def _other(choices: Sequence[str], own: str) -> str:
    return next(one for one in choices if one != own)
