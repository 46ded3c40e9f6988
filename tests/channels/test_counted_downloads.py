"""Downloads in the ledger: what is believed, and when."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_package
from sqlalchemy import Engine

from ownconda.channels.attested import Arrival
from ownconda.channels.charters import DEFAULT_CHARTERS
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.telling.downloads import (
    MILLISECONDS_A_DAY,
    Downloaded,
    LogAddition,
    ReadLog,
    counted,
    downloads,
    logs_read,
    note_downloads,
    note_log,
)
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, WrongInputError
from ownconda.wires.database_server import Server

ZLIB = "linux-64/zlib-1.0-h1_0.conda"
NOW = 100 * MILLISECONDS_A_DAY + 5
LOG = ReadLog(begin="a" * 64, size=10, sha256="b" * 64)


@pytest.fixture
def engine(tmp_path: Path, database: Server | None) -> Iterator[Engine]:
    """The ledger of a forge that has zlib in testing."""
    folder = ForgeFolder(root=tmp_path / "forge", database=database)
    create_forge(folder, DEFAULT_CHARTERS)
    with open_channels(folder) as channels:
        file = make_package(tmp_path, "zlib")
        channels.admit("testing", [Arrival(file=file, record=read_package(file))], author="me")
        yield channels.ledger.engine


def zlib(day: int, channel: str = "testing") -> Downloaded:
    return Downloaded(channel=channel, path=ZLIB, day=day)


def test_downloads_of_a_day_add_up_and_what_no_channel_has_is_left_out(engine: Engine) -> None:
    other = Downloaded(channel="nowhere", path=ZLIB, day=3)
    note_downloads(engine, {zlib(3): 2, zlib(4): 1, Downloaded(channel="testing", path="x/y.conda", day=3): 9}, {3, 4})
    note_downloads(engine, {zlib(3): 5, zlib(3, "stable"): 1, other: 7}, {3})
    assert downloads(engine, "testing", since=3) == {ZLIB: {3: 7, 4: 1}}
    assert downloads(engine, "testing", since=4) == {ZLIB: {4: 1}}
    assert downloads(engine, "stable", since=0) == {ZLIB: {3: 1}}


def test_downloads_are_not_believed_before_they_were_counted_for_as_long(engine: Engine) -> None:
    note_downloads(engine, {zlib(99): 1}, {97, 98, 99, 100})
    assert counted(engine, "testing", days=2, now=NOW).since == 98 * MILLISECONDS_A_DAY
    with pytest.raises(WrongInputError, match=r"counted on 2 whole days until now, not on 3"):
        counted(engine, "testing", days=3, now=NOW)  # on the first day counting began, the last one isn't over


def test_days_on_which_nothing_was_counted_make_the_time_longer(engine: Engine) -> None:
    note_downloads(engine, {zlib(60): 4}, {10, 60, 61, 99})
    found = counted(engine, "testing", days=3, now=NOW)
    assert (found.since, found.counts) == (60 * MILLISECONDS_A_DAY, {ZLIB: 4})


def test_a_channel_from_which_nothing_at_all_was_downloaded_is_not_believed(engine: Engine) -> None:
    note_downloads(engine, {zlib(98, "stable"): 1}, {97, 98, 99})
    with pytest.raises(WrongInputError, match="nothing was downloaded from testing"):
        counted(engine, "testing", days=1, now=NOW)


def test_a_log_that_was_counted_meanwhile_is_not_counted_again(engine: Engine) -> None:
    first = LogAddition(log=LOG, counts={zlib(3): 1}, days=frozenset({3}))
    longer = replace(first, log=ReadLog(begin="a" * 64, size=20, sha256="c" * 64), counts={zlib(3): 2})
    note_log(engine, first)
    with pytest.raises(ConflictError):
        note_log(engine, longer)
    note_log(engine, replace(longer, known=frozenset({LOG}), before=LOG))
    assert downloads(engine, "testing", since=0) == {ZLIB: {3: 3}}
    assert logs_read(engine, "a" * 64) == (longer.log,)
