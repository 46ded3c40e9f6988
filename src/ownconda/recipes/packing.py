"""Values of ours as bytes, and back: dataclasses by the types of their fields, in MessagePack. Reading runs nothing.

How a class is written and read is made of its fields once, so that thousands of values are read in a moment.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgpack

V = TypeVar("V")

_SURROGATES = "surrogateescape"  # paths may have bytes that are no UTF-8


@dataclass(frozen=True, slots=True)
class _Form:
    """How values of a type are written as plain data, and read again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def pack(value: object) -> bytes:
    """Make bytes of a dataclass whose fields are scalars, paths, and tuples, mappings and dataclasses of such.

    Raises TypeError, ValueError or OverflowError for what couldn't be read back as it is.
    """
    kind: Any = type(value)
    return _packed(_form(kind).write(value))


def unpack(kind: Callable[..., V], packed: bytes) -> V:
    """Make a value of the class of what `pack` gave.

    Raises ValueError or TypeError when it is something else.
    """
    value: V = _form(kind).read(_unpacked(packed))
    return value


def _packed(value: object, *, strict: bool = False) -> bytes:
    packed: bytes = msgpack.packb(value, strict_types=strict, unicode_errors=_SURROGATES)
    return packed


def _unpacked(packed: bytes, *, lists: bool = False) -> Any:  # noqa: ANN401  (whatever was packed)
    return msgpack.unpackb(packed, use_list=lists, strict_map_key=False, unicode_errors=_SURROGATES)


@cache
def _form(kind: Any) -> _Form:  # noqa: ANN401, PLR0911  (a type, or typing's words for one; each has its form)
    arguments = get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _form_of_class(kind)
    if kind is Path:
        return _Form(str, lru_cache(maxsize=16)(Path))  # a recipe and its Builds name the same one
    if arguments == (Path, str):
        return _Form(
            lambda value: (isinstance(value, Path), str(value)), lambda told: Path(told[1]) if told[0] else told[1]
        )
    if type(None) in arguments:
        return _optional(_form(arguments[0]))
    if get_origin(kind) is tuple:
        return _tuple(_form(arguments[0]))
    if get_origin(kind) is Mapping:
        return _ANYTHING if object in arguments else _Form(dict, _same)
    return _PLAIN


def _form_of_class(kind: type) -> _Form:
    forms = {name: _form(one) for name, one in get_type_hints(kind).items()}
    changing = [(place, form.read) for place, form in enumerate(forms.values()) if form.read is not _same]

    def write(value: object) -> tuple[object, ...]:
        return tuple([form.write(getattr(value, name)) for name, form in forms.items()])

    def read(packed: Iterable[Any]) -> object:
        values = list(packed)
        for place, way in changing:
            values[place] = way(values[place])
        return kind(**dict(zip(forms, values, strict=True)))

    return _Form(write, read)


def _optional(form: _Form) -> _Form:
    if form is _PLAIN:
        return form
    return _Form(
        lambda value: None if value is None else form.write(value),
        lambda packed: None if packed is None else form.read(packed),
    )


def _tuple(form: _Form) -> _Form:
    if form is _PLAIN:
        return form
    return _Form(
        lambda values: tuple([form.write(value) for value in values]),
        lambda packed: tuple([form.read(one) for one in packed]),
    )


def _same(value: Any) -> Any:  # noqa: ANN401  (plain data)
    return value


_PLAIN = _Form(_same, _same)
# What a recipe may hold is packed for itself: lists in it stay lists, while ours are tuples.
_ANYTHING = _Form(lambda value: _packed(value, strict=True), lambda packed: _unpacked(packed, lists=True))
