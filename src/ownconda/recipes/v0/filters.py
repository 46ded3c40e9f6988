"""What templates can do with values: Jinja's filters, tests and methods that change nothing outside."""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from ownconda.recipes.v0.values import Effort, TemplateError, Undefined, as_text

STRING_METHODS = frozenset(
    {
        "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower",
        "isnumeric", "isspace", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind",
        "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
        "upper",
    }
)  # fmt: skip
LIST_METHODS = frozenset({"append", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"})
MAPPING_METHODS = frozenset({"copy", "get", "items", "keys", "values"})
DICT_METHODS = MAPPING_METHODS | {"pop", "setdefault", "update"}
TIME_METHODS = frozenset({"date", "isoformat", "strftime", "time", "timestamp", "weekday"})


def joined(effort: Effort, items: Iterable[object], separator: str = "") -> str:
    """Put items together, with ``separator`` between them."""
    texts = [as_text(item) for item in items]
    effort.multiplied("x", sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def replaced(effort: Effort, text: str, old: str, new: str, count: int = -1) -> str:
    """Replace ``old`` by ``new``."""
    found = text.count(old)
    effort.multiplied("x", len(text) + len(new) * (found if count < 0 else min(found, count)))
    return text.replace(old, new, count)


def zero_filled(effort: Effort, text: str, width: int) -> str:
    """Fill a number with zeros from the left."""
    effort.multiplied("0", width)
    return text.zfill(width)


def formatted(effort: Effort, pattern: str, *values: object, **named: object) -> str:
    """Put values into a pattern as ``str.format`` has it, without its access to attributes and items."""
    effort.formatted(pattern)
    if any(sign in pattern for sign in (".__", "[", "!r", "!a")) or "._" in pattern:
        raise TemplateError(f"the format {pattern[:40]!r} asks for more than values")
    texts = [value if isinstance(value, int | float) else as_text(value) for value in values]
    found = {key: value if isinstance(value, int | float) else as_text(value) for key, value in named.items()}
    return pattern.format(*texts, **found)


def percent(effort: Effort, pattern: str, *values: object) -> str:
    """Put values into a pattern as the sign ``%`` has it."""
    effort.formatted(pattern)
    return pattern % tuple(value if isinstance(value, int | float) else as_text(value) for value in values)


def _default(value: object, other: object = "", boolean: object = False) -> object:  # noqa: FBT002  (Jinja's signature)
    return other if isinstance(value, Undefined) or (boolean and not value) else value


def _integer(value: object, default: int = 0, base: int = 10) -> int:
    try:
        return int(value, base) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        try:
            return int(float(value))  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            return default


def _decimal(value: object, default: float = 0.0) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return default


def _listed(value: object) -> list[object]:
    if isinstance(value, str | list | tuple | set | range | Mapping):
        return list(value)
    if isinstance(value, Undefined):
        return []
    raise TemplateError(f"{str(value)[:40]!r} has no items")


def _sorted(value: object, reverse: bool = False) -> list[object]:  # noqa: FBT001, FBT002  (Jinja's signature)
    return sorted(_listed(value), key=lambda item: item.lower() if isinstance(item, str) else item, reverse=reverse)  # type: ignore[arg-type, return-value]


def _unique(value: object) -> list[object]:
    found: dict[object, object] = {}
    for item in _listed(value):
        found.setdefault(item.lower() if isinstance(item, str) else item, item)
    return list(found.values())


def _first(value: object) -> object:
    return next(iter(_listed(value)), Undefined("first"))


def _last(value: object) -> object:
    return next(reversed(_listed(value)), Undefined("last"))


def _rounded(value: float, precision: int = 0) -> float:
    return round(float(value), min(precision, 20))


def _replaced(effort: Effort, value: object, old: object, new: object, count: int = -1) -> str:
    return replaced(effort, as_text(value), as_text(old), as_text(new), -1 if count is None else count)


def _indented(effort: Effort, value: object, width: int = 4) -> str:
    lines = as_text(value).split("\n")
    effort.multiplied(" ", width * len(lines))
    return f"\n{' ' * width}".join(lines)


def _truncated(value: object, length: int = 255) -> str:
    text = as_text(value)
    return text if len(text) <= length else f"{text[: max(length - 3, 0)]}..."


PLAIN_FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "abs": abs,
        "capitalize": lambda value: as_text(value).capitalize(),
        "count": lambda value: len(_listed(value)),
        "d": _default,
        "default": _default,
        "dictsort": lambda value: sorted(value.items()),
        "e": as_text,
        "escape": as_text,
        "first": _first,
        "float": _decimal,
        "int": _integer,
        "items": lambda value: list(value.items()) if isinstance(value, Mapping) else [],
        "last": _last,
        "length": lambda value: len(_listed(value)),
        "list": _listed,
        "lower": lambda value: as_text(value).lower(),
        "max": lambda value: max(value, default=Undefined("max")),
        "min": lambda value: min(value, default=Undefined("min")),
        "reverse": lambda value: value[::-1] if isinstance(value, str) else _listed(value)[::-1],
        "round": _rounded,
        "safe": as_text,
        "sort": _sorted,
        "string": as_text,
        "sum": sum,
        "title": lambda value: as_text(value).title(),
        "tojson": lambda value: json.dumps(value, default=str),
        "trim": lambda value, characters=None: as_text(value).strip(characters),
        "truncate": _truncated,
        "unique": _unique,
        "upper": lambda value: as_text(value).upper(),
        "wordcount": lambda value: len(as_text(value).split()),
    }
)
"""Filters that are functions of what they are given."""

COUNTED_FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "format": percent,
        "indent": _indented,
        "join": lambda effort, value, separator="": joined(effort, _listed(value), as_text(separator)),
        "replace": _replaced,
    }
)
"""Filters whose result may be far larger than what they are given; they count their effort first."""

TESTS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "!=": lambda value, other: value != other,
        "<": lambda value, other: value < other,
        "<=": lambda value, other: value <= other,
        "==": lambda value, other: value == other,
        ">": lambda value, other: value > other,
        ">=": lambda value, other: value >= other,
        "boolean": lambda value: isinstance(value, bool),
        "defined": lambda value: not isinstance(value, Undefined),
        "divisibleby": lambda value, other: value % other == 0,
        "eq": lambda value, other: value == other,
        "equalto": lambda value, other: value == other,
        "even": lambda value: value % 2 == 0,
        "false": lambda value: value is False,
        "float": lambda value: isinstance(value, float),
        "ge": lambda value, other: value >= other,
        "gt": lambda value, other: value > other,
        "in": lambda value, other: value in other,
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "iterable": lambda value: isinstance(value, str | list | tuple | set | range | Mapping),
        "le": lambda value, other: value <= other,
        "lower": lambda value: as_text(value).islower(),
        "lt": lambda value, other: value < other,
        "mapping": lambda value: isinstance(value, Mapping),
        "ne": lambda value, other: value != other,
        "none": lambda value: value is None,
        "number": lambda value: isinstance(value, int | float),
        "odd": lambda value: value % 2 == 1,
        "sameas": lambda value, other: value is other,
        "sequence": lambda value: isinstance(value, str | list | tuple),
        "string": lambda value: isinstance(value, str),
        "true": lambda value: value is True,
        "undefined": lambda value: isinstance(value, Undefined),
        "upper": lambda value: as_text(value).isupper(),
    }
)
