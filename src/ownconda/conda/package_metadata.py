"""What the JSON files of a package's ``info`` folder may say: what conda clients can read, and nothing else."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rattler import IndexJson, MatchSpec, RunExportsJson
from rattler.exceptions import InvalidMatchSpecError, IoError

from ownconda.conda.records import LARGEST_INTEGER, compact_json

DEEPEST = 50
"""Levels of nesting: JSON parsers and msgpack give up somewhere beyond 100."""

CHANNELS_OWN = frozenset(
    {"attestations_sha256", "base_url", "channel", "fn", "indexed_timestamp", "md5", "sha256", "size", "url"}
)
"""Fields that a channel tells of a package; what a package says of them itself is left out."""

_HEX = {"legacy_bz2_md5": re.compile(r"[0-9a-fA-F]{32}")}
_NO_BUILD = re.compile(r"^[^^].*[\s<>!,=]|^[\s<>!,=]")  # a regular expression, which begins with ^, may hold them
_SPEC_LISTS = ("depends", "constrains")
_POSITION = re.compile(r" at line \d+ column \d+$")
_SOUND = {"name": "x", "version": "1", "build": "0", "build_number": 0, "subdir": "noarch"}
_NEEDED = tuple(_SOUND)[:4]


def index_fields(content: bytes) -> dict[str, Any]:
    """Read info/index.json; the fields that are the channel's to tell are left out.

    Raises ValueError that names the field that conda clients couldn't read.
    """
    fields = {key: value for key, value in _json_object(content).items() if key not in CHANNELS_OWN}
    missing = [key for key in _NEEDED if key not in fields]
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")
    check_index_fields(fields)
    return fields


def check_index_fields(fields: Mapping[str, Any]) -> None:
    """Check fields of an index.json, all of them or some. Raises ValueError that names what clients couldn't read."""
    _check(IndexJson.from_str, fields, beside=_SOUND)
    for field in _SPEC_LISTS:
        _check_specs(field, fields.get(field, ()))
    for field, specs in fields.get("extra_depends", {}).items():
        _check_specs(f"extra_depends.{field}", specs)
    for field, pattern in _HEX.items():
        value = fields.get(field)
        if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
            raise ValueError(f"{field} has to be hexadecimal digits, not {value!r}")
    size = fields.get("legacy_bz2_size")
    if size is not None and (type(size) is not int or size < 0):
        raise ValueError(f"legacy_bz2_size has to be a number of bytes, not {size!r}")
    if fields.get("run_exports") is not None:
        _check_run_exports(fields["run_exports"])


def run_export_fields(content: bytes) -> dict[str, Any]:
    """Read info/run_exports.json. Raises ValueError that names what conda clients couldn't read."""
    fields = _json_object(content)
    _check_run_exports(fields)
    return fields


def json_value(content: bytes) -> Any:  # noqa: ANN401  (JSON as it came)
    """Read JSON whose values every client and index format can hold.

    Raises ValueError for another one: numbers of more than 64 bits, halves of characters, very deep nesting.
    """
    try:
        value = json.loads(content.decode(), parse_constant=_refuse_constant)  # UTF-16 is no JSON for clients
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _check_values(value)
    return value


def _json_object(content: bytes) -> dict[str, Any]:
    value = json_value(content)
    if not isinstance(value, dict):
        raise ValueError("it isn't a JSON object")  # noqa: TRY004  (it is the file that is wrong)
    return value


def _check_values(value: object) -> None:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = list(_members(level))
        if not level:
            return
    raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _members(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, dict):
            yield from value
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError(f"the number {str(value)[:20]}… has more than 64 bits")
        elif isinstance(value, float) and value in {float("inf"), float("-inf")}:
            raise ValueError("a number is infinite")
        elif isinstance(value, str):
            value.encode()  # JSON may hold halves of characters


def _check_run_exports(value: object) -> None:
    if not isinstance(value, dict):
        raise ValueError("run exports have to be a JSON object")  # noqa: TRY004  (it is the file that is wrong)
    _check(RunExportsJson.from_str, value, beside={})
    for field, specs in value.items():
        _check_specs(field, specs)


def _check(read: Callable[[str], object], fields: Mapping[str, Any], *, beside: Mapping[str, Any]) -> None:
    """Have rattler read some fields, and name the one that it can't read: it fails beside sound ones as well."""
    try:
        read(compact_json({**beside, **fields}))
    except (IoError, ValueError) as error:
        said = str(error)
        for field, value in fields.items():
            try:
                read(compact_json({**beside, field: value}))
            except (IoError, ValueError) as reason:
                said = f"{field}: {reason}"
                break
        raise ValueError(_POSITION.sub("", said)) from error


def _check_specs(field: str, specs: object) -> None:
    if not isinstance(specs, (list, tuple)) or not all(isinstance(spec, str) for spec in specs):
        raise ValueError(f"{field} has to be a list of match specs")
    for spec in specs:
        try:
            build = MatchSpec(spec, strict=False).build or ""
        except (InvalidMatchSpecError, ValueError) as error:
            raise ValueError(f"{field}: {spec!r} isn't a match spec: {error}") from error
        if _NO_BUILD.search(build):
            raise ValueError(f"{field}: {spec!r} isn't a match spec: {build!r} can't be a build string")


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} isn't JSON")
