"""Which addresses are believed about who asked them."""

import pytest

from ownconda.access.proxies import read_proxies
from ownconda.errors import WrongInputError

PROXIES = read_proxies(["10.0.0.0/8", "fd00::/8"], user_header="", certificate_header="")


@pytest.mark.parametrize(
    ("peer", "forwarded", "origin"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.9, unknown"], ""),
        ("10.0.0.1", ["203.0.113.9,"], ""),
    ],
)
def test_the_right_most_address_that_is_no_proxy_is_the_origin(peer: str, forwarded: list[str], origin: str) -> None:
    assert PROXIES.origin(peer, forwarded) == origin


def test_without_proxies_nobody_is_believed_but_this_machine_about_tls() -> None:
    nobody = read_proxies([], user_header="", certificate_header="")
    assert not nobody.trust("127.0.0.1")
    assert [nobody.trust_scheme(peer) for peer in ("127.0.0.1", "::1", "10.0.0.1", "")] == [True, True, False, False]
    assert [PROXIES.trust_scheme(peer) for peer in ("127.0.0.1", "10.0.0.1")] == [False, True]


@pytest.mark.parametrize(
    ("networks", "header", "told"),
    [
        (["10.0.0.1/8"], "", "forge.proxies"),
        (["proxy"], "", "forge.proxies"),
        ([], "X-Remote-User", "there are no proxies"),
        (["10.0.0.0/8"], "X Remote", "isn't a header's name"),
    ],
)
def test_what_cannot_be_meant_is_told(networks: list[str], header: str, told: str) -> None:
    with pytest.raises(WrongInputError, match=told):
        read_proxies(networks, user_header=header, certificate_header="")
