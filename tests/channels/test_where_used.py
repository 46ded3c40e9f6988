"""Where packages are used, told from records and from what became of them in channels."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import make_record
from sqlalchemy import update

from ownconda.channels.ledger.ledger import Ledger, create_ledger, open_ledger
from ownconda.channels.ledger.schema import SNAPSHOTS
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind
from ownconda.channels.telling.announced import Announced, announced, note_announced
from ownconda.channels.telling.reports import Report, holders, take_report
from ownconda.channels.telling.where_used import Span, dependents, where_used
from ownconda.conda.records import Record
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.wires.database import transaction
from ownconda.wires.database_server import Server


@pytest.fixture
def ledger(tmp_path: Path, database: Server | None) -> Iterator[Ledger]:
    place = database or tmp_path / "ledger.sqlite"
    create_ledger(place, ["testing", "stable"], at=1)
    opened = open_ledger(place)
    yield opened
    opened.close()


def commit(ledger: Ledger, channel: str, **change: tuple[Entry, ...]) -> int:
    draft = Draft(channel=channel, kind=Kind.UPLOAD, change=Change(**change), author="ann", reason="", at=2)  # type: ignore[arg-type]
    [snapshot] = ledger.commit([draft], {channel: ledger.head(channel)})
    return snapshot.id


def entry(record: Record, *, yanked: bool = False) -> Entry:
    return Entry(record=record, indexed_at=1, yanked=yanked)


def needing(*specs: str, subdir: str = "linux-64", **fields: object) -> Record:
    return make_record("user", depends=list(specs), subdir=subdir, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "counts"),
    [
        (needing("zlib"), True),
        (needing("zlib >=1,<2"), True),
        (needing("zlib >=2"), False),
        (needing("zlib 1.0 other_0"), False),
        (needing("zlib-ng"), False),
        (needing("zlib", subdir="osx-arm64"), False),
        (needing("zlib", subdir="noarch"), True),
        (needing("python", extra_depends={"fast": ["zlib >=1"]}), True),
        (make_record("user", constrains=["zlib <2"]), False),
    ],
)
def test_who_can_be_served_by_a_package_needs_it(record: Record, counts: bool) -> None:  # noqa: FBT001  (a parameter)
    assert bool(dependents({1: record}, [make_record("zlib")])) is counts


def test_yanked_and_offered_again_are_two_spans(ledger: Ledger) -> None:
    zlib = make_record("zlib")
    came = commit(ledger, "testing", added=(entry(zlib),))
    promoted = commit(ledger, "stable", added=(entry(zlib),))
    yanked = commit(ledger, "testing", added=(entry(zlib, yanked=True),), removed=(entry(zlib),))
    back = commit(ledger, "testing", added=(entry(zlib),), removed=(entry(zlib, yanked=True),))
    gone = commit(ledger, "stable", removed=(entry(zlib),))
    [chosen] = where_used(ledger, "zlib").chosen
    assert chosen.spans == (
        Span(channel="stable", since=promoted, until=gone),
        Span(channel="testing", since=came, until=yanked),
        Span(channel="testing", since=back),
    )


def test_snapshots_that_expired_are_not_told(ledger: Ledger) -> None:
    zlib = make_record("zlib")
    expired = commit(ledger, "testing", added=(entry(zlib),))
    kept = commit(ledger, "testing", added=(entry(make_record("xz")),))
    with transaction(ledger.engine, immediate=True) as connection:
        connection.execute(update(SNAPSHOTS).where(SNAPSHOTS.c.id == expired).values(expired=True))
    [chosen] = where_used(ledger, "zlib").chosen
    assert chosen.spans == (Span(channel="testing", since=kept),)


@pytest.mark.parametrize("spec", ["zlib", "zlib 1.*", "z*", "zlib[subdir=linux-64]", "ZLIB"])
def test_specs_of_every_kind_choose(ledger: Ledger, spec: str) -> None:
    commit(ledger, "testing", added=(entry(make_record("zlib")), entry(needing("zlib")), entry(make_record("xz"))))
    found = where_used(ledger, spec)
    assert [one.record.name for one in found.chosen] == ["zlib"]
    assert [one.record.name for one in found.dependents] == ["user"]


@pytest.mark.parametrize("spec", ["nix", "", "zlib ="])
def test_what_chooses_nothing_is_told(ledger: Ledger, spec: str) -> None:
    with pytest.raises(WrongInputError):
        where_used(ledger, spec)


def test_a_ledger_that_was_made_before_there_were_these_tables_gets_them(tmp_path: Path) -> None:
    create_ledger(tmp_path / "ledger.sqlite", ["testing"], at=1)
    open_ledger(tmp_path / "ledger.sqlite").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as older:
        older.executescript("DROP TABLE reported; DROP TABLE reports; DROP TABLE announcements; DROP TABLE notices")
    again = open_ledger(tmp_path / "ledger.sqlite")
    try:
        take_report(again.engine, Report(kind="lock", name="a", author="ann", at=1, files={"x": "1" * 64}))
        assert [one.name for one in holders(again.engine, ["1" * 64])] == ["a"]
        change = Announced(channel="testing", before=1, after=2, targets=("mail:1",))
        for _ in range(2):
            note_announced(again.engine, change, author="ann", at=1)
        assert announced(again.engine, "testing", 1, 2) == change
        assert announced(again.engine, "testing", 1, 3).targets == ()
    finally:
        again.close()
