"""The address by which clients see this forge."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from ownconda.access.proxies import Proxies
from ownconda.errors import Where, WrongInputError


def own_address(request: HTTPConnection) -> str:
    """Give it without a slash at its end: the one that is set (``forge.public_url``), or else the one asked for.

    In that case a web server in front tells by ``X-Forwarded-Proto`` that it speaks TLS: one of the proxies that are
    set, or else one on this machine. Believed from anybody, what is answered could be kept for others in front of us.
    """
    public: str = request.app.state.public_url
    if public:
        return public
    proxies: Proxies = request.app.state.proxies
    believed = proxies.trust_scheme(request.client.host if request.client else "")
    scheme = request.headers.get("x-forwarded-proto", "") if believed else ""
    url = request.base_url.replace(scheme=scheme) if scheme in {"http", "https"} else request.base_url
    return str(url).rstrip("/")


def read_public_url(text: str) -> str:
    """Read the setting ``forge.public_url``; empty when there is none. Raises WrongInputError."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
    except ValueError:
        sound = False
    if not sound or parts.username or parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise WrongInputError(
            f"{text[:200]!r} isn't an address that clients could ask",
            where=Where(file="forge.public_url"),
            hint="such as https://conda.example.org",
        )
    return text.rstrip("/")
