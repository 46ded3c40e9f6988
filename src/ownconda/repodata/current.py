"""current_repodata.json: the newest version of each package and what it needs, for clients that start with little."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ownconda.conda.match_specs import acceptor, spec_name
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError
from ownconda.repodata.documents import repodata_json
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.info import NO_INFO, Info

FILE = "current_repodata.json"


def current_repodata(subdir: str, entries: Iterable[Entry], *, info: Info = NO_INFO) -> bytes:
    """Make a subdir's current_repodata.json from all of its entries, as clients see them."""
    chosen = current_entries(entries)
    without_shards = {entry.record.name: b"" for entry in chosen}
    return repodata_json(index_subdir(subdir, chosen, info=info, digests=without_shards))


def current_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Choose among a subdir's entries: all builds of each name's newest version, and what their dependencies miss.

    A dependency that no chosen package satisfies brings all builds of the newest version that does, and so on. Clients
    avoid what tracks features: where all of a newest version does, the newest one that doesn't is there as well.
    """
    by_name: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.yanked:
            by_name[entry.record.name].append(entry)
    for members in by_name.values():
        members.sort(key=lambda entry: version_key(entry.record.version), reverse=True)
    chosen: dict[str, Entry] = {}
    fresh = [entry for members in by_name.values() for entry in _newest(members)]
    asked: set[str] = set()
    while fresh:
        chosen |= {entry.path: entry for entry in fresh}
        specs = sorted({spec for entry in fresh for spec in entry.record.depends} - asked)
        asked.update(specs)
        fresh = [entry for spec in specs for entry in _missing(spec, by_name, chosen)]
    return list(chosen.values())


def _missing(spec: str, by_name: Mapping[str, Sequence[Entry]], chosen: Mapping[str, Entry]) -> Iterator[Entry]:
    """Give what has to be added for a dependency: nothing when it is satisfied, or can't be."""
    try:
        members, accepts = by_name.get(spec_name(spec), ()), acceptor(spec)
    except WrongInputError:
        return iter(())
    fitting = [entry for entry in members if accepts(entry.record.version, entry.record.build)]
    satisfied = any(entry.path in chosen for entry in fitting)
    return iter(()) if satisfied or not fitting else _of_version(members, fitting[0].record.version)


def _newest(newest_first: Sequence[Entry]) -> Iterator[Entry]:
    yield from _of_version(newest_first, newest_first[0].record.version)
    without_features = next((entry for entry in newest_first if not _tracks_features(entry)), None)
    if without_features:
        yield from _of_version(newest_first, without_features.record.version)


def _tracks_features(entry: Entry) -> bool:
    """Tell whether a package says ``track_features``; few do, so it is looked for as text first."""
    text = entry.record.json
    return '"track_features":' in text and bool(json.loads(text).get("track_features"))


def _of_version(members: Iterable[Entry], version: str) -> Iterator[Entry]:
    key = version_key(version)[0]
    return (entry for entry in members if version_key(entry.record.version)[0] == key)
