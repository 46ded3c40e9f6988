"""Patch instructions: the files that repodata patches are written in, as conda-index reads them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ownconda.conda.names import EXTENSIONS, SUBDIRS, parse_file_name
from ownconda.conda.package_metadata import CHANNELS_OWN, check_index_fields, json_value
from ownconda.conda.records import compact_json
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.repodata.patches import Patch

FILE = "patch_instructions.json"
VERSION = 1
UNPATCHABLE = CHANNELS_OWN | {"name", "version", "build", "build_number", "subdir"}
"""Fields that a file's name and content say, or the channel itself (CEP 47: since when it lists a package)."""

_KEYS = ("packages", "packages.conda", "revoke", "remove")
_VERSION_KEY = "patch_instructions_version"


def read_patches(folder: Path) -> dict[str, Patch]:
    """Read ``<folder>/<subdir>/patch_instructions.json`` of all subdirs.

    Raises WrongInputError that tells all that is wrong with them.
    """
    files = instruction_files(folder)
    if not files:
        hint = f"they are read from <subdir>/{FILE}, for example linux-64/{FILE}, and from files such as zlib.yaml"
        raise WrongInputError("there are no patch instructions", where=Where(file=folder), hint=hint)
    patches: dict[str, Patch] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            patches[file.parent.name] = _read(file)
        except WrongInputError as error:
            problems.extend(error.problems)
    if problems:
        raise WrongInputError.of(problems)
    return patches


def instruction_files(folder: Path) -> list[Path]:
    """Give the files that `read_patches` reads."""
    return sorted(folder.glob(f"*/{FILE}"))


def parse_instructions(content: bytes, file: Path | str) -> Patch:
    """Read the patch instructions of one subdir. Raises WrongInputError that tells all that is wrong with them."""
    try:
        instructions = json_value(content)
    except ValueError as error:
        raise WrongInputError(f"it can't be read as JSON: {error}", where=Where(file=file)) from error
    problems = list(_problems(instructions, file))
    if problems:
        raise WrongInputError.of(problems)
    return _patch(instructions)


def patches_json(patches: Mapping[str, Patch]) -> str:
    """Write the patches of a channel in the one form that is stored and compared."""
    return compact_json({subdir: _instructions(patch) for subdir, patch in patches.items() if patch != Patch()})


def patches_from(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Patch]:
    """Give back the patches whose `patches_json` was read as JSON."""
    return {subdir: _patch(instructions) for subdir, instructions in stored.items()}


def _read(file: Path) -> Patch:
    if file.parent.name not in SUBDIRS:
        raise WrongInputError(f"{file.parent.name!r} isn't a subdir", where=Where(file=file))
    try:
        return parse_instructions(file.read_bytes(), file)
    except OSError as error:
        raise WrongInputError(f"it can't be read: {error.strerror}", where=Where(file=file)) from error


def _patch(instructions: Mapping[str, Any]) -> Patch:
    """Take instructions as they are meant: what is said of a .tar.bz2 holds for the .conda of that name as well."""
    packages: Mapping[str, Any] = instructions.get("packages", {})
    fields: dict[str, Any] = {**packages, **{_twin(name): said for name, said in packages.items()}}
    for name, said in instructions.get("packages.conda", {}).items():
        fields[name] = {**fields.get(name, {}), **said}
    return Patch(
        fields=fields,
        revoked=_with_twins(instructions.get("revoke", ())),
        removed=_with_twins(instructions.get("remove", ())),
    )


def _instructions(patch: Patch) -> dict[str, Any]:
    return {
        _VERSION_KEY: VERSION,
        "packages": {name: said for name, said in patch.fields.items() if name.endswith(".tar.bz2")},
        "packages.conda": {name: said for name, said in patch.fields.items() if name.endswith(".conda")},
        "revoke": sorted(patch.revoked),
        "remove": sorted(patch.removed),
    }


def _twin(name: str) -> str:
    return f"{name.removesuffix('.tar.bz2')}.conda" if name.endswith(".tar.bz2") else name


def _with_twins(names: Iterable[str]) -> frozenset[str]:
    return frozenset(each for name in names for each in (name, _twin(name)))


def _problems(instructions: object, file: Path | str) -> Iterator[Problem]:
    if not isinstance(instructions, dict):
        yield Problem(what="it isn't a JSON object", where=Where(file=file))
        return
    version = instructions.get(_VERSION_KEY, VERSION)
    if version != VERSION:
        what = f"{version!r} is a version that ownconda doesn't know; it knows {VERSION}"
        yield Problem(what=what, where=Where(file=file, field=_VERSION_KEY))
    for key in instructions.keys() - {*_KEYS, _VERSION_KEY}:
        hint = f"there are {', '.join(_KEYS)}"
        yield Problem(what="there is no such instruction", where=Where(file=file, field=key), hint=hint)
    for key in ("packages", "packages.conda"):
        yield from _field_problems(instructions.get(key, {}), key, file)
    for key in ("revoke", "remove"):
        yield from _list_problems(instructions.get(key, []), key, file)


def _field_problems(packages: object, key: str, file: Path | str) -> Iterator[Problem]:
    if not isinstance(packages, dict):
        yield Problem(what="it has to map file names to fields", where=Where(file=file, field=key))
        return
    endings = EXTENSIONS if key == "packages" else (".conda",)
    for name, fields in packages.items():
        what = _misnamed(name, endings) or _wrong(fields)
        if what:
            yield Problem(what=what, where=Where(file=file, field=f"{key}[{name!r}]"))


def _list_problems(names: object, key: str, file: Path | str) -> Iterator[Problem]:
    if not isinstance(names, list):
        yield Problem(what="it has to be a list of file names", where=Where(file=file, field=key))
        return
    for number, name in enumerate(names):
        what = _misnamed(name, EXTENSIONS)
        if what:
            yield Problem(what=what, where=Where(file=file, field=f"{key}[{number}]"))


def _misnamed(name: object, endings: tuple[str, ...]) -> str | None:
    if not isinstance(name, str) or not name.endswith(endings):
        return f"{name!r} isn't the name of a {' or '.join(endings)} file"
    try:
        parse_file_name(name)
    except WrongInputError as error:
        return str(error)
    return None


def _wrong(fields: object) -> str | None:
    if not isinstance(fields, dict):
        return "it has to be an object of fields"
    fixed = sorted(UNPATCHABLE & fields.keys())
    if fixed:
        return f"{fixed[0]} can't be patched: it is told by the file or by the channel"
    try:
        check_index_fields({key: value for key, value in fields.items() if value is not None})
    except ValueError as error:
        return str(error)
    return None
