"""A recipe's sections as plain values: mappings, lists of texts, truth values, in all the forms that were ever used."""

from collections.abc import Mapping, Sequence

from ownconda.errors import Where, WrongInputError

_TRUE = frozenset({"y", "on", "true", "yes"})
_FALSE = frozenset({"n", "no", "false", "off"})


def section(holder: Mapping[str, object], name: str, *, where: Where) -> Mapping[str, object]:
    """Give a section; an empty one counts as a mapping with nothing in it.

    Raises WrongInputError when it is something else.
    """
    found = holder.get(name)
    if not found:
        return {}
    if not isinstance(found, Mapping):
        raise WrongInputError("has to be a mapping", where=Where(file=where.file, line=where.line, field=name))
    return {str(key): value for key, value in found.items()}


def sections(holder: Mapping[str, object], name: str, *, where: Where) -> tuple[Mapping[str, object], ...]:
    """Give a list of sections; one that stands alone is a list of one.

    Raises WrongInputError when an entry is something else.
    """
    found = holder.get(name)
    entries = [] if not found else found if isinstance(found, list) else [found]
    for index, entry in enumerate(entries):
        if entry is not None and not isinstance(entry, Mapping):
            field = f"{name}[{index}]"
            raise WrongInputError("has to be a mapping", where=Where(file=where.file, line=where.line, field=field))
    return tuple({str(key): value for key, value in entry.items()} for entry in entries if isinstance(entry, Mapping))


def texts(value: object) -> tuple[str, ...]:
    """Give a list of texts; one that stands alone is a list of one, and what is empty doesn't count."""
    if value is None or value is False or isinstance(value, Mapping):
        return ()
    entries: Sequence[object] = value if isinstance(value, list | tuple) else [value]
    return tuple(text for entry in entries if entry is not None and (text := as_written(entry)))


def text(value: object) -> str:
    """Give one text; nothing is an empty one."""
    return "" if value is None or isinstance(value, Mapping | list) else as_written(value)


def truth(value: object) -> bool:
    """Tell whether a value means yes, as YAML 1.1 and conda-build have it."""
    if isinstance(value, str):
        lowered = value.lower()
        return lowered in _TRUE or (lowered not in _FALSE and bool(value))
    return bool(value)


def as_written(value: object) -> str:
    """Give a scalar as text."""
    if isinstance(value, bool):
        return "True" if value else "False"
    return str(value).strip()
