"""What it takes to build all of `recipes/`, or what the named packages need, from nothing with two jobs, and at best.

Not among those that `run.py` runs: it takes as long as the packages take.
"""

import functools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import print_machine, python, verdict

from ownconda.building.forecast import Forecast, forecast
from ownconda.building.session import plan_only
from ownconda.building.times import estimate
from ownconda.recipes.collection import CONTEXT, read_recipes
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.selection import Selection, selected

ROOT = Path(__file__).resolve().parent.parent
JOBS = 2
RATIO = 1.25


def main(*names: str) -> None:
    """Print how long the build takes, beside the longest chain of packages and the work of all of them by the cores."""
    print(f"\nBuilding {', '.join(names) or 'all of recipes/'} from nothing, {JOBS} at a time")
    _ownconda("source", "fetch", "recipes")  # what a network takes is another figure
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "channel"
        chosen = [word for one in names for word in ("--up-to", one)]
        start = time.perf_counter()
        told = _ownconda("build", "recipes", *chosen, "-j", str(JOBS), "-o", str(output), "--json")
        took = time.perf_counter() - start
    seconds = {_name(one["package"]): float(one["seconds"]) for one in json.loads(told) if one["status"] == "built"}
    _tell(took, len(seconds), _at_best(names, seconds))


def _ownconda(*words: str) -> str:
    done = subprocess.run([python(), "-m", "ownconda", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def _name(path: str) -> str:
    return path.rpartition("/")[2].rsplit("-", 2)[0]


def _at_best(names: tuple[str, ...], seconds: dict[str, float]) -> Forecast:
    """Say what comes of these times, with the plan of the same build."""
    recipes = selected(read_recipes([ROOT / "recipes"], Rendering(context=CONTEXT)), Selection(up_to=names))
    with tempfile.TemporaryDirectory() as nothing:
        plan = plan_only(recipes, Path(nothing))
    each = functools.partial(estimate, seconds)
    return forecast(plan, recipes.graph.hard, recipes.graph.soft, seconds=each, jobs=JOBS)


def _tell(took: float, packages: int, best: Forecast) -> None:
    print(f"  {packages} packages in {took:.1f} s")
    print(f"  the longest chain {best.longest:.1f} s, all work by {JOBS}: {best.work / JOBS:.1f} s")
    print(f"  an order without any loss, by the scheduler's own rule: {best.whole:.1f} s")
    verdict("the time against the larger of the two", took / max(best.longest, best.work / JOBS), RATIO)


if __name__ == "__main__":
    print_machine()
    main(*sys.argv[1:])
