"""Which client asks, and of which version, by how it introduces itself (``User-Agent``)."""

import re
from dataclasses import dataclass

KNOWN = (
    "micromamba",
    "mamba",
    "pixi",
    "rattler-build",
    "rattler",
    "conda-build",
    "conda",
    "libmamba",
    "ownconda",
    "uv",
    "pip",
    "curl",
    "wget",
    "python-requests",
)
"""Names of programs; where several stand in one line, such as mamba and its library, the first of these is it."""

BROWSER = "Mozilla"

_PRODUCT = re.compile(r"(?P<name>[A-Za-z][A-Za-z-]*)/(?P<version>\d+(?:\.\d+)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A program, and its version's first two numbers: each as far as it is known."""

    name: str
    version: str = ""


OTHER = Client(name="other")


def read_client(user_agent: str) -> Client:
    """Read how a client introduces itself (RFC 9110, 10.1.5)."""
    found = {match["name"].lower(): match["version"] or "" for match in _PRODUCT.finditer(user_agent)}
    name = next((one for one in KNOWN if one in found), None)
    if name is not None:
        return Client(name=name, version=found[name])
    return Client(name="browser") if user_agent.startswith(BROWSER) else OTHER
