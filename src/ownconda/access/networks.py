"""Networks (CIDR), and the addresses in them."""

import ipaddress
from collections.abc import Iterable

from ownconda.errors import Where, WrongInputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(texts: Iterable[str], place: str) -> tuple[Network, ...]:
    """Read networks that the setting ``place`` names. Raises WrongInputError."""
    return tuple(_read_network(text, place) for text in texts)


def read_address(text: str) -> Address | None:
    """Read an address, None where it is none; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _read_network(text: str, place: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        hint = "such as 10.0.0.0/8 or 2001:db8::/32"
        raise WrongInputError(f"{error}", where=Where(file=place), hint=hint) from error
