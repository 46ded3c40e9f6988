"""This process's Python, brought into a container: whatever the image has, the worker is the same.

The interpreter is started by this machine's dynamic loader with this machine's libraries, all of them below one folder
of the container. Only that process sees them: a program that it starts is loaded by the image's own loader, from the
image's own C library.
"""

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ownconda.building.container.mounts import Mount
from ownconda.errors import OutsideError

ROOT = "/run/ownconda"
"""The folder of the container that all of it is below."""

_MAPS = Path("/proc/self/maps")
_LIBRARY = re.compile(r"(?:^|/)[^/]+\.so(?:\.[\d.]+)?$")
_LOADER = re.compile(r"(?:^|/)ld(?:-linux|-musl|64)[^/]*\.so\.\d+$|(?:^|/)ld-[\d.]+\.so$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPython:
    """What has to be mounted, and the words that start the interpreter with it."""

    mounts: tuple[Mount, ...]
    interpreter: tuple[str, ...]
    path: tuple[str, ...]

    def command(self, module: str, *arguments: str) -> tuple[str, ...]:
        """Give the command that runs the function `main` of a module, with arguments."""
        code = f"import sys; sys.path += {list(self.path)!r}; from {module} import main; main(sys.argv[1:])"
        return (*self.interpreter, "-I", "-S", "-B", "-c", code, *arguments)


@cache
def own_python() -> OwnPython:
    """Find what this process's Python consists of.

    Raises OutsideError where that can't be told.
    """
    mapped = _mapped_files()
    loader = next((one for one in mapped if _LOADER.search(str(one))), None)
    if loader is None:
        raise OutsideError(
            "this Python can't be brought into a container: it isn't loaded by a dynamic loader",
            hint="install ownconda with another Python, on Linux",
        )
    libraries = [Mount(source=one, at=f"{ROOT}/libraries/{n}") for n, one in enumerate(_library_folders(mapped))]
    modules = [Mount(source=one, at=f"{ROOT}/modules/{n}") for n, one in enumerate(_module_folders())]
    program = Mount(source=Path(f"/proc/{os.getpid()}/exe").resolve(), at=f"{ROOT}/python/bin/python3")
    start = Mount(source=loader, at=f"{ROOT}/loader")
    return OwnPython(
        mounts=(start, program, *_standard_library(), *libraries, *modules),
        interpreter=(start.at, "--library-path", ":".join(one.at for one in libraries), program.at),
        path=tuple(one.at for one in modules),
    )


def _mapped_files() -> tuple[Path, ...]:
    """Give the libraries that this process has loaded."""
    try:
        lines = _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError as error:
        raise OutsideError("containers need a driver on Linux", hint="build there, or without --in") from error
    found = dict.fromkeys(line.split(maxsplit=5)[5] for line in lines if len(line.split(maxsplit=5)) > 5)  # noqa: PLR2004  (the sixth field, proc(5))
    return tuple(Path(one) for one in found if _LIBRARY.search(one))


def _library_folders(mapped: Iterable[Path]) -> tuple[Path, ...]:
    """Give the folders of libraries that are no Python modules, those of Python itself first."""
    own = Path(sys.base_prefix)
    modules = (*_module_folders(), *(mount.source for mount in _standard_library()))
    folders = dict.fromkeys(one.parent for one in mapped if not any(one.is_relative_to(some) for some in modules))
    return tuple(sorted(folders, key=lambda folder: not folder.is_relative_to(own)))


@cache
def _standard_library() -> tuple[Mount, ...]:
    """Give Python's own modules, laid out around the interpreter so that it finds them without being told."""
    base = {"platbase": sys.base_exec_prefix}  # a virtual environment has another one, and no standard library
    found = dict.fromkeys(Path(sysconfig.get_path(kind, vars=base)) for kind in ("stdlib", "platstdlib"))
    return tuple(Mount(source=one, at=f"{ROOT}/python/{one.relative_to(sys.base_prefix)}") for one in found)


@cache
def _module_folders() -> tuple[Path, ...]:
    """Give the folders on the path that modules are imported from, except for the standard library's."""
    standard = [mount.source for mount in _standard_library()]
    return tuple(dict.fromkeys(_outside(standard)))


def _outside(standard: Iterable[Path]) -> Iterator[Path]:
    here, script = Path(__file__).resolve().parents[3], Path(sys.argv[0]).parent
    for one in (here, *(Path(entry) for entry in sys.path if entry and Path(entry) != script)):
        inside = any(one.is_relative_to(some) and "site-packages" not in one.parts for some in standard)
        if one.is_dir() and not inside:
            yield one
