"""channeldata.json, current_repodata.json and notices.json."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from making import make_record

from ownconda.conda.records import compact_json
from ownconda.repodata.channeldata import channeldata
from ownconda.repodata.current import current_entries, current_repodata
from ownconda.repodata.entries import Entry
from ownconda.repodata.notices import Level, Notice, notices_json

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def entry(name: str, version: str = "1.0", *, about: dict[str, Any] | None = None, **fields: object) -> Entry:
    record = make_record(name, version, **fields)  # type: ignore[arg-type]
    return Entry(record=replace(record, about=compact_json(about) if about else ""), indexed_at=1000)


def test_channeldata_sums_up_the_packages_of_a_name() -> None:
    told = json.loads(
        channeldata(
            [
                entry("zlib", "1.10", about={"summary": "new", "activate.d": True}, timestamp=1_700_000_002_000),
                entry("zlib", "1.9", about={"summary": "old", "home": "https://zlib.net"}, subdir="osx-64"),
                replace(entry("zlib", "2.0"), yanked=True),
            ]
        )
    )
    assert (told["channeldata_version"], told["subdirs"]) == (1, ["linux-64", "noarch", "osx-64"])
    assert told["packages"]["zlib"] == {
        "activate.d": True,
        "binary_prefix": False,
        "deactivate.d": False,
        "home": "https://zlib.net",
        "license": "BlueOak-1.0.0",
        "post_link": False,
        "pre_link": False,
        "pre_unlink": False,
        "run_exports": {},
        "subdirs": ["linux-64", "osx-64"],
        "summary": "new",
        "text_prefix": False,
        "timestamp": 1_700_000_002,
        "version": "1.10",
    }


def test_channeldata_has_the_run_exports_of_each_version_as_its_newest_package_says() -> None:
    def exporting(version: str, exports: str, time: int) -> Entry:
        made = entry("zlib", version, build=f"h{time}_0", timestamp=time)
        return replace(made, record=replace(made.record, run_exports=exports))

    entries = [exporting("1.0", '{"weak":["a"]}', 2), exporting("1.0", '{"weak":["b"]}', 1), exporting("2.0", "", 3)]
    assert json.loads(channeldata(entries))["packages"]["zlib"]["run_exports"] == {"1.0": {"weak": ["a"]}}


@pytest.mark.parametrize(
    ("entries", "chosen"),
    [
        ([("a", "1.9"), ("a", "1.10")], {"a-1.10"}),
        ([("a", "2"), ("a", "1"), ("b", "1", "a <2")], {"a-2", "a-1", "b-1"}),
        ([("a", "2"), ("a", "1"), ("b", "1", "a >=1")], {"a-2", "b-1"}),
        (
            [("a", "1", "b <2"), ("b", "2"), ("b", "1", "c <2"), ("c", "2"), ("c", "1")],
            {"a-1", "b-2", "b-1", "c-2", "c-1"},
        ),
        ([("a", "1", "missing >1")], {"a-1"}),
    ],
)
def test_current_repodata_has_the_newest_and_what_they_need(entries: list[tuple[str, ...]], chosen: set[str]) -> None:
    made = [entry(name, version, depends=list(depends)) for name, version, *depends in entries]
    assert {f"{each.record.name}-{each.record.version}" for each in current_entries(made)} == chosen


@pytest.mark.parametrize(
    ("tracking", "chosen"), [({"a-3", "a-2"}, {"a-3", "a-1"}), ({"a-2"}, {"a-3"}), ({"a-1", "a-2", "a-3"}, {"a-3"})]
)
def test_current_repodata_has_the_newest_that_tracks_no_feature(tracking: set[str], chosen: set[str]) -> None:
    made = [entry("a", str(number), track_features="f" if f"a-{number}" in tracking else "") for number in (1, 2, 3)]
    assert {f"{each.record.name}-{each.record.version}" for each in current_entries(made)} == chosen


def test_current_repodata_is_made_whatever_a_field_of_somebodys_own_holds() -> None:
    made = [entry("a", invented={"track_features": "f"})]
    assert [each.record.name for each in current_entries(made)] == ["a"]


def test_current_repodata_has_all_builds_of_a_version_and_none_that_is_yanked() -> None:
    made = [entry("a", build="h1_0"), entry("a", build="h2_1"), replace(entry("a", "2"), yanked=True)]
    told = json.loads(current_repodata("linux-64", made))
    assert list(told["packages.conda"]) == ["a-1.0-h1_0.conda", "a-1.0-h2_1.conda"]


def test_notices_are_told_until_they_expire() -> None:
    def notice(name: str, *, days: int) -> Notice:
        expires = NOW + timedelta(days=days)
        return Notice(id=name, message=f"about {name}", level=Level.WARNING, created_at=NOW, expires_at=expires)

    told = json.loads(notices_json([notice("old", days=-1), notice("new", days=1)], now=NOW))
    assert told == {
        "notices": [
            {
                "id": "new",
                "message": "about new",
                "level": "warning",
                "created_at": "2026-01-02T00:00:00+00:00",
                "expires_at": "2026-01-03T00:00:00+00:00",
            }
        ]
    }
