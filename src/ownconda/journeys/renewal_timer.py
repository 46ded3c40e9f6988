"""A timer of somebody's own systemd that renews their tokens while they use conda or pixi alone."""

from collections.abc import Mapping
from pathlib import Path

from ownconda.wires.files import write_atomically

NAME = "ownconda-login"
PASSED_ON = ("RATTLER_AUTH_FILE", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Variables that say where tokens and settings are; a timer doesn't get them from a shell."""

_SERVICE = """\
[Unit]
Description=Renew the tokens of ownconda login

[Service]
Type=oneshot
{environment}ExecStart={program} login --renew
"""
_TIMER = """\
[Unit]
Description=Renew the tokens of ownconda login each hour

[Timer]
OnStartupSec=1min
OnUnitActiveSec=1h
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
"""


def write_timer(environment: Mapping[str, str], program: Path) -> Path:
    """Write the timer and its service for a program, and give the folder that they are in. Raises OutsideError."""
    home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config"
    folder = Path(home) / "systemd" / "user"
    folder.mkdir(parents=True, exist_ok=True)
    named = [f"{key}={environment[key]}" for key in PASSED_ON if environment.get(key)]
    told = "".join(f"Environment={_quoted(one)}\n" for one in named)
    service = _SERVICE.format(environment=told, program=_quoted(str(program)).replace("$", "$$"))
    write_atomically(folder / f"{NAME}.service", service.encode())
    write_atomically(folder / f"{NAME}.timer", _TIMER.encode())
    return folder


def _quoted(text: str) -> str:
    """Write a text for systemd (systemd.syntax(7)): quoted, with the signs doubled that it would replace."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{kept}"'
