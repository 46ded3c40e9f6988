"""Feeds the reader of conda-build recipes and the span editor with what libFuzzer thinks of, for a minute.

    python tests/fuzz/read_recipes.py [libFuzzer's options]

Whatever stands in a file, reading it gives Builds or a WrongInputError, within seconds. Seeds are the recipes of
the corpora; what libFuzzer finds interesting is kept for the run alone. An input that breaks something is written to
``crash-…`` in the working directory, and the exit code isn't 0. It always begins in the same way, so that no change is
refused by chance; ``-seed=0`` chooses a beginning anew, ``-max_total_time=SECONDS`` goes on for longer.
"""

import contextlib
import platform
import sys
import tempfile
from pathlib import Path

HAS_WHEELS = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
if not HAS_WHEELS:
    print("left out: atheris has no wheel for this platform", file=sys.stderr)  # noqa: T201  (a script of its own)
    sys.exit(0)

import atheris  # noqa: E402  (it can only be imported where it is)

with atheris.instrument_imports(include=["ownconda.recipes", "ownconda.conda"]):
    from ownconda.errors import WrongInputError
    from ownconda.recipes.editing import apply, set_number, set_version
    from ownconda.recipes.folders import render_each
    from ownconda.recipes.rendering import Rendering
    from ownconda.recipes.v0 import rendering  # noqa: F401  (else imported when it is too late to watch it)

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
SECONDS, SEED = 60, 1
LARGEST_SEED = 4096
WORDS = (
    "{{",
    "}}",
    "{%",
    "%}",
    "{% set ",
    "{% for ",
    "{% endfor %}",
    "{% if ",
    "{% endif %}",
    "{% macro ",
    "compiler(",
    "pin_subpackage(",
    "load_file_regex(",
    "  # [",
    "]",
    "win",
    "py<38",
    "environ.get(",
    "package:",
    "outputs:",
    "requirements:",
    "&a ",
    "*a",
    "<<: ",
    "\t",
    "!!",
)
RENDERING = Rendering(target_platform="linux-64", variants={"python": ("3.12", "3.13"), "numpy": ("2.0",)})


def check(content: bytes, recipe: Path) -> None:
    """Read a recipe and change it; everything but a WrongInputError is a fault of ours."""
    recipe.write_bytes(content)
    [outcome] = render_each([recipe], RENDERING)
    if outcome.error is not None:
        return
    text = recipe.read_bytes().decode()
    with contextlib.suppress(WrongInputError):
        apply(text, set_version(text, "987.6.5", recipe=recipe))
    with contextlib.suppress(WrongInputError):
        apply(text, set_number(text, 7, recipe=recipe))


def main() -> None:
    """Run libFuzzer with our options, then those that are given."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "found").mkdir()
        (folder / "seeds").mkdir()
        for number, seed in enumerate(sorted(CORPORA.glob("v0/*/meta.yaml"))):
            if seed.stat().st_size <= LARGEST_SEED:
                (folder / "seeds" / str(number)).write_bytes(seed.read_bytes())
        words = folder / "words"
        words.write_text("".join(f'"{word}"\n'.replace("\t", "\\x09") for word in WORDS))
        recipe = folder / "recipes" / "one" / "meta.yaml"
        recipe.parent.mkdir(parents=True)
        options = [f"-max_total_time={SECONDS}", "-timeout=5", "-max_len=8192", f"-dict={words}", "-verbosity=0"]
        options += [f"-seed={SEED}", "-print_final_stats=1"]
        atheris.Setup(
            [sys.argv[0], *options, *sys.argv[1:], str(folder / "found"), str(folder / "seeds")],
            lambda content: check(content, recipe),
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
