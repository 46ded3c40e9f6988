"""What records may need: by name forwards, by match spec backwards."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from ownconda.conda.match_specs import acceptor, spec_name
from ownconda.conda.records import Record
from ownconda.errors import WrongInputError

_NAME = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)


def reaching(lost: Iterable[Record], records: Mapping[str, Record]) -> frozenset[str]:
    """Give the paths of those records that a solution might have joined with one that is lost.

    A way leads through match specs that accept what they lead to. What has no such way to anything lost was never
    installed because of it, and loses nothing.
    """
    asked_by = _specs_by_name(records)
    found: set[str] = set()
    frontier = list(lost)
    while frontier:
        holders = _holders(frontier, asked_by) - found
        found |= holders
        frontier = [records[path] for path in holders]
    return frozenset(found)


def names_needed(start: Iterable[Record], records: Iterable[Record]) -> frozenset[str]:
    """Give the names of all that might be installed with the records to start from."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        asked[record.name].update(map(name_of, requirements(record)))
    first = list(start)
    found = {record.name for record in first}
    frontier = found | {name_of(spec) for record in first for spec in requirements(record)}
    while frontier:
        found |= frontier
        frontier = {name for one in frontier for name in asked.get(one, ())} - found
    return frozenset(found)


def requirements(record: Record) -> tuple[str, ...]:
    """Give the match specs of what a record needs, its optional parts (``extra_depends``) as well."""
    if '"extra_depends"' not in record.json:
        return record.depends
    optional = json.loads(record.json).get("extra_depends") or {}
    return (*record.depends, *(spec for specs in optional.values() for spec in specs))


@lru_cache(maxsize=65_536)
def name_of(spec: str) -> str:
    """Give the name that a spec asks for; of one that can't be read: what it begins with."""
    try:
        return spec_name(spec)
    except WrongInputError:
        found = _NAME.match(spec)
        return found[0].lower() if found else spec


def is_conditional(spec: str) -> bool:
    """Tell whether something is needed under a condition only (``scipy; if python >=3.12``)."""
    return ";" in spec or "when=" in spec


@lru_cache(maxsize=65_536)
def is_plain(spec: str) -> bool:
    """Tell whether a spec says a name, a version and a build alone, so that `accepting` is the whole truth of it."""
    return not any(sign in spec for sign in "[^;:") and accepting(spec) is not _anything


@lru_cache(maxsize=65_536)
def is_readable(spec: str) -> bool:
    """Tell whether a solver can read a spec; a name with one that it can't it may refuse altogether."""
    return "^" in spec or accepting(spec) is not _anything


@lru_cache(maxsize=65_536)
def accepting(spec: str) -> Callable[[str, str], bool]:
    """Make the function that tells whether a spec might accept a version and a build.

    What can't be read, or has a regular expression, counts as accepting everything.
    """
    try:
        return _anything if "^" in spec else acceptor(spec)
    except WrongInputError:
        return _anything


def _anything(version: str, build: str) -> bool:  # noqa: ARG001  (an acceptor's parameters)
    return True


def _specs_by_name(records: Mapping[str, Record]) -> Mapping[str, Mapping[str, list[str]]]:
    """Give, by the name that is asked for, each spec and who has it."""
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, record in records.items():
        for spec in requirements(record):
            found[name_of(spec)][spec].append(path)
    return found


def _holders(wanted: Collection[Record], asked_by: Mapping[str, Mapping[str, list[str]]]) -> set[str]:
    by_name: defaultdict[str, list[Record]] = defaultdict(list)
    for record in wanted:
        by_name[record.name].append(record)
    return {
        path
        for name, candidates in by_name.items()
        for spec, holders in asked_by.get(name, {}).items()
        if _accepts_one(spec, candidates)
        for path in holders
    }


def _accepts_one(spec: str, candidates: Iterable[Record]) -> bool:
    accepts = accepting(spec)
    return any(accepts(record.version, record.build) for record in candidates)
