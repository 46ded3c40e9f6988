"""How much memory `ownconda build` itself takes at its peak, beside the workers in which packages are built."""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from measuring import print_machine, python, verdict

RECIPES = 200
MEGABYTES = 300
INTERVAL = 0.02  # seconds between looks

RECIPE = """\
package: {{name: part-{number}, version: 1.0.0}}
build:
  script:
    - mkdir -p $PREFIX/share/parts
    - seq 20000 | tee $PREFIX/share/parts/{number}
requirements: {{host: [{needed}]}}
tests:
  - script:
      - test -e $PREFIX/share/parts/{number}
about: {{license: MIT, summary: one of many}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Peaks of resident memory in MB: of the driver, of each process that it started itself, of one that those did."""

    driver: float
    workers: tuple[float, ...]


def main() -> None:
    """Print the peak for many small recipes with long logs."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for number in range(RECIPES):
            folder = root / "recipes" / f"part-{number}"
            folder.mkdir(parents=True)
            needed = ", ".join(f"part-{one}" for one in {number // 2, number // 3} - {number})
            (folder / "recipe.yaml").write_text(RECIPE.format(number=number, needed=needed))
        print(f"\nThe driver's memory while {RECIPES} small recipes are built")
        _tell(peaks(root / "recipes", output=root / "output" / "channel", cache=root / "cache"))


def of_recipes(*paths: str) -> None:
    """Print the peak for recipes that are given, built from nothing with sources that are at hand."""
    with tempfile.TemporaryDirectory() as name:
        print(f"\nThe driver's memory while {', '.join(paths)} are built")
        _tell(peaks(*paths, output=Path(name) / "channel"))


def peaks(*paths: str | Path, output: Path, cache: Path | None = None) -> Peaks:
    """Build recipes, and look at the processes meanwhile."""
    environment = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
    command = [python(), "-m", "ownconda", "build", *map(str, paths), "-o", str(output)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    driver = 0.0
    workers: dict[int, float] = {}
    while process.poll() is None:
        driver = max(driver, _peak(process.pid))
        workers |= {child: max(workers.get(child, 0.0), _peak(child)) for child in _children(process.pid)}
        time.sleep(INTERVAL)
    if process.returncode:
        sys.exit(f"the build ended with {process.returncode}")
    return Peaks(driver=driver, workers=tuple(sorted(workers.values(), reverse=True)))


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def _peak(pid: int) -> float:
    """Give a process's own peak (VmHWM: getrusage would count its children); 0 when it has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _tell(found: Peaks) -> None:
    largest = ", ".join(f"{one:.0f}" for one in found.workers[:2])
    print(f"  the largest of the processes that it starts: {largest} MB")
    verdict("the driver's peak", found.driver, MEGABYTES, " MB")


if __name__ == "__main__":
    print_machine()
    if len(sys.argv) > 1:
        of_recipes(*sys.argv[1:])
    else:
        main()
