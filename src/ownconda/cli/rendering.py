"""How recipes are rendered, as the settings and a command's options say."""

from collections.abc import Sequence
from pathlib import Path

from ownconda.recipes.collection import CONTEXT
from ownconda.recipes.rendering import Rendering
from ownconda.settings import Settings


def rendering(settings: Settings, *, variants: Sequence[Path], target_platform: str | None = None) -> Rendering:
    """Join the variants files of the settings with those of an option, which win, and choose the subdir."""
    return Rendering(
        variant_files=(*settings.build.variants, *variants),
        target_platform=target_platform or settings.build.target_platform or None,
        context=CONTEXT,
    )
