"""What `ownconda build` adds to py-rattler-build called directly, on the same 12 small recipes."""

import os
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

from measuring import print_machine, python, side_by_side, verdict

RECIPES = 12
STARTING, PER_RECIPE = 0.5, 0.030  # seconds

RECIPE = """\
package: {{name: small-{number}, version: 1.0.0}}
build:
  script:
    - mkdir -p $PREFIX/share/small
    - echo {number} > $PREFIX/share/small/{number}
tests:
  - script:
      - test -e $PREFIX/share/small/{number}
about: {{license: MIT, summary: one of twelve}}
"""

DIRECT = """
import sys
import rattler_build
recipes, output = sys.argv[1], sys.argv[2]
for number in range({recipes}):
    recipe = rattler_build.Stage0Recipe.from_file(f"{{recipes}}/small-{{number}}/recipe.yaml")
    for variant in recipe.render(rattler_build.VariantConfig()):
        variant.run_build(
            rattler_build.ToolConfiguration(test_strategy="native"), output_dir=output, channels=[]
        )
sys.stdout.flush()
import os
os._exit(0)
"""


def main() -> None:
    """Print what `ownconda build` adds to the builder."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(RECIPES):
            recipe = root / "recipes" / f"small-{number}" / "recipe.yaml"
            recipe.parent.mkdir(parents=True)
            recipe.write_text(RECIPE.format(number=number))
        _measure(root)


def _measure(root: Path) -> None:
    numbers = count()
    environment = {**os.environ, "RATTLER_CACHE_DIR": str(root / "cache")}

    def timed(*command: str) -> float:
        start = time.perf_counter()
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
        assert done.returncode == 0  # noqa: S101
        return time.perf_counter() - start

    def direct() -> float:
        return timed(python(), "-c", DIRECT.format(recipes=RECIPES), "recipes", f"direct-{next(numbers)}")

    def ours() -> float:
        return timed(python(), "-m", "ownconda", "build", "recipes", "-o", f"ours-{next(numbers)}/channel")

    print(f"\nBuilding {RECIPES} small recipes, with their tests")
    plain, whole = side_by_side(("py-rattler-build, directly", direct), ("ownconda build", ours), runs=5)
    print(f"  {plain}\n  {whole}")
    print(f"  ownconda / direct: {whole.median / plain.median:.3g}")
    verdict("more than direct, in all", whole.median - plain.median, STARTING + RECIPES * PER_RECIPE, " s")


if __name__ == "__main__":
    print_machine()
    main()
