"""What leads from one list of packages to another, as people tell it."""

import json
from dataclasses import replace

import pytest
from making import make_record

from ownconda.conda.package_changes import Kind, PackageChange, package_changes, upstream_link
from ownconda.conda.records import Record


def told(changes: tuple[PackageChange, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.kind.value, one.name, " ".join(one.before), " ".join(one.after)) for one in changes]


def build(version: str, number: int, subdir: str = "linux-64") -> Record:
    return make_record("zlib", version, build=f"h1_{number}", build_number=number, subdir=subdir)


def test_packages_are_new_updated_rebuilt_or_gone() -> None:
    before = [make_record("xz", "5.9"), make_record("old", "1"), build("1.3", 0)]
    after = [make_record("xz", "5.10"), make_record("fresh", "2"), build("1.3", 1)]
    assert told(package_changes(before, after)) == [
        ("new", "fresh", "", "2"),
        ("updated", "xz", "5.9", "5.10"),
        ("rebuilt", "zlib", "", "1.3 (build 1)"),
        ("removed", "old", "1", ""),
    ]


def test_older_versions_that_stay_are_not_told_of() -> None:
    kept = [build("1.2", 0), build("1.10", 0)]
    assert told(package_changes(kept, [*kept, build("1.11", 0)])) == [("updated", "zlib", "1.10", "1.11")]
    assert package_changes(kept, kept) == ()


def test_a_fix_of_an_older_line_follows_that_line() -> None:
    kept = [build("1.2.8", 0), build("1.10", 0)]
    assert told(package_changes(kept, [*kept, build("1.2.9", 0)])) == [("updated", "zlib", "1.2.8", "1.2.9")]


def test_several_versions_at_once_are_one_line() -> None:
    assert told(package_changes([build("1", 0)], [build("2", 0), build("10", 0)])) == [("updated", "zlib", "1", "2 10")]


def test_an_older_version_in_place_of_a_newer_one_is_a_downgrade() -> None:
    assert told(package_changes([build("2", 0)], [build("1", 0)])) == [("downgraded", "zlib", "2", "1")]


def test_what_is_yanked_is_told_as_yanked() -> None:
    bad, good = build("2", 0), build("1", 0)
    assert told(package_changes([good, bad], [good], yanked={bad.path})) == [("yanked", "zlib", "2", "")]
    assert told(package_changes([good, bad], [good])) == [("removed", "zlib", "2", "")]


def test_one_of_several_builds_that_goes_is_told_with_its_number() -> None:
    assert told(package_changes([build("2", 0), build("2", 1)], [build("2", 0)])) == [
        ("removed", "zlib", "2 (build 1)", "")
    ]


def test_subdirs_are_told_only_where_they_differ() -> None:
    def both(version: str) -> list[Record]:
        return [build(version, 0), build(version, 0, subdir="osx-arm64")]

    [same] = package_changes(both("1"), both("2"))
    assert same.subdirs == ()
    [other] = package_changes(both("1"), [*both("1"), build("2", 0)])
    assert other.subdirs == ("linux-64",)


def test_the_newest_package_says_where_upstream_tells_more() -> None:
    def about(link: str) -> str:
        return json.dumps({"home": link, "summary": "a\nlib\u202erary\x1b"})

    before = replace(build("1", 0), about=about("https://old.example"))
    after = replace(build("2", 0), about=about("https://new.example"))
    [change] = package_changes([before], [after])
    assert (change.kind, change.link, change.summary) == (Kind.UPDATED, "https://new.example", "a library")


@pytest.mark.parametrize(
    ("about", "link"),
    [
        ({}, ""),
        (
            {"home": "https://a.example", "doc_url": "https://a.example/docs/changelog"},
            "https://a.example/docs/changelog",
        ),
        ({"dev_url": "https://dev.example", "home": "https://a.example"}, "https://a.example"),
        ({"home": "javascript:alert(1)"}, ""),
        ({"home": "https://a.example/) [x](https://b.example"}, ""),
    ],
)
def test_only_addresses_become_links(about: dict[str, str], link: str) -> None:
    assert upstream_link(json.dumps(about)) == link
