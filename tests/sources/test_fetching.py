import hashlib
import multiprocessing
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from placing import FILE, RIGHT, SHA256, WRONG, Fixed, Noted

from ownconda.errors import OutsideError, WrongInputError
from ownconda.sources.all_places import places
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Content
from ownconda.sources.fetching import fetch, fetch_any
from ownconda.sources.places import Offer, Place
from ownconda.sources.places.directory import Directory
from ownconda.sources.source import Alternative, Source, parse_source
from ownconda.wires.http import session
from ownconda.wires.progress import NoProgress

SOURCE = parse_source(f"https://upstream.invalid/{FILE}", Checksum(digest=SHA256), package="tool")
REPACKED = b"repacked"
ALTERNATIVE = Alternative(
    url="apt-source:tool/tool_1.0.orig.tar.gz",
    sha256=hashlib.sha256(REPACKED).hexdigest(),
    note="repacked by Debian",
)


def test_the_first_place_with_the_right_bytes_is_the_last_one_asked(tmp_path: Path) -> None:
    wrong, right, later = (
        Fixed(name="wrong", data=WRONG), Fixed(name="right", data=RIGHT), Fixed(name="later", data=RIGHT),
    )  # fmt: skip
    progress = Noted()
    path = fetch(SOURCE, places=[wrong, right, later], cache=tmp_path, progress=progress)
    assert path.read_bytes() == RIGHT
    assert later.asked == []
    assert progress.notes == [
        f"{FILE}: wrong/{FILE} gives other bytes, it is looked for elsewhere",
        f"{FILE}: fetched from right/{FILE}",
    ]


def test_an_alternative_is_taken_only_when_no_place_has_the_source(tmp_path: Path) -> None:
    first, second = Fixed(name="first", data=REPACKED), Fixed(name="second", data=RIGHT)
    found = fetch_any(SOURCE, [ALTERNATIVE], places=[first, second], cache=tmp_path, progress=NoProgress())
    assert (found.alternative, found.address) == (None, f"second/{FILE}")


def test_an_alternative_that_was_taken_is_told(tmp_path: Path) -> None:
    progress = Noted()
    place = Fixed(name="place", data=REPACKED)
    found = fetch_any(SOURCE, [ALTERNATIVE], places=[place], cache=tmp_path, progress=progress)
    assert found.alternative == ALTERNATIVE
    assert found.source.file_name == found.path.name == "tool_1.0.orig.tar.gz"
    assert progress.notes[-1].endswith("an alternative (repacked by Debian)")
    assert place.asked == [FILE, "tool_1.0.orig.tar.gz"]


def test_an_archive_found_nowhere_lists_each_place_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    tried = [Directory(path=tmp_path / "mirror"), Directory(path=tmp_path / "away")]
    with pytest.raises(OutsideError) as caught:
        fetch_any(SOURCE, [ALTERNATIVE], places=tried, cache=tmp_path / "cache", progress=NoProgress())
    assert str(caught.value).splitlines() == [
        f"https://upstream.invalid/{FILE}: {FILE} was found nowhere (sha256 {SHA256})",
        f"the folder {tmp_path}/mirror: it has no file of that name",
        f"the folder {tmp_path}/away: there is no such folder",
        f"the folder {tmp_path}/mirror: tool_1.0.orig.tar.gz: it has no file of that name",
        f"the folder {tmp_path}/away: tool_1.0.orig.tar.gz: there is no such folder",
    ]
    assert "sources.mirrors" in str(caught.value.problems[0].hint)


def test_other_bytes_everywhere_are_the_recipe_s_fault(tmp_path: Path) -> None:
    got = hashlib.sha256(WRONG).hexdigest()
    tried: list[Place] = [Directory(path=tmp_path / "away"), Fixed(name="place", data=WRONG)]
    with pytest.raises(WrongInputError) as caught:
        fetch(SOURCE, places=tried, cache=tmp_path / "cache", progress=NoProgress())
    assert f"place/{FILE}: expected sha256 {SHA256}, got {got}" in str(caught.value)
    assert "check the sha256 in the recipe" in str(caught.value.problems[0].hint)


def test_a_cache_that_cannot_be_written_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    place = Fixed(name="place", data=RIGHT)
    with pytest.raises(OutsideError, match="can't be written"):
        fetch(SOURCE, places=[place], cache=tmp_path / "cache", progress=NoProgress())


class Interrupted:
    """A place whose transfer the user interrupts, or in whose middle the disk is full."""

    name = "interrupted"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def offers(self, _: Source) -> list[Offer]:
        return [Offer(address="interrupted", open=self._open)]

    def _open(self, _start: int = 0) -> AbstractContextManager[Content]:
        return nullcontext(Content(size=None, chunks=self._chunks()))

    def _chunks(self) -> Iterator[bytes]:
        yield RIGHT[:10]
        raise self._error


@pytest.mark.parametrize(
    ("error", "raised"), [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), OutsideError)]
)
def test_an_interrupted_transfer_leaves_no_archive_and_tries_nowhere_else(
    tmp_path: Path, error: BaseException, raised: type[BaseException]
) -> None:
    later = Fixed(name="later", data=RIGHT)
    with pytest.raises(raised):
        fetch(SOURCE, places=[Interrupted(error), later], cache=tmp_path, progress=NoProgress())
    assert not (tmp_path / SHA256).exists()
    assert later.asked == []
    assert fetch(SOURCE, places=[later], cache=tmp_path, progress=NoProgress()).read_bytes() == RIGHT


def test_two_processes_fetch_into_one_cache(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / FILE).write_bytes(RIGHT)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=fetch_often, args=(tmp_path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert [path.name for path in (tmp_path / "cache" / SHA256).iterdir()] == [FILE]


def fetch_often(folder: Path) -> None:
    """Fetch and damage again, so that two of these meet in every state of the cache."""
    for _ in range(20):
        mirror = Directory(path=folder / "mirror")
        path = fetch(SOURCE, places=[mirror], cache=folder / "cache", progress=NoProgress())
        path.unlink(missing_ok=True)
    fetch(SOURCE, places=[mirror], cache=folder / "cache", progress=NoProgress())


def test_places_are_built_in_their_order(tmp_path: Path) -> None:
    with session() as made:
        built = places(
            session=made,
            cache=tmp_path,
            forge_url="https://me:secret@forge.invalid",
            mirrors=["/srv/a b", "file:///srv/c%20d", "https://mirror.invalid/pub"],
            python_indexes=["https://index.invalid/simple"],
            debian="trixie",
        )
        assert [place.name for place in built] == [
            "the forge https://***@forge.invalid",
            "its own address",
            "the folder /srv/a b",
            "the folder /srv/c d",
            "the mirror https://mirror.invalid/pub",
            "the Python package index https://index.invalid/simple",
            "Debian's source archive (trixie)",
        ]
        assert [place.name for place in places(session=made, cache=tmp_path)] == ["its own address"]
