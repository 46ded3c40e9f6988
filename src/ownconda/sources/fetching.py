"""Archives fetched by checksum: from the cache, else from the first place that gives the right bytes.

The checksum decides, never the place.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ownconda.errors import OutsideError, OwncondaError, Problem, Where, WrongInputError
from ownconda.sources.cache import cache_path, cached, sweep
from ownconda.sources.places import Offer, Place
from ownconda.sources.source import Alternative, Source, alternative_source
from ownconda.wires.files import atomic_file
from ownconda.wires.http import redacted
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An archive in the cache, which source it is, and the alternative that this was, if it was one.

    ``address`` is where it was fetched from, None when the cache had it.
    """

    path: Path
    source: Source
    alternative: Alternative | None = None
    address: str | None = None


def fetch(source: Source, *, places: Sequence[Place], cache: Path, progress: Progress) -> Path:
    """Give an archive's path in the cache, fetched if it has to be.

    Raises WrongInputError when only other bytes were found under its name, OutsideError when nothing was, and
    when the cache can't be written to.
    """
    return fetch_any(source, (), places=places, cache=cache, progress=progress).path


def fetch_any(
    source: Source,
    alternatives: Sequence[Alternative],
    *,
    places: Sequence[Place],
    cache: Path,
    progress: Progress,
) -> Fetched:
    """Give an archive or, when no place at all has it, the first of its alternatives that some place has.

    Raises as `fetch` does.
    """
    failures: list[_Failure] = []
    for alternative in (None, *alternatives):
        wanted = source if alternative is None else alternative_source(alternative, source)
        path = cached(cache, wanted, progress)
        if path is not None:
            return Fetched(path=path, source=wanted, alternative=alternative)
        address = _first(wanted, places, cache_path(cache, wanted), progress, failures)
        sweep(cache, wanted)
        if address is not None:
            progress.note(_told(wanted, alternative, address))
            path = cache_path(cache, wanted)
            return Fetched(path=path, source=wanted, alternative=alternative, address=address)
    raise _not_found(source, failures, cache)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Where an archive wasn't to be had, and why; ``got`` is the sha256 of other bytes that were there."""

    source: Source
    address: str
    reason: str
    got: str | None = None


class _RefusedError(Exception):
    """Leaves the block that writes a file, so that nothing of it stays."""

    def __init__(self, failure: _Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def _first(
    source: Source, places: Sequence[Place], target: Path, progress: Progress, failures: list[_Failure]
) -> str | None:
    """Try place after place; give the address that had the archive, add to ``failures`` those that hadn't."""
    for place in places:
        for offer in _offers(place, source, failures):
            failure = _take(offer, source, target, progress)
            if failure is None:
                return offer.address
            failures.append(failure)
            if failure.got:
                progress.note(f"{source.file_name}: {offer.address} gives other bytes, it is looked for elsewhere")
    return None


def _offers(place: Place, source: Source, failures: list[_Failure]) -> Sequence[Offer]:
    try:
        return tuple(place.offers(source))
    except OutsideError as error:
        failures.append(_Failure(source=source, address=place.name, reason=error.problems[0].what))
        return ()


def _take(offer: Offer, source: Source, target: Path, progress: Progress) -> _Failure | None:
    """Write what an offer gives to ``target`` if it has the right checksum, else nothing; tell why."""
    try:
        with atomic_file(target) as file:
            got = _copy(offer, source, file, progress)
            _check(got, offer, source)
    except _RefusedError as refused:
        return refused.failure
    return None


def _check(got: str, offer: Offer, source: Source) -> None:
    if got != source.sha256:
        reason = f"expected sha256 {source.sha256}, got {got}"
        raise _RefusedError(_Failure(source=source, address=offer.address, reason=reason, got=got))


def _copy(offer: Offer, source: Source, file: IO[bytes], progress: Progress) -> str:
    """Stream an offer to a file; give its sha256. What the disk refuses is left to the caller."""
    digest = hashlib.sha256()
    try:
        with offer.open() as content, progress.bar(source.file_name, content.size, unit="bytes") as bar:
            bar.say(offer.address)
            for chunk in content.chunks:
                digest.update(chunk)
                file.write(chunk)
                bar.advance(len(chunk))
    except OutsideError as error:
        reason = error.problems[0].what
        raise _RefusedError(_Failure(source=source, address=offer.address, reason=reason)) from error
    return digest.hexdigest()


def _told(source: Source, alternative: Alternative | None, address: str) -> str:
    text = f"{source.file_name}: fetched from {address}"
    if alternative is None:
        return text
    return f"{text}, an alternative" + (f" ({alternative.note})" if alternative.note else "")


def _not_found(source: Source, failures: Sequence[_Failure], cache: Path) -> OwncondaError:
    wrong = any(failure.got for failure in failures)
    tried = [
        Problem(what=failure.reason, where=Where(file=failure.address, field=_field(failure, source)))
        for failure in failures
    ]
    if wrong:
        first = Problem(
            what=f"{source.file_name} was found only with other bytes than its sha256 asks for",
            where=Where(file=redacted(source.url)),
            hint="check the sha256 in the recipe; if upstream replaced the archive, first find out why",
        )
        return WrongInputError.of((first, *tried))
    kept = cache_path(cache, source)
    first = Problem(
        what=f"{source.file_name} was found nowhere (sha256 {source.sha256})",
        where=Where(file=redacted(source.url)),
        hint=f"name a folder or an address that has it in the setting sources.mirrors, or put it into {kept}",
    )
    return OutsideError.of((first, *tried))


def _field(failure: _Failure, source: Source) -> str | None:
    """Tell which archive a failure is about, where it isn't the source itself."""
    return None if failure.source == source else failure.source.file_name
