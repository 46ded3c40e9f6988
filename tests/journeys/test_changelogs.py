"""A changelog as people read it."""

import pytest

from ownconda.conda.package_changes import Kind, PackageChange
from ownconda.forge_client.news import Changelog
from ownconda.journeys.changelogs import as_html, as_markdown, as_text, shortened, title

LOG = Changelog(
    channel="stable",
    before="stable",
    after="staging",
    snapshots=(1, 2),
    changes=(
        PackageChange(name="own_tool", kind=Kind.NEW, after=("1.0",), summary="does <it> *all*"),
        PackageChange(
            name="xz", kind=Kind.UPDATED, before=("5.4",), after=("5.6", "5.8"), link="https://xz.example/news"
        ),
        PackageChange(name="zlib", kind=Kind.REBUILT, after=("1.3 (build 1)",), subdirs=("linux-64",)),
        PackageChange(name="bad", kind=Kind.YANKED, before=("2",)),
    ),
)


def test_text_fits_a_terminal() -> None:
    assert as_text(LOG, since="2026-12-01") == (
        "stable: 1 new, 1 updated, 1 rebuilt, 1 yanked\n"
        "In stable from 2026-12-01.\n"
        "\nNew:\n"
        "  own_tool  1.0\n"
        "\nUpdated:\n"
        "  xz        5.4 → 5.6, 5.8\n"
        "            https://xz.example/news\n"
        "\nRebuilt:\n"
        "  zlib      1.3 (build 1) (linux-64 only)\n"
        "\nYanked (not offered any more, the files stay):\n"
        "  bad       2\n"
    )


def test_markdown_has_links_and_escapes_what_packages_say() -> None:
    told = as_markdown(LOG, since="2026-12-01")
    assert told.startswith("# stable: 1 new, 1 updated, 1 rebuilt, 1 yanked\n\nIn stable from 2026-12-01.\n\n## New\n")
    assert "- **own\\_tool** 1.0: does \\<it\\> \\*all\\*\n" in told
    assert "- [xz](https://xz.example/news) 5.4 → 5.6, 5.8\n" in told


def test_nobody_is_called_by_what_a_package_says_of_itself() -> None:
    change = PackageChange(name="a", kind=Kind.NEW, after=("1",), summary="for @all of you")
    log = Changelog(channel="stable", before="", after="", snapshots=(1, 2), changes=(change,))
    assert "@all" not in as_markdown(log)


def test_html_escapes_what_packages_say() -> None:
    page = as_html(LOG)
    assert "<title>stable: 1 new, 1 updated, 1 rebuilt, 1 yanked</title>" in page
    assert '<td><a href="https://xz.example/news">xz</a></td><td>5.4 → 5.6, 5.8</td>' in page
    assert "does &lt;it&gt; *all*" in page
    assert "<it>" not in page


def test_nothing_is_told_as_nothing() -> None:
    empty = Changelog(channel="stable", before="", after="", snapshots=(1, 1), changes=())
    assert title(empty) == "stable: nothing changes"


@pytest.mark.parametrize("longest", [120, 300, 5000])
def test_a_long_message_ends_with_a_whole_line_and_says_so(longest: int) -> None:
    text = "".join(f"line {number}\n" for number in range(100))
    short = shortened(text, longest=longest)
    assert len(short) <= longest
    assert short == text or short.splitlines()[-1].startswith("… and more")
    assert set(short.splitlines()[:-1]) <= set(text.splitlines())
