"""Twelve recipes that each compile for some five seconds with one core: `ownconda build` against py-rattler-build."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import print_machine, python, verdict

RECIPES = 12
SECONDS = 5.0
RATIO = 0.6

SOURCE = """\
double f{number}(double *a, int n) {{
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i] / (i + {number});
    return s;
}}
"""

RECIPE = """\
package: {{name: compiled-{number}, version: 1.0.0}}
source: {{path: source.c}}
build:
  script:
    - mkdir -p $PREFIX/lib
    - gcc -O3 -c source.c -o $PREFIX/lib/compiled-{number}.o
tests:
  - script:
      - test -e $PREFIX/lib/compiled-{number}.o
about: {{license: MIT, summary: one of twelve}}
"""

DIRECT = """
import os, sys
import rattler_build
for number in range({recipes}):
    recipe = rattler_build.Stage0Recipe.from_file(f"recipes/compiled-{{number}}/recipe.yaml")
    for variant in recipe.render(rattler_build.VariantConfig()):
        variant.run_build(rattler_build.ToolConfiguration(test_strategy="native"), output_dir="direct", channels=[])
os._exit(0)
"""


def main() -> None:
    """Print how long twelve compilations take, one after the other and at the same time."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        source, alone = _source(root)
        for number in range(RECIPES):
            folder = root / "recipes" / f"compiled-{number}"
            folder.mkdir(parents=True)
            (folder / "source.c").write_text(source)
            (folder / "recipe.yaml").write_text(RECIPE.format(number=number))
        print(f"\nBuilding {RECIPES} recipes that each compile for {alone:.1f} s with one core")
        direct = _timed(root, python(), "-c", DIRECT.format(recipes=RECIPES))
        ours = _timed(root, python(), "-m", "ownconda", "build", "recipes", "-o", "ours/channel")
        print(f"  py-rattler-build, one after the other  {direct:8.1f} s\n  ownconda build {'':<23} {ours:8.1f} s")
        verdict("ownconda / one after the other", ours / direct, RATIO)


def _source(root: Path) -> tuple[str, float]:
    """Write as many functions as one core compiles in the time that is asked for, and give the time they took."""
    few = 2000
    per_function = _compile(root, few) / few
    source = "".join(SOURCE.format(number=number + 1) for number in range(int(SECONDS / per_function)))
    return source, _compile(root, int(SECONDS / per_function))


def _compile(root: Path, functions: int) -> float:
    file = root / "calibration.c"
    file.write_text("".join(SOURCE.format(number=number + 1) for number in range(functions)))
    return _timed(root, "gcc", "-O3", "-c", str(file), "-o", str(root / "calibration.o"))


def _timed(root: Path, *command: str) -> float:
    environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
    start = time.perf_counter()
    subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    print_machine()
    main()
