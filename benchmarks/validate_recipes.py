"""How long `ownconda validate-recipes` takes for 1,000 recipes, half of them in each format."""

import subprocess
import tempfile
from pathlib import Path

from measuring import print_machine, python, side_by_side, verdict

RECIPES = 1_000
SECONDS = 5.0
OWN = Path(__file__).resolve().parent.parent / "recipes"

META = """\
{{% set name = "module-{number}" %}}
{{% set version = "1.{number}.0" %}}

package:
  name: {{{{ name|lower }}}}
  version: {{{{ version }}}}

source:
  url: https://upstream.example/{{{{ name[0] }}}}/{{{{ name }}}}/{{{{ name }}}}-{{{{ version }}}}.tar.gz
  sha256: {number:064x}
  patches:
    - windows.patch  # [win]

build:
  number: 0
  skip: true  # [py<310]
  script: {{{{ PYTHON }}}} -m pip install . -vv --no-deps --no-build-isolation

requirements:
  build:
    - {{{{ compiler('c') }}}}
    - {{{{ stdlib('c') }}}}
    - python                                 # [build_platform != target_platform]
    - cross-python_{{{{ target_platform }}}}   # [build_platform != target_platform]
  host:
    - python
    - pip
    - setuptools
    - module-{needed}
  run:
    - python
    - module-{needed} >=1.0
    - colorama  # [win]

test:
  imports:
    - module
  commands:
    - pip check
  requires:
    - pip

about:
  home: https://upstream.example
  summary: One of many
  license: BSD-3-Clause AND MIT
  license_file: LICENSE

extra:
  recipe-maintainers:
    - somebody
"""


def main() -> None:
    """Print how long a thousand recipes take, and how that grows."""
    print(f"\nValidating {RECIPES} recipes")
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        write_recipes(few, RECIPES // 4)
        write_recipes(many, RECIPES)
        quarter, whole = side_by_side(
            (f"{RECIPES // 4} recipes", lambda: validate(few)), (f"{RECIPES} recipes", lambda: validate(many)), runs=5
        )
    print(f"  {quarter}\n  {whole}")
    print(f"  four times as many take {whole.median / quarter.median:.3g} times as long")
    verdict("ownconda validate-recipes", whole.median, SECONDS, " s")


def validate(folder: Path) -> None:
    """Run the command; what it finds doesn't count."""
    command = [python(), "-m", "ownconda", "validate-recipes", str(folder), "--out", "junit"]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode > 1:
        raise RuntimeError(done.stderr)


def write_recipes(folder: Path, count: int) -> None:
    """Write recipes: every second one is in conda-build's format, the others are ownconda's own under other names."""
    own = sorted(OWN.glob("*/recipe.yaml"))
    for number in range(count):
        is_v0 = number % 2 == 0
        recipe = folder / f"module-{number}" / ("meta.yaml" if is_v0 else "recipe.yaml")
        recipe.parent.mkdir(parents=True)
        if is_v0:
            recipe.write_text(META.format(number=number, needed=max(number - 2, 0)))
        else:
            text = own[number % len(own)].read_text()
            recipe.write_text(text.replace("\npackage:\n  name: ", f"\npackage:\n  name: m{number}-"))


if __name__ == "__main__":
    print_machine()
    main()
