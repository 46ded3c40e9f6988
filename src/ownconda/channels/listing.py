"""Listing: what a channel lists, to be found by package name as well as by path."""

from collections import defaultdict
from collections.abc import Collection, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import replace

from ownconda.channels.snapshots import Change, Contents, State, applied
from ownconda.repodata.entries import Entry


class Listing(Mapping[str, Entry]):
    """Contents that stay as they are, and know which entries belong to a name: no act has to look at all of them."""

    __slots__ = ("_by_name", "_by_path")

    def __init__(self, by_path: dict[str, Entry], by_name: dict[str, tuple[Entry, ...]]) -> None:
        self._by_path = by_path
        self._by_name = by_name

    @classmethod
    def of(cls, contents: Contents) -> "Listing":
        """Make the listing of some contents."""
        by_name: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in contents.values():
            by_name[_folded(entry.record.name)].append(entry)
        return cls(dict(contents), {name: tuple(entries) for name, entries in by_name.items()})

    def then(self, change: Change) -> "Listing":
        """Give the listing after a change. It costs two copies, of which a dictionary makes quick work."""
        by_path, by_name = applied(self._by_path, change), dict(self._by_name)
        gone = {entry.path for entry in change.removed} | {entry.path for entry in change.added}
        for name in {_folded(entry.record.name) for entry in (*change.added, *change.removed)}:
            by_name[name] = tuple(entry for entry in by_name.get(name, ()) if entry.path not in gone)
        for entry in change.added:
            by_name[_folded(entry.record.name)] += (entry,)
        return Listing(by_path, by_name)

    def namesakes(self, folded: str) -> tuple[Entry, ...]:
        """Give the entries of a package name, given in lower case, however they spell it."""
        return self._by_name.get(folded, ())

    def __getitem__(self, path: str) -> Entry:
        return self._by_path[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_path)

    def __len__(self) -> int:
        return len(self._by_path)

    def __contains__(self, path: object) -> bool:
        return path in self._by_path

    def keys(self) -> KeysView[str]:
        """Give all paths; a dictionary's own view is far quicker than Mapping's."""
        return self._by_path.keys()

    def values(self) -> ValuesView[Entry]:
        """Give all entries."""
        return self._by_path.values()

    def items(self) -> ItemsView[str, Entry]:
        """Give all entries with their paths."""
        return self._by_path.items()


def entries_named(contents: Contents, names: Collection[str]) -> Iterable[Entry]:
    """Give the entries of some package names."""
    return (entry for entry in namesakes(contents, names) if entry.record.name in names)


def namesakes(contents: Contents, names: Iterable[str]) -> Iterable[Entry]:
    """Give the entries of some package names, also of such as differ from them by case.

    Of contents that are no Listing, all have to be looked at.
    """
    folded = {name.lower() for name in names}
    if isinstance(contents, Listing):
        return (entry for name in folded for entry in contents.namesakes(name))
    return (entry for entry in contents.values() if entry.record.name.lower() in folded)


def after(state: State, change: Change) -> State:
    """Give a state after a change, at the same snapshot still."""
    listed = state.contents if isinstance(state.contents, Listing) else Listing.of(state.contents)
    return replace(state, contents=listed.then(change), terms=change.terms or state.terms)


def _folded(name: str) -> str:
    """Give a name in lower case: itself when it is so already, of which 100,000 copies would take memory."""
    return name if name.islower() else name.lower()
