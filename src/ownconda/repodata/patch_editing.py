"""Patch documents applied to records: a pure function that gives the patch instructions of each subdir."""

import fnmatch
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from string import Template
from typing import Any

from ownconda.conda.match_specs import spec_name
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.repodata.patch_documents import (
    FEATURES,
    LISTS,
    NUMBERS,
    Condition,
    Document,
    Edit,
    ListEdit,
    PinEdit,
    Swap,
)
from ownconda.repodata.patches import Patch
from ownconda.repodata.pin_edits import loosened, relaxed, tightened

_OPTIONAL = "?( *)"
"""What a pattern may have after a name: nothing, or a space and anything."""

_GLOB = frozenset("*?[]()")
_PARTS = ("major_version", "minor_version", "patch_version")
_ORDERS = {"lt": {-1}, "le": {-1, 0}, "gt": {1}, "ge": {0, 1}, "eq": {0}, "like": {0}, "ne": {-1, 1}}
_Fields = dict[str, Any]
_Spec = Callable[[str], str]


def patches_by(
    documents: Sequence[Document], entries: Iterable[Entry], before: Mapping[str, Patch]
) -> dict[str, Patch]:
    """Give the patches of each subdir: those that there are ``before``, and on top what documents edit in entries.

    Raises WrongInputError at the document whose edit of a package comes to no match spec.
    """
    about = _ordered_by_name(documents)
    edited: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for entry in entries:
        subdir, file_name = entry.record.subdir, entry.record.file_name
        said = before[subdir].fields.get(file_name, {}) if subdir in before else {}
        fields = json.loads(entry.record.json) | said
        changed = _edited(fields, file_name, about(entry.record.name))
        if changed:
            edited[subdir][file_name] = {**said, **changed}
    return dict(before) | {subdir: _more(before.get(subdir, Patch()), fields) for subdir, fields in edited.items()}


def _more(patch: Patch, fields: Mapping[str, Mapping[str, Any]]) -> Patch:
    return Patch(fields={**patch.fields, **fields}, revoked=patch.revoked, removed=patch.removed)


def _ordered_by_name(documents: Sequence[Document]) -> Callable[[str], Iterable[Document]]:
    """Make the function that gives the documents which may be about packages of a name, in their order."""
    named: defaultdict[str, list[int]] = defaultdict(list)
    others: list[int] = []
    for number, document in enumerate(documents):
        names = next(filter(None, map(_names, document.conditions)), None)
        for name in names or ():
            named[name].append(number)
        others += [] if names else [number]
    return lambda name: (documents[number] for number in sorted({*named.get(name, ()), *others}))


def _names(condition: Condition) -> tuple[str, ...]:
    """Give the only names that a condition lets pass, if it is about names without patterns."""
    plain = condition.field == "name" and condition.test in {"like", "in", "eq"} and not condition.negated
    return condition.values if plain and not any(_GLOB & set(value) for value in condition.values) else ()


def _edited(fields: _Fields, file_name: str, documents: Iterable[Document]) -> _Fields:
    """Give the fields that documents change, with what they are then; None for one that is gone."""
    now = dict(fields)
    for document in documents:
        if all(_holds(one, now, file_name) != one.negated for one in document.conditions):
            _apply(document, now)
    changed = (*LISTS, FEATURES)
    return {key: now.get(key) for key in changed if now.get(key) != fields.get(key)}


def _apply(document: Document, fields: _Fields) -> None:
    try:
        for edit in document.edits:
            before = {*_list(fields, "depends"), *_list(fields, "constrains")}
            _do(edit, fields)
            for spec in (*_list(fields, "depends"), *_list(fields, "constrains")):
                if spec not in before:
                    spec_name(spec)
    except (WrongInputError, ValueError) as error:
        what = f"{fields['name']} {fields['version']} {fields['build']}: {error}"
        raise WrongInputError(what, where=document.where) from error


def _do(edit: Edit, fields: _Fields) -> None:
    match edit:
        case ListEdit(field="track_features"):
            _edit_features(edit, fields)
        case ListEdit(verb="remove"):
            kept = [one for one in _list(fields, edit.field) if not any(_like(one, value) for value in edit.values)]
            _put(fields, edit.field, kept)
        case ListEdit():
            new = [_filled(value, fields) for value in edit.values]
            there = _list(fields, edit.field) if edit.verb == "add" else []
            fields[edit.field] = there + [one for one in dict.fromkeys(new) if one not in there]
        case Swap():
            _put(fields, edit.field, list(_swapped(edit, fields)))
        case PinEdit():
            _put(fields, "depends", _repinned(edit, fields))


def _edit_features(edit: ListEdit, fields: _Fields) -> None:
    there = _features(fields)
    if edit.verb == "add":
        there += [_filled(value, fields) for value in edit.values]
    else:
        there = [one for one in there if not any(_like(one, value) for value in edit.values)]
    fields[FEATURES] = " ".join(there)
    if not there:
        del fields[FEATURES]


def _swapped(edit: Swap, fields: _Fields) -> Iterator[str]:
    there = _list(fields, edit.field)
    old = _filled(edit.old, fields)
    if edit.name_only:
        name = _filled(edit.new, fields)
        yield from (f"{name}{one[len(old) :]}" if one.split(" ")[0] == old else one for one in there)
        return
    given = set(there)
    for one in there:
        new = _filled(edit.new, fields, old=one) if _like(one, old) else one
        if new == one or new not in given:
            given.add(new)
            yield new


def _repinned(edit: PinEdit, fields: _Fields) -> list[str]:
    name, upper_bound = _filled(edit.name, fields), _filled(edit.upper_bound, fields)
    if edit.verb == "relax":
        change: _Spec = lambda spec: relaxed(spec, edit.max_pin)  # noqa: E731  (one of three)
    elif edit.verb == "tighten":
        change = lambda spec: tightened(spec, max_pin=edit.max_pin, upper_bound=upper_bound)  # noqa: E731
    else:
        change = lambda spec: loosened(spec, max_pin=edit.max_pin, upper_bound=upper_bound)  # noqa: E731
    return [change(one) if _like(one.split(" ")[0], name) else one for one in _list(fields, "depends")]


def _holds(condition: Condition, fields: _Fields, file_name: str) -> bool:
    field, values = condition.field, condition.values
    if condition.test == "has":
        there = _features(fields) if field == FEATURES else _list(fields, field)
        return all(any(_like(one, value) for one in there) for value in values)
    given = file_name if field == "artifact" else fields.get(field, 0 if field == "timestamp" else None)
    if given is None:
        return False
    if condition.test == "in" or (condition.test == "like" and not _is_plain_version(field, values[0])):
        return any(_like(str(given), value) for value in values)
    return _compares(condition.test, field, given, values[0])


def _compares(test: str, field: str, given: object, value: str) -> bool:
    if field in NUMBERS:
        left, right = int(str(given)), int(value)
        order = (left > right) - (left < right)
    elif field == "version":
        mine, other = version_key(str(given))[0], version_key(value)[0]
        order = (mine > other) - (mine < other)
    else:
        order = int(str(given) != value)
    return order in _ORDERS[test]


def _is_plain_version(field: str, value: str) -> bool:
    return field == "version" and not _GLOB & set(value)


def _features(fields: _Fields) -> list[str]:
    said = fields.get(FEATURES) or []
    return said.replace(",", " ").split() if isinstance(said, str) else [str(one) for one in said]


def _list(fields: _Fields, field: str) -> list[str]:
    return list(fields.get(field) or [])


def _put(fields: _Fields, field: str, texts: list[str]) -> None:
    """Put a list in place, where there was one."""
    if field in fields:
        fields[field] = texts


def _filled(text: str, fields: _Fields, **more: str) -> str:
    if "$" not in text:
        return text
    identifiers = Template(text).get_identifiers()
    return Template(text).substitute({name: more.get(name) or _variable(name, fields) for name in identifiers})


def _variable(name: str, fields: _Fields) -> str:
    parts = str(fields["version"]).split(".")
    if name == "next_version":
        if not parts[-1].isdecimal():
            raise ValueError(f"there is no version next to {fields['version']}: {parts[-1]!r} is no number")
        return ".".join([*parts[:-1], str(int(parts[-1]) + 1)])
    if name in _PARTS:
        return (parts + ["0"] * len(_PARTS))[_PARTS.index(name)]
    return str(fields[name])


def _like(text: str, pattern: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=16_384)
def _pattern(text: str) -> re.Pattern[str]:
    parts = [re.sub(r"\\[Zz]$", "", fnmatch.translate(part)) for part in text.split(_OPTIONAL)]
    return re.compile("(?s: .*)?".join(parts))
