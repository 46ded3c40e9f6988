"""Many files on their way to a channel: what is there isn't sent, several requests at once, lost ones sent again."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol, TypeVar

from ownconda.errors import OutsideError, OwncondaError, Where
from ownconda.forge_client.answers import BusyError, UploadedFile
from ownconda.forge_client.parcels import Known, Parcel, batched, is_whole
from ownconda.wires.http import BrokenOffError, UnreachableError
from ownconda.wires.progress import Bar, Progress

REQUESTS_AT_ONCE = 4
BYTES_AT_ONCE = 256 << 20
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each further try, while a forge can't be reached or is busy: it may be starting anew."""
LONGEST_WAIT = 120.0
"""Seconds: who is to come again later than that is told so."""

_Result = TypeVar("_Result")
_Bring = Callable[[Sequence[Parcel]], list[UploadedFile]]


class Door(Protocol):
    """A channel of a forge, as `upload` uses it; both methods raise what `upload` tries again after."""

    def known(self, parcels: Sequence[Parcel]) -> Iterable[Known]:
        """Tell which of these are there. Raises what sending them would, as far as it is known."""
        ...

    def send(self, parcels: Sequence[Parcel], bar: Bar) -> Iterable[UploadedFile]:
        """Send these in one request."""
        ...


def upload(
    door: Door, parcels: Sequence[Parcel], *, largest: int, label: str, progress: Progress
) -> list[UploadedFile]:
    """Bring all parcels to the channel, and tell what became of each, in their order.

    ``largest`` is what the forge takes in one request, in bytes. A request that is lost is sent again for half a
    minute. Raises the error of the first request that is refused; then no further one is begun.
    """
    batches = list(batched(parcels, most=BYTES_AT_ONCE, largest=largest))
    total = sum(path.stat().st_size for parcel in parcels for path in parcel.files)
    stopping = threading.Event()
    with progress.bar(label, total, unit="bytes") as bar:

        def bring(batch: Sequence[Parcel]) -> list[UploadedFile]:
            return list(persistently(lambda: _bring(door, batch, _Counted(bar, stopping)), progress, stopping))

        done = {_key(one): one for some in _several_at_once(bring, batches, stopping) for one in some}
    untold = [parcel.file for parcel in parcels if parcel.key not in done]
    if untold:
        raise OutsideError("the forge doesn't say what became of this file", where=Where(file=untold[0]))
    return [done[parcel.key] for parcel in parcels]


def _bring(door: Door, batch: Sequence[Parcel], bar: "_Counted") -> list[UploadedFile]:
    """Ask, then send what isn't there; asked anew at each try, since an answer may have been lost."""
    try:
        known = {(Path(one.path).name, one.sha256): one for one in door.known(batch)}
        there = [parcel for parcel in batch if parcel.key in known and is_whole(parcel, known[parcel.key])]
        done = [_there_already(parcel, known[parcel.key]) for parcel in there]
        bar.advance(sum(path.stat().st_size for parcel in there for path in parcel.files))
        missing = [parcel for parcel in batch if parcel not in there]
        return [*done, *(door.send(missing, bar) if missing else ())]
    except BaseException:
        bar.take_back()
        raise


def _there_already(parcel: Parcel, known: Known) -> UploadedFile:
    sidecars = tuple(file.name.removeprefix(parcel.file.name) for file in parcel.sidecars)
    return UploadedFile(path=known.path, sha256=known.sha256, there_already=True, sidecars=sidecars)


def persistently(act: Callable[[], _Result], progress: Progress, stopping: threading.Event) -> _Result:
    """Do something that is lost while a forge can't be reached or is busy again, for half a minute, unless stopped."""
    for seconds in WAITS:
        try:
            return act()
        except (BusyError, BrokenOffError, UnreachableError) as error:
            after = max(seconds, error.after if isinstance(error, BusyError) else 0.0)
            if after > LONGEST_WAIT:
                raise
            progress.note(f"{error.problems[0].what}; trying again in {after:g} s")
            if stopping.wait(after):
                raise
    return act()


def _several_at_once(
    bring: _Bring, batches: Sequence[Sequence[Parcel]], stopping: threading.Event
) -> list[list[UploadedFile]]:
    """Do all; after the first error, or when interrupted, nothing more is begun and what runs is broken off."""
    pool = ThreadPoolExecutor(REQUESTS_AT_ONCE)
    try:
        running: list[Future[list[UploadedFile]]] = [pool.submit(bring, batch) for batch in batches]
        ended, _ = wait(running, return_when=FIRST_EXCEPTION)
        refused = next((error for future in ended if (error := future.exception())), None)
        if refused is not None:
            raise refused
        return [future.result() for future in running]
    finally:
        stopping.set()
        pool.shutdown(wait=False, cancel_futures=True)


class _Counted:
    """A bar that knows what one request has added to it, and breaks off when all is to stop."""

    def __init__(self, bar: Bar, stopping: threading.Event) -> None:
        self._bar, self._stopping = bar, stopping
        self._done = 0.0

    def advance(self, amount: float) -> None:
        if self._stopping.is_set():
            raise StoppedError("another request was refused")
        self._done += amount
        self._bar.advance(amount)

    def say(self, text: str) -> None:
        self._bar.say(text)

    def take_back(self) -> None:
        """Begin again."""
        self._bar.advance(-self._done)
        self._done = 0.0


class StoppedError(OwncondaError):
    """Sending was broken off, since something else failed."""


def _key(uploaded: UploadedFile) -> tuple[str, str]:
    return Path(uploaded.path).name, uploaded.sha256
