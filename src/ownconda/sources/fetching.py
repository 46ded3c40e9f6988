"""Archives fetched by checksum: from the cache, else from the first place that gives the right bytes.

The checksum decides, never the place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import OutsideError, OwncondaError, Problem, Where, WrongInputError
from ownconda.sources.cache import cache_path, cached, part_path, sweep
from ownconda.sources.downloading import Part, download
from ownconda.sources.places import Offer, Place
from ownconda.sources.source import Alternative, Source, alternative_source
from ownconda.wires.files import growing_file, settle
from ownconda.wires.http import redacted
from ownconda.wires.progress import NoProgress, Progress


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
        address = "" if cached(cache, wanted, progress) else _fetched(wanted, places, cache, progress, failures)
        if address is None:
            continue
        if address:
            progress.note(_told(wanted, alternative, address))
        path = cache_path(cache, wanted)
        return Fetched(path=path, source=wanted, alternative=alternative, address=address or None)
    sweep(cache)
    raise _not_found(source, failures, cache)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Where an archive wasn't to be had, and why; ``got`` is the digest of other bytes that were there."""

    source: Source
    address: str
    reason: str
    got: str | None = None


def _fetched(
    source: Source, places: Sequence[Place], cache: Path, progress: Progress, failures: list[_Failure]
) -> str | None:
    """Bring an archive into the cache; give the address that had it, or nothing when it has come meanwhile."""
    with growing_file(part_path(cache, source)) as file:
        if cached(cache, source, NoProgress()):  # another process was faster
            return ""
        address = _first(source, places, Part(file, source.checksum), progress, failures)
        if address is not None:
            settle(file, part_path(cache, source), cache_path(cache, source))
    return address


def _first(
    source: Source, places: Sequence[Place], part: Part, progress: Progress, failures: list[_Failure]
) -> str | None:
    """Try place after place; give the address that had the archive, add to ``failures`` those that hadn't."""
    for place in places:
        for offer in _offers(place, source, failures):
            refusal = download(offer, source, part, progress)
            if refusal is None:
                return offer.address
            failures.append(_Failure(source=source, address=offer.address, reason=refusal.reason, got=refusal.got))
            if refusal.got:
                progress.note(f"{source.file_name}: {offer.address} gives other bytes, it is looked for elsewhere")
    return None


def _offers(place: Place, source: Source, failures: list[_Failure]) -> Sequence[Offer]:
    try:
        return tuple(place.offers(source))
    except OutsideError as error:
        failures.append(_Failure(source=source, address=place.name, reason=error.problems[0].what))
        return ()


def _told(source: Source, alternative: Alternative | None, address: str) -> str:
    text = f"{source.file_name}: fetched from {address}"
    if alternative is None:
        return text
    return f"{text}, an alternative" + (f" ({alternative.note})" if alternative.note else "")


def _not_found(source: Source, failures: Sequence[_Failure], cache: Path) -> OwncondaError:
    wrong, kind = any(failure.got for failure in failures), source.checksum.kind
    tried = [
        Problem(what=failure.reason, where=Where(file=failure.address, field=_field(failure, source)))
        for failure in failures
    ]
    if wrong:
        first = Problem(
            what=f"{source.file_name} was found only with other bytes than its {kind} asks for",
            where=Where(file=redacted(source.url)),
            hint=f"check the {kind} in the recipe; if upstream replaced the archive, first find out why",
        )
        return WrongInputError.of((first, *tried))
    kept = cache_path(cache, source)
    first = Problem(
        what=f"{source.file_name} was found nowhere ({source.checksum})",
        where=Where(file=redacted(source.url)),
        hint=f"name a folder or an address that has it in the setting sources.mirrors, or put it into {kept}",
    )
    return OutsideError.of((first, *tried))


def _field(failure: _Failure, source: Source) -> str | None:
    """Tell which archive a failure is about, where it isn't the source itself."""
    return None if failure.source == source else failure.source.file_name
