"""Servers that break off, lie, dawdle, and a disk that is full."""

import itertools
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from placing import FILE, RIGHT, SHA256, WRONG, Bench, Noted
from serving import Answer, Asked, served

from ownconda.errors import OutsideError, WrongInputError
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Web, fast_enough
from ownconda.sources.fetching import fetch
from ownconda.sources.places.http_mirror import HttpMirror
from ownconda.sources.source import parse_source
from ownconda.wires.http import BrokenOffError, session
from ownconda.wires.progress import NoProgress

SOURCE = parse_source(f"https://upstream.invalid/{FILE}", Checksum(digest=SHA256))
HALF = len(RIGHT) // 2


def ranged(asked: Asked, data: bytes = RIGHT) -> Answer:
    """Answer as a server that knows ranges does."""
    start = int(asked.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    if start >= len(data):
        return Answer(status=416)
    headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
    return Answer(status=206 if start else 200, body=data[start:], headers=headers)


def cut(answer: Answer, *, after: int) -> Answer:
    """Let the connection break after some bytes of the body."""
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    return Answer(status=answer.status, body=answer.body[:after], headers=headers)


def cutting(answer: Callable[[Asked], Answer], *, after: int) -> Callable[[Asked], Answer]:
    return lambda asked: cut(answer(asked), after=after)


@pytest.fixture
def web() -> Iterator[Web]:
    with session(retries=0) as made:
        yield Web(made)


def get(web: Web, cache: Path, *servers: str) -> Path:
    """Fetch from mirrors of which each has one address."""
    places = [HttpMirror(url=f"{server}/x", web=web) for server in servers]
    return fetch(SOURCE, places=places, cache=cache, progress=NoProgress())


def test_a_transfer_that_breaks_off_is_gone_on_with_where_it_was(web: Web, tmp_path: Path) -> None:
    with served(cutting(ranged, after=len(RIGHT) // 3 + 1)) as server:
        assert get(web, tmp_path, server.address).read_bytes() == RIGHT
        starts = [asked.headers.get("Range") for asked in server.asked]
    assert starts == [None, f"bytes={len(RIGHT) // 3 + 1}-", f"bytes={2 * (len(RIGHT) // 3 + 1)}-"]


def test_what_came_before_an_interruption_is_not_fetched_again_from_another_place(web: Web, tmp_path: Path) -> None:
    with served(cutting(lambda _: Answer(body=RIGHT), after=HALF)) as broken, pytest.raises(OutsideError) as caught:
        get(web, tmp_path, broken.address)
    assert f"(4 tries; the {HALF} bytes that came are kept)" in str(caught.value)
    with served(ranged) as sound:
        assert get(web, tmp_path, sound.address).read_bytes() == RIGHT
        assert [asked.headers.get("Range") for asked in sound.asked] == [f"bytes={HALF}-"]
    assert list((tmp_path / ".partial").iterdir()) == []


def test_a_server_without_ranges_is_asked_for_all_of_it(web: Web, tmp_path: Path) -> None:
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / SHA256).write_bytes(RIGHT[:HALF])
    with served(lambda _: Answer(body=RIGHT)) as server:
        assert get(web, tmp_path, server.address).read_bytes() == RIGHT


@pytest.mark.parametrize("left", [b"other bytes", RIGHT + b"more"], ids=["shorter", "longer"])
def test_a_part_of_another_file_is_thrown_away(web: Web, tmp_path: Path, left: bytes) -> None:
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / SHA256).write_bytes(left)
    with served(ranged) as server:
        assert get(web, tmp_path, server.address).read_bytes() == RIGHT


def test_a_part_that_is_all_of_it_asks_nobody(web: Web, tmp_path: Path) -> None:
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / SHA256).write_bytes(RIGHT)
    with served(ranged) as server:
        assert get(web, tmp_path, server.address).read_bytes() == RIGHT
        assert server.asked == []


def test_a_server_that_gives_another_part_than_it_was_asked_for_is_not_believed(web: Web, tmp_path: Path) -> None:
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / SHA256).write_bytes(RIGHT[:HALF])

    def shifted(asked: Asked) -> Answer:
        headers = {"Content-Range": f"bytes 7-{len(RIGHT) - 1}/{len(RIGHT)}"}
        return Answer(status=206, body=RIGHT[7:], headers=headers) if "Range" in asked.headers else Answer(body=RIGHT)

    with served(shifted) as server:
        assert get(web, tmp_path, server.address).read_bytes() == RIGHT


def test_other_bytes_are_told_with_both_checksums_and_the_next_place_is_asked(web: Web, tmp_path: Path) -> None:
    with served(lambda _: Answer(body=WRONG)) as lying, served(ranged) as sound:
        assert get(web, tmp_path, lying.address, sound.address).read_bytes() == RIGHT
        with pytest.raises(WrongInputError) as caught:
            get(web, tmp_path / "2", lying.address)
    assert f"{lying.address}/x/{FILE}: expected sha256 {SHA256}, got " in str(caught.value)


def test_each_place_that_was_tried_is_told_with_its_reason(web: Web, tmp_path: Path) -> None:
    with (
        served(lambda _: Answer(status=503)) as busy,
        served(cutting(ranged, after=0)) as broken,
        pytest.raises(OutsideError) as caught,
    ):
        get(web, tmp_path, busy.address, broken.address)
    told = [str(problem) for problem in caught.value.problems[1:]]
    assert [line for line in told if busy.address in line and "it answers 503" in line]
    assert [line for line in told if broken.address in line and "broke off" in line]


def test_a_transfer_that_hardly_moves_is_given_up() -> None:
    clock = itertools.count(step=20).__next__
    with pytest.raises(BrokenOffError, match="only 3 bytes came in 60 seconds"):
        list(fast_enough(iter([b"a"] * 10), clock=clock))


def test_a_slow_transfer_that_moves_is_waited_for() -> None:
    chunks = [b"a" * 30_000] * 10
    assert list(fast_enough(iter(chunks), clock=itertools.count(step=20).__next__)) == chunks


def test_a_disk_that_takes_no_more_leaves_nothing_and_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.content[f"/{FILE}"] = RIGHT
    script = (
        "import sys; sys.path[:0] = sys.argv[3:]\n"
        "from test_downloading import get_with_little_space\n"
        "get_with_little_space(sys.argv[1], sys.argv[2])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, bench.server.address, tmp_path / "cache", *sys.path],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "can't be written: File too large" in done.stdout, done.stderr
    assert list((tmp_path / "cache").rglob("*")) == [tmp_path / "cache" / ".partial"]


def get_with_little_space(address: str, cache: str) -> None:
    """Fetch in a process whose files may not grow beyond 100 000 bytes: the disk refuses in the middle."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    with session() as made:
        place = HttpMirror(url=address, web=Web(made))
        try:
            fetch(SOURCE, places=[place], cache=Path(cache), progress=Noted())
        except OutsideError as error:
            sys.stdout.write(str(error))
