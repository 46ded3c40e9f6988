"""What values in templates have under a name or a key: entries, and the methods that are allowed."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType

from ownconda.recipes.v0 import filters
from ownconda.recipes.v0.template_runs import Namespace, Run
from ownconda.recipes.v0.values import Function, Undefined, as_text


def member(run: Run, holder: object, name: str) -> object:
    """Give what ``holder`` has under ``name``: an entry, or a method that is allowed."""
    if isinstance(holder, Undefined):
        return run.miss(holder.member(name))
    entries = holder.values if isinstance(holder, Namespace) else holder
    if isinstance(entries, Mapping) and name in entries:
        found: object = entries[name]
    elif isinstance(holder, str) and name in _COUNTED_METHODS:
        found = Function(partial(_COUNTED_METHODS[name], run.effort, holder))
    elif any(isinstance(holder, kind) and name in methods for kind, methods in _METHODS):
        found = Function(partial(_method, run, holder, name))
    elif isinstance(holder, date | timedelta) and name in _TIME_FIELDS:
        found = getattr(holder, name, Undefined(name))
    else:
        found = Undefined(name)
    return found


def member_or_item(run: Run, holder: object, key: object) -> object:
    """Give what ``holder`` has under a key, or else under that as a name."""
    try:
        return holder[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return member(run, holder, as_text(key))


def _method(run: Run, holder: object, name: str, *given: object, **named: object) -> object:
    found = getattr(holder, name)(*given, **named)
    if isinstance(holder, list | dict):
        run.effort.checked(holder)
    return list(found) if name in {"items", "keys", "values"} else found


_COUNTED_METHODS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "join": lambda effort, separator, items: filters.joined(effort, items, separator),
        "replace": filters.replaced,
        "zfill": filters.zero_filled,
        "format": filters.formatted,
    }
)
_METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (str, filters.STRING_METHODS),
    (list, filters.LIST_METHODS),
    (tuple, frozenset({"count", "index"})),
    (dict, filters.DICT_METHODS),
    (Mapping, filters.MAPPING_METHODS),
    (date, filters.TIME_METHODS),
)
_TIME_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second", "days"})
