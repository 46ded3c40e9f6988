"""Which recipes would make another package than at a revision, asked of git."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ownconda.errors import WrongInputError
from ownconda.git.changes import Changes, changes_since
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import RECIPE_FILES, has_recipes_place, real
from ownconda.recipes.reading import read_text
from ownconda.recipes.rendering import VARIANTS_FILES
from ownconda.recipes.updated import Updated, differing_keys, updated


def updated_since(builds: Sequence[Build], places: Iterable[Path], revision: str | None) -> list[Updated]:
    """Find the Builds whose package a change since a revision alters, committed or not.

    What changed is asked of the repositories around ``places``. Without a revision it is where the branch left the
    remote's default branch, or HEAD. Raises WrongInputError outside a repository and for a revision that isn't there.
    """
    changes = {change.root: change for change in (changes_since(_folder(place), revision) for place in places)}
    found = (one for change in changes.values() for one in updated_by(builds, change))
    return list({one.build: one for one in found}.values())


def deleted_since(place: Path, revision: str | None) -> list[Path]:
    """Find the recipes below a folder that were there at a revision and aren't any more, in whichever format.

    Raises WrongInputError as `updated_since` does.
    """
    changes = changes_since(_folder(place), revision)
    gone = (path for path in sorted(changes.paths) if has_recipes_place(path, real(place)))
    return [path for path in gone if not any((path.parent / name).is_file() for name in RECIPE_FILES)]


def updated_by(builds: Iterable[Build], changes: Changes) -> list[Updated]:
    """Find the Builds whose package the changes in one repository alter."""
    variants = [path for path in changes.paths if path.name in VARIANTS_FILES]
    keys = {path: differing_keys(changes.content_before(path), _text_now(path)) for path in variants}
    return updated(builds, changes.paths, keys)


def _text_now(variants: Path) -> str | None:
    try:
        return read_text(variants) if variants.is_file() else None
    except WrongInputError:
        return None  # whoever renders with it tells why


def _folder(place: Path) -> Path:
    resolved = real(place)
    return resolved if resolved.is_dir() else resolved.parent
