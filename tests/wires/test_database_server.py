import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from databases import PASSWORD, Postgres, postgres
from forging import new_forge, opened_forge
from making import make_package, make_record
from sqlalchemy import Connection, event, text

from ownconda.channels.ledger.ledger import Ledger, create_ledger, open_ledger
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.outage import Outage
from ownconda.channels.snapshots import Change, Kind, Snapshot
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.settings.loading import load, origins
from ownconda.wires.database import transaction
from ownconda.wires.database_server import Locks, LostError, Server, read_server

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def mortal() -> Iterator[Postgres]:
    """A server that tests may stop."""
    with postgres() as server:
        server.new_database("forge")
        create_ledger(read_server(server.address("forge")), ["testing", "stable"], at=1)
        yield server


@pytest.fixture
def place(mortal: Postgres) -> Server:
    return read_server(mortal.address("forge"))


@pytest.fixture
def ledger(place: Server) -> Iterator[Ledger]:
    opened = open_ledger(place)
    yield opened
    opened.close()


def commit(ledger: Ledger, name: str) -> Snapshot:
    change = Change(added=(Entry(record=make_record(name), indexed_at=1),))
    draft = Draft(channel="testing", kind=Kind.UPLOAD, change=change, author="ann", reason="", at=2)
    return ledger.commit([draft], {"testing": ledger.head("testing")})[0]


def test_a_database_that_was_restarted_is_used_again(ledger: Ledger, mortal: Postgres) -> None:
    before = ledger.head("testing")
    mortal.stop("immediate")
    with pytest.raises(LostError, match="the database can't be reached") as caught:
        ledger.head("testing")
    mortal.start()
    assert ledger.head("testing") == before
    assert PASSWORD not in str(caught.value)
    assert str(caught.value).startswith(f"postgresql://127.0.0.1:{mortal.port}/forge: ")


def test_a_commit_whose_answer_was_lost_is_found(ledger: Ledger, mortal: Postgres) -> None:
    @event.listens_for(ledger.engine, "commit", once=True)
    def lose(connection: Connection) -> None:
        connection.connection.commit()
        cut_off(connection, mortal)

    assert commit(ledger, "zlib") == ledger.head("testing")


def test_a_commit_that_was_cut_off_before_is_told(ledger: Ledger, mortal: Postgres) -> None:
    before = ledger.head("testing")

    @event.listens_for(ledger.engine, "commit", once=True)
    def lose(connection: Connection) -> None:
        cut_off(connection, mortal)

    with pytest.raises(LostError):
        commit(ledger, "xz")
    assert ledger.head("testing") == before
    assert commit(ledger, "xz") == ledger.head("testing")


def cut_off(connection: Connection, server: Postgres) -> None:
    server.execute(f"SELECT pg_terminate_backend({connection.connection.driver_connection.info.backend_pid}, 10000)")  # type: ignore[union-attr]


def test_who_writes_does_so_alone(ledger: Ledger, place: Server) -> None:
    other, wrote = open_ledger(place), Event()

    def write() -> None:
        with transaction(other.engine, immediate=True) as connection:
            connection.execute(text("UPDATE channels SET position = 7 WHERE name = 'stable'"))
        wrote.set()

    with transaction(ledger.engine, immediate=True) as connection:
        thread = Thread(target=write)
        thread.start()
        assert not wrote.wait(0.2)
        assert connection.scalar(text("SELECT position FROM channels WHERE name = 'stable'")) == 1
    thread.join()
    assert wrote.is_set()
    other.close()


def test_who_reads_sees_one_moment_and_can_write_nothing(ledger: Ledger) -> None:
    with transaction(ledger.engine) as reading:
        many = reading.scalar(text("SELECT count(*) FROM snapshots"))
        commit(ledger, "bzip2")
        assert reading.scalar(text("SELECT count(*) FROM snapshots")) == many
    with pytest.raises(OutsideError, match="read-only"), transaction(ledger.engine) as connection:
        connection.execute(text("DELETE FROM holds"))


def test_a_lock_is_held_by_one_and_freed_when_its_connection_ends(place: Server, mortal: Postgres) -> None:
    one, other = Locks(place), Locks(place)
    with one.held(["a", "b"]):
        with other.held_if_free("b") as free:
            assert not free
        with other.held_if_free("c") as free:
            assert free
        mortal.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'")
        with other.held_if_free("b") as free:
            assert free
    with one.held(["b"]):
        pass
    one.close()
    other.close()


def test_who_waits_for_a_lock_when_the_database_goes_away_is_told(place: Server, mortal: Postgres) -> None:
    one, other = Locks(place), Locks(place)
    told: list[OutsideError] = []

    def wait() -> None:
        try:
            with other.held(["a"]):
                told.append(OutsideError("it was free"))
        except LostError as error:
            told.append(error)

    with one.held(["a"]):
        thread = Thread(target=wait)
        thread.start()
        while not mortal.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            pass
        mortal.stop()
        thread.join()
    mortal.start()
    assert "can't be reached" in str(told[0])
    with one.held(["a"]), other.held(["b"]):
        pass
    one.close()
    other.close()


def test_what_a_database_cannot_keep_is_the_senders_fault(ledger: Ledger) -> None:
    with pytest.raises(WrongInputError, match="can't keep such a text"):
        ledger.files_named("zlib\0")


def test_a_name_with_other_contents_is_refused_as_ever(ledger: Ledger) -> None:
    commit(ledger, "curl")
    other = Entry(record=make_record("curl", salt="other"), indexed_at=1)
    draft = Draft(channel="stable", kind=Kind.UPLOAD, change=Change(added=(other,)), author="ann", reason="", at=2)
    with pytest.raises(ConflictError, match="other contents"):
        ledger.commit([draft], {"stable": ledger.head("stable")})


@pytest.mark.parametrize("address", ["mysql://a:s3cret@h/d", "postgresql://", "s3cret", "postgresql://u:s3cret@h"])
def test_an_address_that_can_not_be_used_is_not_repeated(address: str) -> None:
    with pytest.raises(WrongInputError, match=r"forge.database: isn't the address") as caught:
        read_server(address)
    assert "s3cret" not in str(caught.value) + str(caught.value.problems)


def test_the_address_is_shown_to_nobody(tmp_path: Path, mortal: Postgres) -> None:
    environment = {"OWNCONDA_FORGE_DATABASE": mortal.address("forge")}
    [told] = [one.value for one in origins(tmp_path, environment) if one.name == "forge.database"]
    assert told == "*****"
    shown = f"{load(tmp_path, environment)!r} {read_server(mortal.address('forge'))!r}"
    assert "s3cret" not in shown


def test_clients_are_told_that_the_database_is_away_and_the_log_why(
    mortal: Postgres, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownconda.access.own_channel_table.SECONDS_KNOWN", 0)
    database = mortal.new_database("served")
    folder, token = new_forge(tmp_path / "forge", database=database)
    settings = load(tmp_path, {"OWNCONDA_FORGE_DATABASE": database})
    with opened_forge(folder, token, settings) as forge:
        package = make_package(tmp_path, "zlib")
        assert forge.upload("testing", package).status_code == 200
        assert forge.client.get("/healthz").json() == {"status": "ok"}
        mortal.stop()
        answer = forge.client.get("/healthz")
        assert (answer.status_code, answer.json()["problems"][0]["what"]) == (
            503,
            "the forge's database can't be reached",
        )
        assert forge.upload("testing", make_package(tmp_path, "xz")).status_code == 503
        assert forge.listed("testing") == {"zlib-1.0-h1_0.conda"}
        assert {forge.client.get("/healthz").status_code for _ in range(40)} == {503}
        mortal.start()
        assert forge.upload("testing", tmp_path / "xz-1.0-h1_0.conda").status_code == 200
        assert forge.listed("testing") == {"zlib-1.0-h1_0.conda", "xz-1.0-h1_0.conda"}
        until(lambda: "the database can be reached again" in caplog.text)
    said = caplog.text
    assert f"postgresql://127.0.0.1:{mortal.port}/served: the database can't be reached" in said
    assert "in which 42 requests were refused" in said
    assert said.count("the database can't be reached") == said.count("can be reached again") == 1
    assert PASSWORD not in said


def test_an_outage_isnt_over_by_an_answer_to_what_was_asked_before(caplog: pytest.LogCaptureFixture) -> None:
    outage, asked = Outage(), time.monotonic()
    outage.refused(LostError("the database can't be reached"))
    outage.over(asked=asked)
    assert "reached again" not in caplog.text
    outage.refused(LostError("the database can't be reached"))
    outage.over(asked=time.monotonic())
    outage.over(asked=time.monotonic())
    assert "in which 2 requests were refused" in caplog.text
    assert len(caplog.records) == 2


def until(told: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not told():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_lock_that_is_kept_is_taken_over_when_its_holder_dies(mortal: Postgres, place: Server) -> None:
    first, other = Locks(place), Locks(place)
    with first.kept_if_free("following") as check:
        assert check is not None
        check()
        with other.kept_if_free("following") as held:
            assert held is None
        mortal.stop("immediate")
        mortal.start()
        with pytest.raises(LostError):
            check()
        with other.kept_if_free("following") as held:
            assert held is not None
    first.close()
    other.close()
