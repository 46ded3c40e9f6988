"""What a prefix on disk holds: the packages linked into it, their files, and what was asked for."""

import json
from dataclasses import dataclass
from pathlib import Path

import rattler

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.wires.addresses import without_credentials
from ownconda.wires.files import write_atomically

META = "conda-meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """One package in a prefix: its files, relative to the prefix, and the specs that it was asked for by."""

    name: str
    identifier: str
    files: tuple[Path, ...]
    requested: tuple[str, ...]


def linked_packages(prefix: Path) -> tuple[Linked, ...]:
    """Read what is linked into ``prefix``.

    Raises WrongInputError that names every file of ``conda-meta`` which can't be read.
    """
    found: list[Linked] = []
    problems: list[Problem] = []
    for path in sorted((prefix / META).glob("*.json")):
        try:
            record = rattler.PrefixRecord.from_path(path)
        except Exception as error:  # noqa: BLE001  (py-rattler doesn't say which ones there are)
            hint = "delete it and run the same command again, or choose another --prefix"
            what = f"doesn't describe an installed package: {str(error).strip()}"
            problems.append(Problem(what=what, where=Where(file=path), hint=hint))
        else:
            found.append(_linked(path, record))
    if problems:
        raise WrongInputError.of(problems)
    return tuple(found)


def forget_credentials(prefix: Path) -> None:
    """Let the records in a prefix name their packages' addresses without the credentials in them.

    Whoever may read the prefix, or gets a list of what is in it, may not have them.
    """
    for path in (prefix / META).glob("*.json"):
        record = json.loads(path.read_bytes())
        url = str(record.get("url") or "")
        if (plain := without_credentials(url)) != url:
            write_atomically(path, json.dumps(record | {"url": plain}, indent=2).encode())


def _linked(path: Path, record: rattler.PrefixRecord) -> Linked:
    specs = record.requested_specs or [record.requested_spec or ""]
    return Linked(
        name=record.name.normalized,
        identifier=path.stem,
        files=tuple(Path(file) for file in record.files),
        requested=tuple(spec for spec in specs if spec not in {"", "None"}),  # conda's word for no spec is None
    )
