"""The sources of many recipes brought into the cache, several at once; one that can't be had stops no other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeVar

from ownconda.building.store import Obtained, Store, obtain
from ownconda.building.wanted import Folder, Listed
from ownconda.errors import OwncondaError, WrongInputError
from ownconda.wires.progress import Progress

AT_ONCE = 4

Piece = TypeVar("Piece")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What became of one source: at hand, or why it isn't. A folder that is there needs nothing."""

    listed: Listed
    obtained: Obtained | None = None
    error: OwncondaError | None = None


def fetch_sources(listed: Sequence[Listed], store: Store, progress: Progress) -> list[Arrival]:
    """Bring every source into the cache, and look through it; they come back in their order."""
    store.places()  # once, before several threads ask for them
    with progress.bar("sources", len(listed)) as bar:
        done: dict[int, Arrival] = {}
        for index, arrival in several_at_once(lambda one: _fetch(one, store, progress), listed):
            done[index] = arrival
            bar.advance(1)
    return [done[index] for index in range(len(listed))]


def several_at_once(act: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[tuple[int, Result]]:
    """Do something to each piece, four at a time; give each result as it comes, with its piece's number.

    When it is interrupted, nothing more is begun, and what runs isn't waited for.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        running = {pool.submit(act, piece): index for index, piece in enumerate(pieces)}
        for future in as_completed(running):
            yield running[future], future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _fetch(listed: Listed, store: Store, progress: Progress) -> Arrival:
    wanted = listed.wanted
    try:
        if isinstance(wanted, Folder):
            if not wanted.path.exists():
                raise WrongInputError(f"{wanted.path} isn't there", where=listed.where)
            return Arrival(listed=listed)
        return Arrival(listed=listed, obtained=obtain(wanted, store, progress, where=listed.where))
    except OwncondaError as error:
        return Arrival(listed=listed, error=error)
