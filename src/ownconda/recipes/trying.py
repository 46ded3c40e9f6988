"""A recipe rendered with another text than its own, while its folder stays as it is."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ownconda.errors import WrongInputError
from ownconda.recipes.folders import real
from ownconda.recipes.rendering import VARIANTS_FILES, Rendered, folders_of_variants

Render = Callable[[Path], Sequence[Rendered]]
"""Renders a recipe file, or raises WrongInputError."""


@contextmanager
def trial(recipe: Path, render: Render) -> Iterator[Callable[[str], Sequence[Rendered] | None]]:
    """Give a function that renders texts as if the recipe had them; nothing comes of one that can't be rendered.

    They stand in a copy of the recipe's surroundings: links to the files beside it, and to the variants files above.
    """
    with tempfile.TemporaryDirectory(prefix="ownconda-trial-") as folder:
        copy = Path(folder)
        for level in folders_of_variants(recipe):
            copy = copy / level.name
            copy.mkdir(exist_ok=True)
            _link(level, copy, [one.name for one in level.iterdir()] if level == recipe.parent else VARIANTS_FILES)
        tried = copy / recipe.name
        yield lambda text: _rendered(tried, text, render)


def _link(folder: Path, copy: Path, names: Iterable[str]) -> None:
    for name in names:
        if os.path.lexists(folder / name):
            (copy / name).symlink_to(real(folder / name))


def _rendered(file: Path, text: str, render: Render) -> Sequence[Rendered] | None:
    file.unlink(missing_ok=True)  # it may be a link to the recipe itself
    file.write_bytes(text.encode())
    try:
        return render(file)
    except WrongInputError:
        return None
