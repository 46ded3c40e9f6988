"""The index of one subdir as a pure function of its entries: pieces by package name, to be joined to its files."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ownconda.repodata.chapters import Chapters, revised
from ownconda.repodata.entries import Entry
from ownconda.repodata.info import NO_INFO, Info
from ownconda.repodata.patches import NO_PATCH, Patch, names_of_difference, patched
from ownconda.repodata.pieces import PIECES, Lengths, Piece, make_piece

_NONE: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubdirIndex:
    """The index of one subdir: its pieces by package name, and the shards that the one before didn't have."""

    subdir: str
    info: Info
    patch: Patch
    chapters: Chapters[Piece, Lengths] = field(repr=False)
    new_shards: Mapping[bytes, bytes] = field(repr=False)


def index_subdir(  # noqa: PLR0913  (the last three say what is known already)
    subdir: str,
    entries: Iterable[Entry],
    *,
    info: Info = NO_INFO,
    patch: Patch = NO_PATCH,
    previous: SubdirIndex | None = None,
    changed: Collection[str] = (),
    digests: Mapping[str, bytes] = _NONE,
) -> SubdirIndex:
    """Make the index of ``subdir`` from all of its entries, as a repodata patch lets clients see them.

    With the ``previous`` index and the names of the packages ``changed`` since, only theirs are made anew, and no
    other entries are asked for. ``digests`` are those of shards that are there already, of packages that aren't
    changed. Raises WrongInputError when a package's metadata can't be written in an index.
    """
    fresh = names_of_difference(previous.patch if previous else patch, patch).union(changed)
    by_name = _by_name(entry for entry in entries if previous is None or entry.record.name in fresh)
    made = {
        name: make_piece(name, patched(members, patch), digest=None if name in fresh else digests.get(name))
        for name, members in by_name.items()
    }
    pieces = {name: piece for name, (piece, _) in made.items()}
    return SubdirIndex(
        subdir=subdir,
        info=info,
        patch=patch,
        chapters=revised(previous.chapters if previous else (), pieces, fresh - made.keys(), binding=PIECES),
        new_shards={shard.digest: shard.content for _, shard in made.values() if shard.content},
    )


def _by_name(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_name: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_name[entry.record.name].append(entry)
    return by_name
