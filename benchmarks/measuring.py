"""What the benchmarks share: times side by side, the machine they were measured on, small valid packages."""

import io
import json
import os
import platform
import statistics
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from backports import zstd


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds of several runs of one thing."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.name:<34} {self.median:8.3f} s   ({min(self.seconds):.3f} to {max(self.seconds):.3f})"


def side_by_side(*things: tuple[str, Callable[[], float | None]], runs: int) -> list[Timing]:
    """Run each thing in turn, ``runs`` times after one warm-up; a thing may return the seconds that count."""
    seconds: dict[str, list[float]] = {name: [] for name, _ in things}
    for run in range(runs + 1):
        for name, thing in things:
            start = time.perf_counter()
            told = thing()
            took = time.perf_counter() - start if told is None else told
            if run:
                seconds[name].append(took)
    return [Timing(name=name, seconds=tuple(taken)) for name, taken in seconds.items()]


def verdict(what: str, value: float, limit: float, unit: str = "") -> None:
    """Print a figure beside what is asked for."""
    print(f"  {what}: {value:.3g}{unit} (asked for: at most {limit:.3g}{unit}) {'ok' if value <= limit else 'MISSED'}")


def print_machine() -> None:
    """Print what the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("py-rattler", "py-rattler-build", "click"))
    print(f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(f"Python {platform.python_version()}, {libraries}")


def write_package(
    folder: Path, name: str, number: int = 0, *, build: str = "", members: Mapping[str, str] | None = None
) -> Path:
    """Write a small valid package; ``members`` are further files of its ``info`` folder."""
    build = build or f"h{number}_0"
    index = {
        "arch": None,
        "build": build,
        "build_number": 0,
        "depends": ["python >=3.11", f"needed-{number % 97} >=1.{number % 13}"],
        "license": "MIT",
        "name": name,
        "noarch": "generic",
        "platform": None,
        "subdir": "noarch",
        "timestamp": 1_700_000_000_000 + number,
        "version": "1.0.0",
    }
    info = {"info/index.json": json.dumps(index), "info/paths.json": '{"paths": [], "paths_version": 1}'} | dict(
        members or {}
    )
    path = folder / f"{name}-1.0.0-{build}.conda"
    stem = path.name.removesuffix(".conda")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        archive.writestr(f"pkg-{stem}.tar.zst", _tar({}))
        archive.writestr(f"info-{stem}.tar.zst", _tar(info))
    return path


def _tar(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return zstd.compress(buffer.getvalue(), 1)


def python() -> str:
    """Give the interpreter that runs this."""
    return sys.executable
