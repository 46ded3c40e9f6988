"""The address by which a client sees this forge."""

from starlette.requests import Request


def own_address(request: Request) -> str:
    """Give it without a slash at its end; a web server in front tells by ``X-Forwarded-Proto`` that it speaks TLS.

    Who makes that up only misleads himself: what is answered with it is kept by address.
    """
    scheme = request.headers.get("x-forwarded-proto", "")
    url = request.base_url.replace(scheme=scheme) if scheme in {"http", "https"} else request.base_url
    return str(url).rstrip("/")
