"""Proxies: the web servers before a forge, which alone are believed when they tell of whoever asked them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ownconda.access.networks import Network, read_address, read_networks
from ownconda.errors import Where, WrongInputError

_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Where they are, and the headers in which they name a user that they authenticated and a client's certificate.

    A header that has no name is never read.
    """

    networks: tuple[Network, ...] = ()
    user_header: str = ""
    certificate_header: str = ""

    def trust(self, peer: str) -> bool:
        """Tell whether who connected to us is one of them."""
        address = read_address(peer) if self.networks else None
        return address is not None and any(address in network for network in self.networks)

    def trust_scheme(self, peer: str) -> bool:
        """Tell whether who connected to us is believed how clients speak to it: without any proxies, this machine."""
        if self.networks:
            return self.trust(peer)
        address = read_address(peer)
        return address is not None and address.is_loopback

    def origin(self, peer: str, forwarded: Sequence[str]) -> str:
        """Give the address that a request came from, by what the lines of ``X-Forwarded-For`` tell.

        Each proxy appends who asked it, so they are read from the right, as long as they are proxies' own: what
        stands left of the first stranger is what that stranger says. It is empty where one isn't an address.
        """
        passed = [one.strip() for line in forwarded for one in line.split(",")] if forwarded else []
        here = peer
        while passed and self.trust(here):
            here = passed.pop()
        return here if here == peer or read_address(here) else ""


def read_proxies(networks: Sequence[str], *, user_header: str, certificate_header: str) -> Proxies:
    """Read what settings say of them. Raises WrongInputError."""
    for name, header in (("user_header", user_header), ("certificate_header", certificate_header)):
        where = Where(file=f"forge.{name}")
        if header and not _HEADER.fullmatch(header):
            raise WrongInputError(f"{header!r} isn't a header's name", where=where, hint="such as X-Remote-User")
        if header and not networks:
            hint = "name the proxies' networks in forge.proxies: nobody else is believed"
            raise WrongInputError("is set, and there are no proxies", where=where, hint=hint)
    return Proxies(
        networks=read_networks(networks, "forge.proxies"),
        user_header=user_header,
        certificate_header=certificate_header,
    )
