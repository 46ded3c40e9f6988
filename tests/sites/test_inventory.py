"""What Sphinx's inventory tells, also when somebody else wrote it."""

import zlib

from ownconda.sites.inventory import explained, title_of

HEAD = b"# Sphinx inventory version 2\n# Project: Shop & Co\n# Version: 1.0\n# The rest is compressed using zlib.\n"
LINES = b"""index std:doc -1 index.html Welcome
shop.Basket py:class 1 api.html#$ -
the basket std:label -1 guide.html#the-basket The basket
nonsense
"""


def test_pages_and_names_are_told_with_where_they_are() -> None:
    found = list(explained(HEAD + zlib.compress(LINES)))
    assert [(one.title, one.address, one.is_page) for one in found] == [
        ("Welcome", "index.html", True),
        ("shop.Basket", "api.html#shop.Basket", False),
        ("The basket", "guide.html#the-basket", False),
    ]
    assert title_of(HEAD) == "Shop & Co"


def test_what_is_damaged_or_something_else_tells_nothing() -> None:
    for inventory in (b"", b"x" * 100, HEAD, HEAD + b"no zlib", b"# Sphinx inventory version 1\n"):
        assert list(explained(inventory)) == []
    assert title_of(b"<html>") == ""


def test_a_line_that_is_too_long_to_be_meant_is_passed_over() -> None:
    assert list(explained(HEAD + zlib.compress(b"a" * 2000 + b" std:doc -1 index.html -\n"))) == []
