"""How recipes are rendered, as the settings and a command's options say."""

import os
from collections.abc import Sequence
from pathlib import Path

from ownconda.conda.names import check_subdir
from ownconda.recipes.collection import CONTEXT
from ownconda.recipes.rendering import Rendering
from ownconda.settings.files import cache_folder
from ownconda.settings.places import OFF
from ownconda.settings.tree import Settings


def rendering(settings: Settings, *, variants: Sequence[Path], target_platform: str | None = None) -> Rendering:
    """Join the variants files of the settings with those of an option, which win, and choose the subdir.

    Raises WrongInputError for a subdir that conda doesn't know.
    """
    subdir = target_platform or settings.build.target_platform
    return Rendering(
        variant_files=(*settings.build.variants, *variants),
        target_platform=check_subdir(subdir) if subdir else None,
        context=CONTEXT,
    )


def render_cache(settings: Settings) -> Path | None:
    """Give the folder in which it is remembered what recipes render to; None where that isn't wanted."""
    said = settings.build.render_cache
    if said == OFF:
        return None
    return Path(said).expanduser() if said else cache_folder(os.environ) / "renderings"
