"""Where a package comes from, asked of a forge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgesWord:
    """What a forge knows of a checksum: of a package, or of a source and the packages that were made from it.

    ``entered`` are the acts by which it entered and left channels, ``files`` those in it that tell its sources,
    ``sidecars`` addresses below the forge's, by channel and kind, ``kept`` the sources that the forge has, as
    ``<checksum>/<file>``.
    """

    package: Mapping[str, Any] = field(default_factory=dict)
    entered: tuple[Mapping[str, Any], ...] = ()
    sidecars: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    made: tuple[Mapping[str, Any], ...] = ()
    count: int = 0


def ask_whence(forge: ForgeClient, sha256: str) -> ForgesWord:
    """Ask a forge. Raises WrongInputError when it knows nothing of it."""
    told = forge.ask("GET", f"whence/{quote(sha256, safe='')}")
    if "package" in told:
        return ForgesWord(
            package=told["package"],
            entered=tuple(told["entered"]),
            sidecars=told["sidecars"],
            files={name: text.encode() for name, text in told["files"].items()},
            kept=tuple(told["kept_sources"]),
        )
    return ForgesWord(kept=tuple(told["source"]["kept"]), made=tuple(told["packages"]), count=told["count"])
