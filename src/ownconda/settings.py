"""The one frozen configuration: ownconda.toml files, environment variables, defaults. Only doors read it.

The system's file, the user's, the project's (found upwards from the working directory) and ``OWNCONDA_*``
variables are merged in that order; `origins` tells where each value came from.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cattrs
import typed_settings
from typed_settings.converters import get_default_cattrs_converter
from typed_settings.exceptions import TsError
from typed_settings.loaders import Loader
from typed_settings.types import LoadedSettings, OptionList, SettingsClass

from ownconda.errors import Problem, Where, WrongInputError

FILE_NAME = "ownconda.toml"
SECTION = "ownconda"
PREFIX = "OWNCONDA_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """The forge that commands talk to."""

    url: str = "http://127.0.0.1:8765"
    token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """How packages are built."""

    recipes: Path = Path("recipes")
    output: Path = Path(".ownconda/channel")
    variants: list[Path] = field(default_factory=list)
    target_platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where upstream archives are looked for, beside their own addresses.

    ``cache`` is a folder of ours (default: in the user's cache); ``python_index`` a PEP 503 base address (default:
    pip's configuration); ``mirrors`` are folders and HTTP addresses; ``debian`` names a Debian release whose source
    archive is asked through apt-get (empty: it isn't).
    """

    cache: Path | None = None
    python_index: str = ""
    mirrors: list[str] = field(default_factory=list)
    debian: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    forge: ForgeSettings = field(default_factory=ForgeSettings)
    build: BuildSettings = field(default_factory=BuildSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    channels: list[str] = field(default_factory=list)
    ca_file: Path | None = None


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
    files = setting_files(start, environment)
    try:
        return typed_settings.load_settings(Settings, _loaders(files), converter=_converter(), base_dir=start)
    except (TsError, ExceptionGroup) as error:
        raise _wrong(error, files) from error


def origins(start: Path, environment: Mapping[str, str]) -> list[Origin]:
    """Tell every setting, its value, and where that came from."""
    settings = load(start, environment)
    loaders = _loaders(setting_files(start, environment))
    options = typed_settings.SettingsState(Settings, loaders, [], _converter(), start).options
    environment_loader = typed_settings.EnvLoader(PREFIX)
    sources = dict.fromkeys((option.path for option in options), "default")
    for loader in loaders:
        loaded = loader(Settings, options)
        for one in [loaded] if isinstance(loaded, LoadedSettings) else loaded:
            for option in options:
                if _holds(one.settings, option.path):
                    variable = environment_loader.get_envvar(option)
                    sources[option.path] = variable if loader is loaders[-1] else one.meta.name
    return [
        Origin(
            name=option.path,
            value=_shown(_value(settings, option.path)),
            source=sources[option.path],
            variable=environment_loader.get_envvar(option),
        )
        for option in options
    ]


def setting_files(start: Path, environment: Mapping[str, str]) -> list[Path]:
    """Give the files that are there, the weakest first: the system's, the user's, the project's."""
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    upwards = next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)
    candidates = [Path("/etc") / SECTION / FILE_NAME, home / SECTION / FILE_NAME, upwards]
    return [path for path in candidates if path is not None and path.is_file()]


class _File:
    """Loads one file; a value's origin is then that file's path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loader = typed_settings.FileLoader({"*.toml": typed_settings.TomlFormat(None)}, [path])

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> Sequence[LoadedSettings]:
        return [
            dataclasses.replace(loaded, meta=type(loaded.meta)(str(self._path), base_dir=self._path.parent))
            for loaded in self._loader(settings_cls, options)
        ]


def _loaders(files: Sequence[Path]) -> list[Loader]:
    return [*(_File(path) for path in files), typed_settings.EnvLoader(PREFIX)]


def _converter() -> cattrs.Converter:
    converter = get_default_cattrs_converter()
    typed_settings.register_strlist_hook(converter, sep=",")  # addresses hold colons
    return converter


def _wrong(error: Exception, files: Sequence[Path]) -> WrongInputError:
    causes = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    place = Where(file=files[-1] if files else "environment")
    return WrongInputError.of(
        Problem(what=str(cause).splitlines()[0], where=place, hint="`ownconda config` shows every setting")
        for cause in causes
    )


def _holds(settings: Mapping[str, object], path: str) -> bool:
    found: object = settings
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True


def _value(settings: object, path: str) -> object:
    for part in path.split("."):
        settings = getattr(settings, part)
    return settings


def _shown(value: object) -> str:
    if isinstance(value, typed_settings.SecretStr):
        return "*****" if str.__len__(value) else ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder in which ownconda may keep what it can fetch again (XDG base directory specification)."""
    return Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", os.sep)) / ".cache") / SECTION
