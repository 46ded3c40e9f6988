"""Many recipes made of few real ones: copies whose packages have names of their own, and need each other."""

import random
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from ownconda.recipes.rendering import Rendering
from ownconda.recipes.sights import noting
from ownconda.recipes.v0.rendering import render_v0

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "v0"
"""Real recipes in conda-build's format, each with the packages that conda-build makes of it."""

VARIANTS = "".join(
    f"{key}:\n  - '{value}'\n"
    for key, value in (
        ("python", "3.12"),
        ("numpy", "2.0"),
        ("perl", "5.32"),
        ("r_base", "4.4"),
        ("python_min", "3.10"),
    )
)
SCRIPT = "#!/bin/bash\nset -ex\n./configure --prefix=$PREFIX\nmake -j${CPU_COUNT}\nmake install\n"

_SET_NAME = re.compile(r"(\{%-?\s*set\s+name\s*=\s*['\"][^'\"]+)(['\"])")
_NAME = re.compile(r"(?m)^(\s*-?\s*name:\s*['\"]?)([\w.-]+)(['\"]?\s*(?:#.*)?)$")
_LIST = re.compile(r"(?m)^[ \t]+(host|run):[ \t]*\n((?:[ \t]*#.*\n)*)([ \t]+- )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A real recipe: its folder's name, its text, and the names of its packages."""

    name: str
    text: str
    makes: tuple[str, ...]


def originals() -> list[Original]:
    """Read the real recipes of which copies can be made: all their packages get new names, which nobody else has."""
    made: set[str] = set()
    found: list[Original] = []
    for recipe in sorted(CORPUS.glob("*/meta.yaml")):
        original = Original(name=recipe.parent.name, text=recipe.read_text(), makes=_makes(recipe))
        if original.makes and made.isdisjoint(original.makes) and _renameable(original):
            made.update(original.makes)
            found.append(original)
    return found


def _makes(recipe: Path) -> tuple[str, ...]:
    """Give the names of a recipe's packages; nothing for one that can't be ordered, or is different all the time."""
    with noting() as notes:
        builds = [one.build for one in render_v0(recipe, Rendering())]
    if any(build.problems for build in builds) or not notes.is_lasting:
        return ()
    return tuple(sorted({build.name for build in builds}))


def _renameable(original: Original) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "meta.yaml"
        copy.write_text(_copied(original, 0, needs=()))
        return _makes(copy) == tuple(f"{name}-c0" for name in original.makes)


def make_recipes(root: Path, size: int) -> None:
    """Write ``size`` recipes below ``root``, each in a folder of its own.

    Copies of one round need each other as the originals do; beside that, each needs a few that were made before it,
    so that all of them are one graph.
    """
    root.mkdir(parents=True)
    (root / "conda_build_config.yaml").write_text(VARIANTS)
    chance = random.Random(0)  # noqa: S311  (the same recipes each time)
    earlier: list[str] = []
    for original, number in islice(_copies(originals()), size):
        folder = root / f"{original.name}-c{number}"
        folder.mkdir()
        text = _copied(original, number, needs=chance.sample(earlier, min(3, len(earlier))))
        (folder / "meta.yaml").write_text(text)
        if "script:" not in text:
            (folder / "build.sh").write_text(SCRIPT)
        earlier.append(f"{original.makes[0]}-c{number}")


def _copies(originals: Collection[Original]) -> Iterator[tuple[Original, int]]:
    for number in count():
        for original in originals:
            yield original, number


def _copied(original: Original, number: int, *, needs: Iterable[str]) -> str:
    text = _SET_NAME.sub(rf"\g<1>-c{number}\g<2>", original.text)
    text = _NAME.sub(rf"\g<1>\g<2>-c{number}\g<3>", text)
    for name in original.makes:
        text = re.sub(rf"(pin_subpackage\(\s*['\"]{re.escape(name)})(['\"])", rf"\g<1>-c{number}\g<2>", text)
    waiting = iter(needs)
    return _LIST.sub(lambda found: _with_need(found, next(waiting, "")), text)


def _with_need(found: re.Match[str], need: str) -> str:
    return f"{found[0]}{need}\n{found[3]}" if need else found[0]
