"""What the paths mean that people give: recipes, package files, channels."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.names import EXTENSIONS, SUBDIRS


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the paths that people give mean: recipes, package files, channels by their address."""

    recipes: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    channels: tuple[str, ...] = ()


def sorted_out(paths: Iterable[str]) -> Given:
    """Tell what each path means: an address or a folder with an index is a channel, a package's file a package."""
    recipes: list[Path] = []
    files: list[Path] = []
    channels: list[str] = []
    for text in paths:
        path = Path(text).expanduser()
        if "://" in text:
            channels.append(text)
        elif text.endswith(EXTENSIONS):
            files.append(path)
        elif any((path / subdir).glob("repodata*") for subdir in SUBDIRS if (path / subdir).is_dir()):
            channels.append(path.resolve().as_uri())
        else:
            recipes.append(path)
    return Given(recipes=tuple(recipes), files=tuple(files), channels=tuple(channels))
