"""What of an index elsewhere a cache shows, and what it has to know of each file. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ownconda.channels.caches.terms import CacheTerms
from ownconda.conda.match_specs import chooser
from ownconda.conda.records import Record, record_from_fields
from ownconda.policy.licences import objection
from ownconda.repodata.listed_files import SECTIONS, ListedFile, listed_files
from ownconda.repodata.old_index import told_time
from ownconda.repodata.revisions import V3

Fields = Mapping[str, Any]


class Known(NamedTuple):
    """What a cache knows of a file that is listed: its sha256, its size in bytes, its address, since when, if shown."""

    sha256: str
    size: int
    url: str
    since: int
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The index of a subdir as a cache shows it, all files listed there, and when the next one ripens (0: none).

    Times are in milliseconds since 1970.
    """

    index: Mapping[str, Any]
    files: Mapping[str, Known]
    ripening: int


def let_through(told: Fields, subdir: str, terms: CacheTerms, before: Mapping[str, Known] | None, *, now: int) -> Shown:
    """Choose what is shown of an index; ``before`` is what was known before, None at the first look.

    A file without a sha256 and a size isn't shown: nothing says what it has to be. What comes to be listed is as old as
    the cache's first sight of it, since what it says itself proves nothing; at the first look there is nothing
    else. Raises AttributeError, TypeError or ValueError for what is no index.
    """
    listed = {one.name: one for one in listed_files(told, f"{terms.url}/{subdir}") if one.sha256 and one.size}
    taken, files = _taking(terms), dict[str, Known]()

    def shows(name: str, fields: Fields) -> bool:
        if name not in listed:
            return False
        since = _since(listed[name], fields, before, now)
        shown = since + terms.cool_down <= now and taken(name, fields)
        files[name] = Known(listed[name].sha256, listed[name].size, listed[name].url, since, shown)
        return shown

    index: dict[str, Any] = {"info": {"subdir": subdir}}  # neither base_url nor relations: the files lie beside it
    for section in SECTIONS:
        index[section] = {name: fields for name, fields in told.get(section, {}).items() if shows(name, fields)}
    index |= {"removed": [one for one in told.get("removed", ()) if isinstance(one, str)], "repodata_version": 1}
    newer = {
        extension: {stem: fields for stem, fields in records.items() if shows(f"{stem}.{extension}", fields)}
        for extension, records in told.get(V3, {}).items()
    }
    ripe_at = [known.since + terms.cool_down for known in files.values()]
    return Shown(
        index=index | ({V3: newer} if newer else {}),
        files=files,
        ripening=min((at for at in ripe_at if at > now), default=0),
    )


def _since(file: ListedFile, fields: Fields, before: Mapping[str, Known] | None, now: int) -> int:
    if before is None:
        return min(told_time(fields) or 0, now)
    known = before.get(file.name)
    return known.since if known and known.sha256 == file.sha256 else now


def _taking(terms: CacheTerms) -> Callable[[str, Fields], bool]:
    """Make the function that tells whether a package is one that the cache is for."""
    wanted, held = [chooser(one) for one in terms.specs], [chooser(one) for one in terms.held]
    licences = terms.licences

    def taken(name: str, fields: Fields) -> bool:
        if licences is not None and objection(fields.get("license"), licences):
            return False
        if not wanted and not held:
            return True
        try:
            record = _record(name, fields)
        except (KeyError, TypeError, ValueError):
            return False
        return (not wanted or any(one(record) for one in wanted)) and not any(one(record) for one in held)

    return taken


def _record(name: str, fields: Fields) -> Record:
    return record_from_fields(fields, file_name=name, run_exports={})
