"""Listing: what a channel lists, to be found by package name as well as by path."""

from collections import defaultdict
from collections.abc import Collection, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import replace

from ownconda.channels.snapshots import Change, Contents, State
from ownconda.repodata.entries import Entry


class Listing(Mapping[str, Entry]):
    """Contents that know which entries belong to a name, so that no act has to look at all of them."""

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

    def copy(self) -> "Listing":
        """Give one that may `take` changes; a dictionary makes quick work of it."""
        return Listing(dict(self._by_path), dict(self._by_name))

    def take(self, change: Change) -> None:
        """Become the listing after a change: only for who made this copy, and before anybody else sees it."""
        for entry in change.removed:
            del self._by_path[entry.path]
        self._by_path.update((entry.path, entry) for entry in change.added)
        gone = {entry.path for entry in (*change.removed, *change.added)}
        for name in {_folded(entry.record.name) for entry in (*change.added, *change.removed)}:
            self._by_name[name] = tuple(entry for entry in self._by_name.get(name, ()) if entry.path not in gone)
        for entry in change.added:
            self._by_name[_folded(entry.record.name)] += (entry,)

    def namesakes(self, folded: str) -> tuple[Entry, ...]:
        """Give the entries of a package name, given in lower case, however they spell it."""
        return self._by_name.get(folded, ())

    def by_name(self) -> ItemsView[str, tuple[Entry, ...]]:
        """Give the entries of each package name, in lower case; of one that is no more listed, none."""
        return self._by_name.items()

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
    listed = state.contents.copy() if isinstance(state.contents, Listing) else Listing.of(state.contents)
    listed.take(change)
    return replace(state, contents=listed, terms=change.terms or state.terms)


def grown(state: State, change: Change) -> State:
    """Give a state after a change, as `after` does, but at the cost of the state before, which is no more."""
    if not isinstance(state.contents, Listing):
        raise TypeError("only what `after` gave can grow")
    state.contents.take(change)
    return replace(state, terms=change.terms or state.terms)


def _folded(name: str) -> str:
    """Give a name in lower case: itself when it is so already, of which 100,000 copies would take memory."""
    return name if name.islower() else name.lower()
