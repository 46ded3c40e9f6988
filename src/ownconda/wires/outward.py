"""Connections that a server elsewhere can't lead into an organisation's own network."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

Pools = Mapping[str, type[HTTPConnectionPool]]


def outward_pools(own: str) -> Pools:
    """Give urllib3's pools for what begins at the host ``own``, by scheme.

    Where that host lies in the world, redirects and addresses in its answers may lead to hosts in the world only, not
    to this machine or its neighbours, whatever a name stands for at the moment (CWE-918, server-side request forgery).
    What is asked through a proxy is the proxy's to refuse.
    """
    begins = _Beginning(own)

    class Plain(_Outward, HTTPConnection):
        beginning = begins

    class Secure(_Outward, HTTPSConnection):
        beginning = begins

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Beginning:
    """The host that was meant, and whether it turned out to be one of ours: then it may name its neighbours."""

    def __init__(self, host: str) -> None:
        self._host = host.lower()
        self._is_inside = False

    def allows(self, host: str, address: str) -> bool:
        inside = _is_inside(address)
        if host.lower() == self._host:
            self._is_inside = inside
        return not inside or self._is_inside


if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class _Outward(_Base):
    """Looks where it arrived, before anything is sent."""

    beginning: _Beginning

    def _new_conn(self, *args: Any, **kwargs: Any) -> socket.socket:  # noqa: ANN401  (urllib3's own signature)
        made = super()._new_conn(*args, **kwargs)
        address = made.getpeername()[0]
        if not self.beginning.allows(self.host, address):
            made.close()
            raise NewConnectionError(self, f"{self.host} is {address}, which isn't for others to lead to")
        return made


def _is_inside(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not (mapped or address).is_global
