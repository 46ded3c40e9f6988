"""The files that hold settings: where they are, and what is written in them."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ownconda.errors import Where, WrongInputError

FILE_NAME = "ownconda.toml"

SECTION = "ownconda"

_LINE = re.compile(r"\(at line (\d+)")


def setting_files(start: Path, environment: Mapping[str, str]) -> list[Path]:
    """Give the files that are there, the weakest first: the system's, the user's, the project's."""
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    upwards = next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)
    candidates = [Path("/etc") / SECTION / FILE_NAME, home / SECTION / FILE_NAME, upwards]
    return [path for path in candidates if path is not None and path.is_file()]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder in which ownconda may keep what it can fetch again (XDG base directory specification)."""
    return Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", os.sep)) / ".cache") / SECTION


def read_file(file: Path) -> Mapping[str, object]:
    """Read a file of settings. Raises WrongInputError when it can't be read, or isn't TOML in UTF-8."""
    try:
        return tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WrongInputError("isn't UTF-8", where=Where(file=file, line=line), hint="TOML files are UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line_found = _LINE.search(str(error))
        where = Where(file=file, line=int(line_found[1]) if line_found else None)
        raise WrongInputError(f"isn't TOML: {error}", where=where) from error
