"""What each act on a channel changes: decided here, not carried out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.channels.choosing import selected
from ownconda.channels.notes import Purged
from ownconda.channels.snapshots import Change, Contents, State, Terms, difference, ordered
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, Problem, Where, WrongInputError
from ownconda.repodata.entries import Entry

NO_SIDECARS: Mapping[str, Sidecars] = MappingProxyType({})


def upload_change(
    contents: Contents, records: Iterable[Record], *, at: int, sidecars: Mapping[str, Sidecars] = NO_SIDECARS
) -> Change:
    """Decide what an upload adds: the records that the channel doesn't list yet, and ``sidecars`` that it hasn't.

    Those are all that a package has then, by its path. Raises ConflictError for a record whose file name stands for
    other contents here.
    """
    records = tuple(records)
    check_names(records, {one.path: contents[one.path].record.sha256 for one in records if one.path in contents})
    fresh = {
        record.path: Entry(record=record, indexed_at=at, sidecars=sidecars.get(record.path, NONE))
        for record in records
        if record.path not in contents
    }
    attested = {
        path: replace(contents[path], sidecars=more)
        for path, more in sidecars.items()
        if path in contents and contents[path].sidecars != more
    }
    return Change(
        added=ordered((fresh | attested).values()),
        removed=ordered(contents[path] for path in attested),
    )


def promotion_change(
    source: Contents, target: Contents, specs: Collection[str], *, also: Collection[str] = (), at: int
) -> Change:
    """Decide what a promotion adds: what the specs choose in the source (without specs: everything), and these paths.

    What is yanked there isn't promoted; what is yanked here stays so. Raises WrongInputError for each spec that chooses
    nothing.
    """
    offered = {path: entry for path, entry in source.items() if not entry.yanked}
    chosen = {**selected(offered, specs), **{path: offered[path] for path in also if path in offered}}
    return Change(added=ordered(replace(entry, indexed_at=at) for path, entry in chosen.items() if path not in target))


def archiving_change(archive: Contents, entering: Iterable[Entry], *, at: int) -> Change:
    """Decide what an archive takes of what enters the channel that it keeps."""
    fresh = (entry for entry in entering if entry.path not in archive and not entry.yanked)
    return Change(added=ordered(replace(entry, indexed_at=at) for entry in fresh))


def rollback_change(here: State, then: State) -> Change:
    """Decide what leads back to an earlier state: entries (with their sidecars of now) and patches.

    Relations are a matter of today's settings.
    """
    contents = _still_attested(then.contents, by=here.contents)
    return difference(here, replace(then, contents=contents, terms=replace(here.terms, patches=then.terms.patches)))


def revert_change(here: State, before: State, after: State) -> Change:
    """Decide what undoes the change from ``before`` to ``after``, on top of today's state.

    What is undone already stays as it is. Raises ConflictError for each package that was changed again since, and when
    the same terms were.
    """
    done = difference(before, after)
    paths = sorted({entry.path for entry in (*done.added, *done.removed)})
    touched = [path for path in paths if not _same(here.contents.get(path), before.contents.get(path))]
    later = [path for path in touched if not _same(here.contents.get(path), after.contents.get(path))]
    if later:
        raise ConflictError.of([_changed_again(path) for path in later])
    return Change(
        added=ordered(_as_before(path, before, here) for path in touched if path in before.contents),
        removed=ordered(here.contents[path] for path in touched if path in here.contents),
        terms=_reverted_terms(here.terms, before.terms, after.terms),
    )


def yank_change(contents: Contents, specs: Collection[str], *, yanked: bool) -> Change:
    """Decide what yanking (or taking that back) changes: of what the specs choose, what isn't so yet.

    Raises WrongInputError without specs, and for each that chooses nothing.
    """
    if not specs:
        raise WrongInputError("nothing is named", hint='name packages by match specs, for example "zlib ==1.3.1"')
    chosen = [entry for entry in selected(contents, specs).values() if entry.yanked != yanked]
    return Change(
        added=ordered(replace(entry, yanked=yanked) for entry in chosen),
        removed=ordered(chosen),
    )


def terms_change(terms: Terms, wanted: Terms) -> Change:
    """Decide what other terms change."""
    return Change(terms=wanted if wanted != terms else None)


def check_names(records: Iterable[Record], known: Mapping[str, str]) -> None:
    """Check that a package file's name means one content for ever; ``known`` gives paths their sha256.

    Raises ConflictError for each record whose name stands for something else already.
    """
    meant = dict(known)
    clashes = [
        Problem(
            what="this file name already stands for other contents in this forge",
            where=Where(file=record.path),
            hint="raise the build number and build the package again",
        )
        for record in records
        if meant.setdefault(record.path, record.sha256) != record.sha256
    ]
    if clashes:
        raise ConflictError.of(clashes)


def check_purged(purged: Mapping[str, Purged]) -> None:
    """Check that nothing is to enter that was purged, given as far as it was. Raises ConflictError for each."""
    if purged:
        raise ConflictError.of(
            Problem(
                what=f"was purged by {one.author}: {one.reason}",
                where=Where(file=path),
                hint="a purged file's name stays taken; raise the build number and build the package again",
            )
            for path, one in purged.items()
        )


def _still_attested(contents: Contents, *, by: Contents) -> Contents:
    """Give contents as they were, with the sidecars that their packages have by now, since those stay (CEP 50)."""
    return {
        path: replace(entry, sidecars=by[path].sidecars) if path in by else entry for path, entry in contents.items()
    }


def _same(one: Entry | None, other: Entry | None) -> bool:
    """Tell whether two entries say the same, whatever was signed meanwhile."""
    if one is None or other is None:
        return one is other
    return (one.record.sha256, one.yanked) == (other.record.sha256, other.yanked)


def _as_before(path: str, before: State, here: State) -> Entry:
    there = here.contents.get(path)
    entry = before.contents[path]
    return entry if there is None else replace(entry, sidecars=there.sidecars, indexed_at=there.indexed_at)


def _reverted_terms(here: Terms, before: Terms, after: Terms) -> Terms | None:
    undone = {
        one.name: getattr(before, one.name)
        for one in fields(Terms)
        if getattr(before, one.name) != getattr(after, one.name)
        and getattr(here, one.name) != getattr(before, one.name)
    }
    later = [name for name in undone if getattr(here, name) != getattr(after, name)]
    if later:
        raise ConflictError(f"the channel's {later[0]} changed again since", hint="revert the later snapshot first")
    return replace(here, **undone) if undone else None


def _changed_again(path: str) -> Problem:
    return Problem(
        what="changed again since",
        where=Where(file=path),
        hint="revert the later snapshot first, or roll the channel back",
    )
