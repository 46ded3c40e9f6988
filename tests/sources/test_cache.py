import os
import time
from pathlib import Path

from placing import FILE, RIGHT, SHA256, WRONG, Fixed, Noted

from ownconda.sources.cache import cache_path, cached, sweep
from ownconda.sources.checksums import Checksum
from ownconda.sources.fetching import fetch
from ownconda.sources.source import parse_source

SOURCE = parse_source(f"https://upstream.invalid/{FILE}", Checksum(digest=SHA256))


def put(cache: Path, name: str, data: bytes) -> Path:
    (cache / SHA256).mkdir(parents=True, exist_ok=True)
    (cache / SHA256 / name).write_bytes(data)
    return cache / SHA256 / name


def test_an_empty_cache_has_nothing(tmp_path: Path) -> None:
    assert cached(tmp_path, SOURCE, Noted()) is None


def test_what_is_in_the_cache_is_not_fetched(tmp_path: Path) -> None:
    path, place = put(tmp_path, FILE, RIGHT), Fixed(name="place", data=RIGHT)
    assert fetch(SOURCE, places=[place], cache=tmp_path, progress=Noted()) == path
    assert place.asked == []


def test_a_damaged_archive_is_told_of_and_fetched_again(tmp_path: Path) -> None:
    path, progress = put(tmp_path, FILE, WRONG), Noted()
    fetch(SOURCE, places=[Fixed(name="place", data=RIGHT)], cache=tmp_path, progress=progress)
    assert path.read_bytes() == RIGHT
    assert progress.notes[0] == f"{path}: the cached archive is damaged, it is fetched again"


def test_the_same_archive_under_another_name_will_do(tmp_path: Path) -> None:
    put(tmp_path, "tool_1.0.orig.tar.gz", RIGHT)
    assert cached(tmp_path, SOURCE, Noted()) == cache_path(tmp_path, SOURCE)
    assert cache_path(tmp_path, SOURCE).read_bytes() == RIGHT


def test_a_damaged_archive_under_another_name_will_not_do(tmp_path: Path) -> None:
    put(tmp_path, "tool_1.0.orig.tar.gz", WRONG)
    assert cached(tmp_path, SOURCE, Noted()) is None


def test_what_was_left_half_written_long_ago_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".partial").mkdir()
    old, new = tmp_path / ".partial" / ("a" * 64), tmp_path / ".partial" / ("b" * 64)
    old.touch()
    new.touch()
    os.utime(old, (0, time.time() - 700_000))
    sweep(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
