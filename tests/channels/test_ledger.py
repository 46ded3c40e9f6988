import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_record
from sqlalchemy import Connection, event, text

from ownconda.attestations.sidecars import Sidecars
from ownconda.channels.kept_verdicts import KeptVerdict, Reason
from ownconda.channels.ledger.ledger import Ledger, create_ledger, open_ledger
from ownconda.channels.ledger.verdicts import keep_refusals, refusals_between, verdicts_on
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind, MissingError, Snapshot
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.wires.database import transaction
from ownconda.wires.database_server import Server


@pytest.fixture
def place(tmp_path: Path, database: Server | None) -> Path | Server:
    """Where a ledger is: in a file, or on a server."""
    return database or tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(place: Path | Server) -> Iterator[Ledger]:
    create_ledger(place, ["testing", "stable"], at=5)
    made = open_ledger(place)
    yield made
    made.close()


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[Ledger]:
    create_ledger(tmp_path / "ledger.sqlite", ["testing", "stable"], at=5)
    made = open_ledger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def entry(record: Record, at: int = 1) -> Entry:
    return Entry(record=record, indexed_at=at)


def commit(ledger: Ledger, parent: Snapshot, change: Change) -> Snapshot:
    draft = Draft(channel=parent.channel, kind=Kind.UPLOAD, change=change, author="ann", reason="why", at=9)
    return ledger.commit([draft], {parent.channel: parent})[0]


def test_a_new_channel_stands_at_an_empty_snapshot(ledger: Ledger) -> None:
    head = ledger.head("testing")
    assert (head.kind, head.parent, head.at) == (Kind.CREATED, None, 5)
    assert ledger.contents(head) == {}
    assert ledger.channels() == ("testing", "stable")


def test_what_was_committed_is_read_back_by_another_ledger(ledger: Ledger, place: Path | Server) -> None:
    added = entry(make_record("zlib", depends=["libc >=2"], constrains=["x <1"]), at=77)
    done = commit(ledger, ledger.head("testing"), Change(added=(added,)))
    ledger.close()
    again = open_ledger(place)
    assert again.head("testing") == done
    assert again.contents(done) == {added.path: added}
    again.close()


def test_sidecars_are_part_of_an_entry(ledger: Ledger) -> None:
    bare = entry(make_record("zlib"))
    attested = replace(bare, sidecars=Sidecars(provenance="ab" * 32, signatures="cd" * 32))
    first = commit(ledger, ledger.head("testing"), Change(added=(bare,)))
    second = commit(ledger, first, Change(added=(attested,), removed=(bare,)))
    assert ledger.contents(first) == {bare.path: bare}
    assert ledger.contents(second) == {bare.path: attested}


def test_a_ledger_of_an_older_version_goes_on(in_a_file: Ledger, tmp_path: Path) -> None:
    ledger = in_a_file
    added = entry(make_record("zlib"))
    first = commit(ledger, ledger.head("testing"), Change(added=(added,)))
    ledger.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as older:
        older.executescript(
            "ALTER TABLE changes DROP COLUMN sidecars; ALTER TABLE changes DROP COLUMN yanked;"
            "ALTER TABLE snapshots DROP COLUMN terms; ALTER TABLE snapshots DROP COLUMN waived;"
            "ALTER TABLE files DROP COLUMN about; ALTER TABLE files DROP COLUMN purged;"
            "DROP INDEX changes_by_file; DROP TABLE documents; DROP TABLE tags; DROP TABLE holds;"
            "UPDATE schema SET version = 1"
        )
    for _ in range(2):
        again = open_ledger(tmp_path / "ledger.sqlite")
        assert again.contents(first) == {added.path: added}
        assert again.holds("testing") == ()
        again.close()


def test_every_snapshot_keeps_its_contents(ledger: Ledger) -> None:
    zlib, xz = entry(make_record("zlib")), entry(make_record("xz"))
    states: list[tuple[Snapshot, set[str]]] = [(ledger.head("testing"), set())]
    for change, paths in (
        (Change(added=(zlib,)), {zlib.path}),
        (Change(added=(xz,), removed=(zlib,)), {xz.path}),
        (Change(added=(zlib,)), {zlib.path, xz.path}),
    ):
        states.append((commit(ledger, states[-1][0], change), paths))
    assert [set(ledger.contents(snapshot)) for snapshot, _ in states] == [paths for _, paths in states]


def test_an_entry_that_is_listed_anew_keeps_the_newer_time(ledger: Ledger) -> None:
    old, new = entry(make_record("zlib"), at=1), entry(make_record("zlib"), at=2)
    first = commit(ledger, ledger.head("testing"), Change(added=(old,)))
    second = commit(ledger, first, Change(added=(new,), removed=(old,)))
    assert ledger.contents(second) == {new.path: new}
    assert ledger.contents(first) == {old.path: old}


def test_a_channel_that_moved_on_is_not_overwritten(ledger: Ledger) -> None:
    parent = ledger.head("testing")
    moved = commit(ledger, parent, Change(added=(entry(make_record("zlib")),)))
    with pytest.raises(ConflictError, match="changed meanwhile"):
        commit(ledger, parent, Change(added=(entry(make_record("xz")),)))
    assert ledger.head("testing") == moved
    assert ledger.known([make_record("xz")]) == ({}, {})


def test_a_file_name_with_other_contents_changes_nothing(ledger: Ledger) -> None:
    commit(ledger, ledger.head("testing"), Change(added=(entry(make_record("zlib")),)))
    head = ledger.head("stable")
    with pytest.raises(ConflictError, match="other contents"):
        commit(ledger, head, Change(added=(entry(make_record("zlib", salt="other")),)))
    assert ledger.head("stable") == head


def test_the_history_counts_what_came_and_went(ledger: Ledger) -> None:
    zlib, xz = entry(make_record("zlib")), entry(make_record("xz"))
    first = commit(ledger, ledger.head("testing"), Change(added=(zlib, xz)))
    commit(ledger, first, Change(removed=(zlib,)))
    steps = ledger.history("testing", limit=2)
    assert [(step.snapshot.kind, step.added, step.removed) for step in steps] == [
        (Kind.UPLOAD, 0, 1),
        (Kind.UPLOAD, 2, 0),
    ]
    assert len(ledger.history("testing", limit=9)) == 3


def test_verdicts_are_kept_with_their_snapshot_and_refusals_alone(ledger: Ledger) -> None:
    head, other = ledger.head("testing"), ledger.head("stable")
    verdict = KeptVerdict(
        channel="testing",
        act=Kind.UPLOAD,
        author="ann",
        reason="why",
        at=9,
        passed=True,
        head=head.id,
        about=(("testing", head.id), ("stable", other.id)),
        rules=("installable", "held"),
        machines=("linux-64",),
        asked=2,
        milliseconds=7,
        waived={"held": "because"},
    )
    change = Change(added=(entry(make_record("zlib")),))
    draft = Draft(channel="testing", kind=Kind.UPLOAD, change=change, author="ann", reason="why", at=9, verdict=verdict)
    [made] = ledger.commit([draft], {"testing": head})
    reason = Reason(rule="held", text="zlib is held", channel="stable")
    refused = replace(verdict, passed=False, head=made.id, reasons=(reason,), more=3)
    keep_refusals(ledger.engine, [replace(refused, author="bob"), refused])
    assert verdicts_on(ledger.engine, [head.id, made.id]) == {made.id: replace(verdict, made=made.id)}
    assert refusals_between(ledger.engine, "testing", since=head.id) == (refused, replace(refused, author="bob"))
    assert refusals_between(ledger.engine, "testing", since=head.id, before=made.id) == ()
    assert refusals_between(ledger.engine, "testing", since=made.id + 1) == ()
    assert refusals_between(ledger.engine, "stable", since=0) == ()


def test_many_files_at_once_are_all_kept(ledger: Ledger) -> None:
    entries = tuple(entry(make_record(f"p{number}")) for number in range(1001))
    done = commit(ledger, ledger.head("testing"), Change(added=entries))
    assert len(ledger.contents(done)) == 1001


def test_an_unknown_channel_is_told_with_those_there_are(ledger: Ledger) -> None:
    with pytest.raises(MissingError) as caught:
        ledger.head("stabel")
    assert caught.value.problems[0].hint == "there are testing, stable"


def test_a_ledger_is_made_once(ledger: Ledger, place: Path | Server) -> None:
    assert ledger.channels()
    with pytest.raises(WrongInputError, match=r"a forge in this (folder|database) already"):
        create_ledger(place, ["other"], at=1)
    assert ledger.channels() == ("testing", "stable")


def test_where_no_ledger_is_there_is_no_forge(place: Path | Server) -> None:
    with pytest.raises(WrongInputError, match=r"there is no forge in this (folder|database)"):
        open_ledger(place)


def test_a_ledger_of_a_newer_version_is_left_alone(ledger: Ledger, place: Path | Server) -> None:
    with transaction(ledger.engine, immediate=True) as connection:
        connection.execute(text("UPDATE schema SET version = 99"))
    with pytest.raises(OutsideError, match="schema 99"):
        open_ledger(place)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database at all, but long enough to look at" * 50)
    with pytest.raises(OutsideError, match="can't be used"):
        open_ledger(tmp_path / "ledger.sqlite")


def test_a_damaged_database_is_told_when_it_is_read(in_a_file: Ledger, tmp_path: Path) -> None:
    ledger = in_a_file
    records = [entry(make_record(f"p{number}")) for number in range(300)]
    done = commit(ledger, ledger.head("testing"), Change(added=tuple(records)))
    ledger.close()
    path = tmp_path / "ledger.sqlite"
    for beside in tmp_path.glob("ledger.sqlite-*"):
        beside.unlink()
    content = bytearray(path.read_bytes())
    content[3 * 4096 :] = b"\xff" * (len(content) - 3 * 4096)
    path.write_bytes(content)
    with pytest.raises(OutsideError, match="the ledger can't be used") as caught:
        open_ledger(path).contents(done)
    assert "backup" in str(caught.value.problems[0].hint)


def test_an_upload_is_written_without_reading_any_table_from_end_to_end(in_a_file: Ledger) -> None:
    ledger = in_a_file
    plans: list[str] = []

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def explain(connection: Connection, _: object, statement: str, values: tuple[object, ...], *__: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(detail for *_, detail in rows)

    record = make_record("zlib", "1.0")
    ledger.known([record, make_record("xz", "5.0")])
    commit(ledger, ledger.head("testing"), Change(added=(entry(record),)))
    assert any("SEARCH files" in plan for plan in plans)
    assert not [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan]


def test_of_two_names_that_differ_only_by_case_the_ledger_takes_one(ledger: Ledger) -> None:
    first, other = (make_record("zlib", build=build) for build in ("Hab_0", "hab_0"))
    head = commit(ledger, ledger.head("testing"), Change(added=(entry(first),)))
    with pytest.raises(ConflictError, match=r"differs from linux-64/zlib-1.0-Hab_0.conda only by upper and lower case"):
        commit(ledger, head, Change(added=(entry(other),)))
    with pytest.raises(ConflictError, match="differs from"):
        ledger.known([make_record("xz", build="a"), make_record("xz", build="A")])
    commit(ledger, head, Change(added=(entry(make_record("zlib", build="hab_0", subdir="osx-64")),)))
    assert ledger.contents(head).keys() == {first.path}
