"""A channel's page as one file beside its index, for those who let a web server hand out the folder alone."""

import base64
import contextlib
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.forge.templates import content_of
from ownconda.wires.files import write_atomically

FILE = "index.html"
_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def show_static_page(channel: Path) -> None:
    """Bring the page in a channel's folder up to date; it reads what lies there, so that nothing else changes it.

    A channel without a folder has none yet. When the disk refuses, it stays as it is: clients don't need it.
    """
    file = channel / FILE
    with contextlib.suppress(OSError, OutsideError):
        if channel.is_dir() and (not file.is_file() or file.read_bytes() != static_page()):
            write_atomically(file, static_page(), durable=False)


@cache
def static_page() -> bytes:
    """Give the page, which is the same for all channels and needs no other file but the index."""
    style, script = content_of("forge.css").decode(), _file("page.js")
    filled = {"POLICY": _POLICY.format(style=_digest(style), script=_digest(script)), "STYLE": style, "SCRIPT": script}
    parts = _file("page.html").split("@@")  # text, name, text, name, …, text
    return "".join(filled[part] if number % 2 else part for number, part in enumerate(parts)).encode()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
