"""What is wrong with what a file or a variable sets: names that there aren't, values of another kind."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import get_args, get_origin

import typed_settings

from ownconda.errors import Problem, Where
from ownconda.settings.options import nearest, options, variable

MEANT: Mapping[object, tuple[str, str | None]] = MappingProxyType(
    {
        list: ("a list of strings", 'such as ["one"]'),
        dict: ("a table of strings", 'such as {name = "value"}'),
        bool: ("true or false", None),
        int: ("a whole number", None),
        float: ("a number", None),
    }
)

_A_STRING = ("a string", None)

_WRITTEN: Mapping[object, re.Pattern[str]] = MappingProxyType(
    {
        bool: re.compile("true|yes|on|1|false|no|off|0", re.IGNORECASE),
        int: re.compile(r"\d+"),
        float: re.compile(r"\d+(\.\d+)?"),
    }
)
"""How a variable may write what isn't a text."""


def problems_of_file(file: Path, found: Mapping[str, object]) -> Iterator[Problem]:
    """Tell what is wrong with what a file sets: values by the dotted names of options."""
    known = {option.path: option.cls for option in options()}
    for name, value in found.items():
        where = Where(file=file, field=name)
        shown = "this" if known.get(name) is typed_settings.SecretStr else repr(value)
        if name not in known:
            yield Problem(what="there is no such setting", where=where, hint=nearest(name, list(known)))
        elif tables := _tables(known[name], value):
            kind, named = tables
            for key, table in named.items():
                yield from _problems_of_table(file, f"{name}.{key}", kind, table)
        elif not _fits(known[name], value):
            meant, example = MEANT.get(get_origin(known[name]) or known[name], _A_STRING)
            yield Problem(what=f"{meant} is meant, not {shown}", where=where, hint=example)


def _tables(kind: object, value: object) -> tuple[type, dict[str, object]] | None:
    """Give the tables that a setting is made of, each of a kind of its own, if it is made so."""
    inner = get_args(kind)[1] if get_origin(kind) is dict else None
    return (inner, value) if isinstance(inner, type) and is_dataclass(inner) and isinstance(value, dict) else None


def _problems_of_table(file: Path, place: str, kind: type, table: object) -> Iterator[Problem]:
    known = {one.name: one.type for one in fields(kind)}
    if not isinstance(table, dict):
        yield Problem(what=f"a table is meant, not {table!r}", where=Where(file=file, field=place))
        return
    for key, value in table.items():
        where = Where(file=file, field=f"{place}.{key}")
        if key not in known:
            yield Problem(what="there is no such setting", where=where, hint=nearest(key, list(known)))
        elif not _fits(known[key], value):
            meant, example = MEANT.get(known[key], _A_STRING)
            yield Problem(what=f"{meant} is meant, not {value!r}", where=where, hint=example)


def _fits(kind: object, value: object) -> bool:
    """Tell whether a value is of an option's kind: a string, a number, a switch, or a list or table of strings."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in {bool, int}:
        return type(value) is kind
    if get_origin(kind) is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return isinstance(value, dict) and all(_fits(inner, item) for item in value.values())
    return isinstance(value, str)


def wrong_texts(given: Mapping[str, object]) -> Iterator[Problem]:
    """Tell the variables whose text isn't what a switch or a number may be written as."""
    for option in options():
        text = given.get(option.path)
        pattern = _WRITTEN.get(option.cls)
        if isinstance(text, str) and pattern is not None and not pattern.fullmatch(text.strip()):
            meant, _ = MEANT[option.cls]
            yield Problem(what=f"{meant} is meant, not {text!r}", where=Where(file=variable(option.path)))
