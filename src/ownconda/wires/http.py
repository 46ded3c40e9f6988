"""The one door to HTTP: proxies, certificate authorities, netrc, retries and time-outs in one place.

`requests` honours ``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY`` and ``~/.netrc``; `truststore` brings the
system's certificate authorities; a company's own is added by the setting ``ca_file`` or, as everywhere,
``REQUESTS_CA_BUNDLE`` or ``SSL_CERT_FILE``.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import truststore
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ownconda import __version__
from ownconda.errors import OutsideError, Where

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0


class _TrustingAdapter(HTTPAdapter):
    """Verifies servers against the system's authorities and a company's own."""

    def __init__(self, context: ssl.SSLContext, *, retries: Retry) -> None:
        self._context = context
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (requests' own signature)
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)  # type: ignore[no-untyped-call]

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401  (likewise)
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)  # type: ignore[no-untyped-call]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, **kwargs)


def session(*, ca_file: Path | None = None, retries: int = 3) -> requests.Session:
    """Make a session that every request of ownconda goes through.

    ``ca_file`` holds further certificate authorities (PEM); ``retries`` counts further tries after a refused
    connection or a 429, 502, 503 or 504 to a request that may be repeated.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for extra in (ca_file, os.environ.get("REQUESTS_CA_BUNDLE"), os.environ.get("SSL_CERT_FILE")):
        if extra:
            _add_authority(context, Path(extra))
    policy = Retry(
        total=retries,
        backoff_factor=0.3,
        status_forcelist=(429, 502, 503, 504),
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    made = requests.Session()
    made.headers["User-Agent"] = f"ownconda/{__version__}"
    adapter = _TrustingAdapter(context, retries=policy)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


def _add_authority(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise OutsideError(
            f"can't be read as certificate authorities: {error}",
            where=Where(file=file),
            hint="it has to be a PEM file; check ca_file, REQUESTS_CA_BUNDLE and SSL_CERT_FILE",
        ) from error


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Turn what may happen on the way to ``url`` into one clear OutsideError."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise OutsideError(
            f"its certificate isn't trusted: {_innermost(error)}",
            where=Where(file=url),
            hint="set ca_file to your organisation's certificate authority",
        ) from error
    except requests.exceptions.ProxyError as error:
        raise OutsideError(
            f"the proxy can't be used: {_innermost(error)}",
            where=Where(file=url),
            hint="check HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
        ) from error
    except requests.exceptions.RequestException as error:
        raise OutsideError(
            f"can't be reached: {_innermost(error)}",
            where=Where(file=url),
            hint="check the address, the network and the proxy settings",
        ) from error


def _innermost(error: BaseException) -> str:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return str(reason or error)
