"""Record: one package's metadata, as an index carries it."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST_INTEGER = 2**63 - 1
"""What databases and index formats can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A package's metadata.

    ``json`` is the whole of it as compact JSON with sorted keys: index.json's fields together with ``md5``,
    ``sha256`` and ``size`` (bytes) of the file; nothing that the package says is lost. The attributes are
    what ownconda itself asks for. ``run_exports`` is info/run_exports.json as compact JSON, or empty. ``about`` is what
    channeldata.json tells of it as compact JSON, or empty where that isn't known; two records don't differ by it alone.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    file_name: str
    sha256: str
    size: int
    timestamp: int = 0
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: str | None = None
    license: str | None = None
    json: str = field(repr=False)
    run_exports: str = field(default="", repr=False)
    about: str = field(default="", repr=False, compare=False)

    @property
    def path(self) -> str:
        """Where it stands in a channel: ``<subdir>/<file name>``."""
        return f"{self.subdir}/{self.file_name}"


def record_from_fields(
    fields: Mapping[str, Any], *, file_name: str, run_exports: Mapping[str, Any], about: str = ""
) -> Record:
    """Make a Record from index.json's fields plus md5, sha256 and size.

    Raises KeyError, TypeError or ValueError when a field that ownconda asks for is missing, of another type or out of
    range.
    """
    return Record(
        name=sys.intern(_text(fields, "name")),
        version=sys.intern(_text(fields, "version")),
        build=_text(fields, "build"),
        build_number=_integer(fields, "build_number"),
        subdir=sys.intern(_text(fields, "subdir")),
        file_name=file_name,
        sha256=_text(fields, "sha256"),
        size=_integer(fields, "size"),
        timestamp=_integer(fields, "timestamp") if fields.get("timestamp") is not None else 0,
        depends=_texts(fields, "depends"),
        constrains=_texts(fields, "constrains"),
        noarch=_noarch(fields),
        license=_optional_text(fields, "license"),
        json=_storable(compact_json(fields)),
        run_exports=_storable(compact_json(run_exports)) if run_exports else "",
        about=about,
    )


def record_from_json(text: str, *, file_name: str, run_exports: str = "", about: str = "") -> Record:
    """Read back what ``Record.json``, ``Record.run_exports`` and ``Record.about`` hold."""
    exported = json.loads(run_exports) if run_exports else {}
    return record_from_fields(json.loads(text), file_name=file_name, run_exports=exported, about=about)


def compact_json(value: object) -> str:
    """Write JSON in the one form that we store and compare: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{key} has to be text, not {value!r}")
    return value


def _optional_text(fields: Mapping[str, Any], key: str) -> str | None:
    return _text(fields, key) if fields.get(key) else None


def _noarch(fields: Mapping[str, Any]) -> str | None:
    """Give the kind of a noarch package; the oldest ones say ``true``."""
    return "generic" if fields.get("noarch") is True else _optional_text(fields, "noarch")


def _integer(fields: Mapping[str, Any], key: str) -> int:
    value = fields[key]
    if type(value) is not int or not 0 <= value <= LARGEST_INTEGER:
        raise TypeError(f"{key} has to be a whole number from 0 to {LARGEST_INTEGER}, not {str(value)[:40]!r}")
    return value


def _storable(text: str) -> str:
    """Give the text back when it can be written at all: JSON may hold halves of characters."""
    text.encode()
    return text


def _texts(fields: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = fields.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{key} has to be a list of match specs")
    return tuple(map(sys.intern, value))  # thousands of packages say the same ones
