"""The one door to HTTP: proxies, certificate authorities, netrc, retries and time-outs in one place.

`requests` honours ``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY`` and ``~/.netrc``; `truststore` brings the
system's certificate authorities; a company's own is added by the setting ``ca_file`` or, as everywhere,
``REQUESTS_CA_BUNDLE`` or ``SSL_CERT_FILE``.
"""

import http
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import truststore
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as BrokenTransfer
from urllib3.util import Retry

from ownconda import __version__
from ownconda.errors import OutsideError, Where
from ownconda.wires.addresses import TOKENS
from ownconda.wires.authorities import load_authorities
from ownconda.wires.outward import Pools

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s@]*(?:@[^/?#\s@]*)*@")
_OBJECT = re.compile(r"^(?:<[^>]*>|HTTPS?Connection\([^)]*\)): ")
_REFUSED = (
    http.HTTPStatus.UNAUTHORIZED,
    http.HTTPStatus.FORBIDDEN,
    http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
)


class UnreachableError(OutsideError):
    """Nobody answers there, or nobody who is trusted: asking again at once won't help."""


class BrokenOffError(OutsideError):
    """The answer began and didn't end: asking for the rest may help."""


class _TrustingAdapter(HTTPAdapter):
    """Verifies servers against the system's authorities and a company's own."""

    def __init__(self, context: ssl.SSLContext, *, retries: Retry, pools: Pools | None) -> None:
        self._context = context
        self._pools = pools
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (requests' own signature)
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        if self._pools:
            self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401  (likewise)
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, **kwargs)


class _Session(requests.Session):
    """Follows redirects, to anywhere but to what is no address."""

    def resolve_redirects(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401  (requests' own signature)
        try:
            yield from super().resolve_redirects(*args, **kwargs)
        except requests.exceptions.RequestException:
            raise
        except ValueError as error:
            raise requests.exceptions.InvalidURL(f"it leads to what is no address: {error}") from error


def session(
    *,
    ca_file: Path | None = None,
    retries: int = 3,
    environment: Mapping[str, str] | None = None,
    pools: Pools | None = None,
) -> requests.Session:
    """Make a session that every request of ownconda goes through.

    ``ca_file`` holds further certificate authorities (PEM); ``retries`` counts further tries after a refused
    connection or a 429, 502, 503 or 504 to a request that may be repeated; ``environment`` (by default the process's,
    which `requests` reads its proxies from in any case) names more authorities; ``pools`` make the connections (those
    of `ownconda.wires.outward`, or else urllib3's own). Raises WrongInputError when one of
    these files holds none.
    """
    environment = os.environ if environment is None else environment
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        load_authorities(context, ca_file, setting="the setting ca_file")
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        place = Path(environment.get(variable, ""))
        if place.is_dir() and environment.get(variable):
            context.load_verify_locations(capath=place)
        elif environment.get(variable):
            load_authorities(context, place, setting=variable)
    policy = Retry(
        total=retries,
        backoff_factor=0.3,
        status_forcelist=(429, 502, 503, 504),
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    made = _Session()
    made.headers["User-Agent"] = f"ownconda/{__version__}"
    adapter = _TrustingAdapter(context, retries=policy, pools=pools)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Turn what may happen on the way to ``url`` into one clear OutsideError.

    It is an UnreachableError when there was no answer at all. Credentials in the address are never told.
    """
    where = Where(file=redacted(url))
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise UnreachableError(
            f"its certificate isn't trusted: {_innermost(error)}",
            where=where,
            hint="set ca_file to your organisation's certificate authority",
        ) from error
    except requests.exceptions.ProxyError as error:
        raise UnreachableError(
            f"the proxy can't be used: {_innermost(error)}",
            where=where,
            hint="check HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
        ) from error
    except requests.exceptions.HTTPError as error:
        raise OutsideError(_answer(error.response), where=where, hint=_answer_hint(error.response)) from error
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        raise UnreachableError(
            f"can't be reached: {_innermost(error)}",
            where=where,
            hint="check the address, the network and the proxy settings",
        ) from error
    except (BrokenTransfer, requests.exceptions.ChunkedEncodingError) as error:
        raise BrokenOffError(
            f"the transfer broke off: {_innermost(error)}", where=where, hint="run the same command again"
        ) from error
    except requests.exceptions.RequestException as error:
        raise OutsideError(f"can't be used: {_innermost(error)}", where=where, hint="check the address") from error


def redacted(text: str) -> str:
    """Give a text back without the user names, passwords and tokens (conda's) of the addresses in it."""
    return TOKENS.sub("/t/***", _CREDENTIALS.sub("***@", text))


def _answer(response: requests.Response) -> str:
    return redacted(f"it answers {response.status_code} {response.reason or ''}".rstrip())


def _answer_hint(response: requests.Response) -> str:
    if response.status_code in _REFUSED:
        return "check the credentials: those in the address, or those for its host in netrc"
    return "check the address, or try again later"


def _innermost(error: BaseException) -> str:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return redacted(_OBJECT.sub("", str(reason or error)))
