import pytest
from hypothesis import given, strategies

from ownconda.recipes.near_names import nearest, one_slip_away, slips

NAMES = slips(["numpy", "libpng", "r-xml2", "python", "openssl"])
WORDS = strategies.text("abcde-", min_size=5, max_size=9)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("nmupy", "numpy"),
        ("numppy", "numpy"),
        ("libpn", "libpng"),
        ("opnessl", "openssl"),
        ("r-xml3", None),
        ("r-xml", None),
        ("lpython", None),
        ("numba", None),
        ("numpy", None),
        ("nmpy", None),
    ],
)
def test_a_slip_is_one_character_left_out_added_or_swapped(name: str, meant: str | None) -> None:
    assert one_slip_away(name, NAMES) == meant


@given(WORDS, strategies.data())
def test_every_character_left_out_after_the_first_is_a_slip(name: str, data: strategies.DataObject) -> None:
    at = data.draw(strategies.integers(1, len(name) - 1))
    shortened = name[:at] + name[at + 1 :]
    if len(shortened) >= 5:
        assert one_slip_away(shortened, slips([name])) in {name, None if shortened[0] != name[0] else name}


def test_the_nearest_name_is_proposed() -> None:
    assert nearest("nmupy", ["zlib", "numpy"]) == "numpy"
    assert nearest("x", ["zlib", "numpy"]) is None
