"""A plan over a thousand recipes of which none has changed since its package was built."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import print_machine, python, verdict, write_package

from ownconda.building.inputs import recipe_digest
from ownconda.building.output import output_folder
from ownconda.recipes.collection import CONTEXT, read_recipes
from ownconda.recipes.rendering import Rendering

RECIPES = 1000
SECONDS = 2.0
RUNS = 5

RECIPE = """\
package: {{name: part-{number}, version: 1.0.0}}
build: {{noarch: generic, script: "true"}}
requirements: {{host: [{needed}]}}
about: {{license: MIT, summary: one of many}}
"""


def main() -> None:
    """Print how long the plan takes as a command."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for number in range(RECIPES):
            folder = root / "recipes" / f"part-{number}"
            folder.mkdir(parents=True)
            needed = ", ".join(f"part-{one}" for one in {number // 2, number // 3} - {number})
            (folder / "recipe.yaml").write_text(RECIPE.format(number=number, needed=needed))
        _build(root)
        print(f"\nPlanning {RECIPES} recipes of which none has changed")
        times = sorted(_planned(root) for _ in range(RUNS + 1))[:RUNS]
        verdict("the command, median", times[RUNS // 2], SECONDS, " s")


def _build(root: Path) -> None:
    """Put packages into a channel that say that they were made from these recipes."""
    output = root / "output" / "channel"
    recipes = read_recipes([root / "recipes"], Rendering(context=CONTEXT))
    with output_folder(output) as opened:
        for build in recipes.ordered:
            record = {"recipe_sha256": recipe_digest(build, without=output), "requirements": {}}
            members = {"info/ownconda.json": json.dumps(record)}
            package = write_package(root, build.name, build=build.build, members=members)
            opened.add(package, now=0, tested=True)


def _planned(root: Path) -> float:
    command = [python(), "-m", "ownconda", "build", "recipes", "-o", "output/channel", "--dry-run", "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    took = time.perf_counter() - start
    assert {step["action"] for step in json.loads(done.stdout)} == {"skip"}  # noqa: S101
    return took


if __name__ == "__main__":
    print_machine()
    main()
