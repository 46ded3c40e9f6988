"""Which Python package indexes the user's pip is configured for: its environment variables and files.

See "Configuration" in pip's documentation: the system's files, the user's, the virtual environment's and the
one that PIP_CONFIG_FILE names are merged in that order, a later one wins; ``[install]`` wins over
``[global]``, and an environment variable over both.
"""

import configparser
import locale
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from ownconda.errors import Where, WrongInputError

FILE_NAME = "pip.conf"
SECTIONS = ("global", "install")
SYSTEM_FOLDER = Path("/etc")

_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})


def configured_indexes(environment: Mapping[str, str], *, prefix: Path = Path(sys.prefix)) -> tuple[str, ...]:
    """Give the indexes that pip would ask, the main one first: base addresses, and folders of ``find-links``.

    ``prefix`` is the virtual environment's folder. The addresses may hold credentials. Raises WrongInputError
    when one of pip's files can't be read.
    """
    values = _values(environment, prefix)
    indexes = (values.get("index-url", PYPI_SIMPLE_ENDPOINT), *values.get("extra-index-url", "").split())
    if values.get("no-index", "").lower() in _TRUE:
        indexes = ()
    folders = (link for link in values.get("find-links", "").split() if not link.startswith(("http:", "https:")))
    return tuple(dict.fromkeys((*indexes, *folders)))


def configuration_files(environment: Mapping[str, str], *, prefix: Path) -> tuple[Path, ...]:
    """Give the files that pip would read, the weakest first; they needn't exist."""
    chosen = environment.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return ()
    user = () if chosen and Path(chosen).exists() else tuple(_user_files(environment))
    extra = (Path(chosen),) if chosen else ()
    return (*_system_files(environment), *user, prefix / FILE_NAME, *extra)


def _system_files(environment: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip") / FILE_NAME
        return
    folders = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (Path(folder) / "pip" / FILE_NAME for folder in folders.split(os.pathsep))
    yield SYSTEM_FOLDER / FILE_NAME


def _user_files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME", "/"))
    yield home / ".pip" / FILE_NAME
    library = home / "Library/Application Support/pip"
    if sys.platform == "darwin" and library.is_dir():
        yield library / FILE_NAME
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / FILE_NAME


def _values(environment: Mapping[str, str], prefix: Path) -> dict[str, str]:
    by_section: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for path in configuration_files(environment, prefix=prefix):
        parser = _read(path)
        for section in SECTIONS:
            if parser.has_section(section):
                by_section[section].update((_key(key), value) for key, value in parser.items(section))
    merged = {key: value for section in SECTIONS for key, value in by_section[section].items()}
    variables = {
        _key(name.removeprefix("PIP_")): value
        for name, value in environment.items()
        if name.startswith("PIP_") and value
    }
    return {key: value.strip() for key, value in (merged | variables).items() if value.strip()}


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding=locale.getpreferredencoding(do_setlocale=False))
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        # The error's own text quotes lines, and with them passwords.
        raise WrongInputError(
            f"pip's configuration can't be read: {type(error).__name__}",
            where=Where(file=path, line=getattr(error, "lineno", None)),
            hint="`pip config debug` shows the files that pip reads",
        ) from None
    return parser


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")
