"""Settings loaded: ownconda.toml files, environment variables, defaults.

The system's file, the user's, the project's (found upwards from the working directory) and ``OWNCONDA_*``
variables are merged in that order; `origins` tells where each value came from.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import get_args, get_origin

import typed_settings

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.settings.checking import MEANT, problems_of_file, wrong_texts
from ownconda.settings.files import read_file, setting_files
from ownconda.settings.options import PREFIX, converter, nearest, options, variable
from ownconda.settings.places import Place
from ownconda.settings.tree import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One setting as it stands: its dotted name, its value as text, who set it, and its environment variable."""

    name: str
    value: str
    source: str
    variable: str


def load(start: Path, environment: Mapping[str, str]) -> Settings:
    """Load the settings that hold in the folder ``start``.

    Raises WrongInputError naming the file and the option when a file can't be read or a value doesn't fit.
    """
    return _loaded(_loaders(setting_files(start, environment), environment), start)


def origins(start: Path, environment: Mapping[str, str]) -> list[Origin]:
    """Tell every setting, its value, and where that came from."""
    loaders = _loaders(setting_files(start, environment), environment)
    settings = _loaded(loaders, start)
    return [
        Origin(
            name=option.path,
            value=_shown(_value(settings, option.path)),
            source=next((one.name_of(option.path) for one in reversed(loaders) if one.has(option.path)), "default"),
            variable=variable(option.path),
        )
        for option in options()
    ]


def unknown_variables(environment: Mapping[str, str]) -> list[Problem]:
    """Find the variables that look like settings of ours and are none: nothing reads them."""
    known = [variable(option.path) for option in options()]
    return [
        Problem(what="is no setting, it is ignored", where=Where(file=name), hint=nearest(name, known))
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def _loaders(files: Sequence[Path], environment: Mapping[str, str]) -> list[Place]:
    """Read every place, the weakest first. All that is wrong with the files is told together."""
    loaders: list[Place] = []
    problems: list[Problem] = []
    for file in files:
        found = dict(_flat(read_file(file)))
        problems.extend(problems_of_file(file, found))
        loaders.append(Place(place=file, values=found))
    given = {
        option.path: _table(variable(option.path), value) if get_origin(option.cls) is dict else value
        for option in options()
        if (value := environment.get(variable(option.path))) or (value is not None and not _needs_text(option.cls))
    }
    problems.extend(wrong_texts(given))
    if problems:
        raise WrongInputError.of(problems)
    return [*loaders, Place(place=None, values=given)]


def _table(variable: str, text: str) -> object:
    """Read a table from a variable, written as TOML has it in one line."""
    try:
        found = tomllib.loads(f"table = {text or '{}'}")["table"]
    except tomllib.TOMLDecodeError:
        found = text
    if not isinstance(found, dict):
        meant, example = MEANT[dict]
        raise WrongInputError(f"{meant} is meant, not {text!r}", where=Where(file=variable), hint=example)
    return found


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    sections = {option.path.rpartition(".")[0] for option in options()}
    for key, value in settings.items():
        name = f"{prefix}{key.replace('-', '_')}"
        if isinstance(value, dict) and name in sections:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _loaded(loaders: Sequence[Place], start: Path) -> Settings:
    return typed_settings.load_settings(Settings, loaders, converter=converter(), base_dir=start)


def _needs_text(kind: object) -> bool:
    return kind in {Path, bool, int, float} or Path in get_args(kind)  # an empty text is none of these


def _value(settings: object, path: str) -> object:
    for part in path.split("."):
        settings = getattr(settings, part)
    return settings


def _shown(value: object) -> str:
    if isinstance(value, typed_settings.SecretStr):
        return "*****" if str.__len__(value) else ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return f"{{{_shown({name: one for name, one in asdict(value).items() if one})}}}"
    return "" if value is None else str(value)
