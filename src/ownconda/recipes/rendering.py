"""How recipes are rendered, and what comes of it: the same for both formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownconda.recipes.builds import Build

VARIANTS_FILE = "variants.yaml"
CONDA_BUILD_VARIANTS = "conda_build_config.yaml"
VARIANTS_FILES = (VARIANTS_FILE, CONDA_BUILD_VARIANTS)
"""What a variants file may be called; the first one in a folder counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What a rendering depends on beside the recipe: variants, the platform, and variables that ownconda supplies.

    Variants come from a file of VARIANTS_FILES at the root of the folder of recipes, from the one beside the recipe,
    from ``variant_files`` and from ``variants``; the later ones win.
    ``context`` is the same everywhere, as it takes part in build strings.
    """

    variant_files: tuple[Path, ...] = ()
    variants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    target_platform: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Build together with all that its recipe says about it, in the words of the recipe's own format."""

    build: Build
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)


def folders_of_variants(recipe: Path) -> tuple[Path, ...]:
    """Give the folders whose variants hold for a recipe: the root, and its own.

    A feedstock has its recipe one level deeper, below ``recipe``.
    """
    above = recipe.parent.parent
    return (above.parent, above, recipe.parent) if recipe.parent.name == "recipe" else (above, recipe.parent)
