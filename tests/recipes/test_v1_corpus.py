"""Real recipes in rattler-build's format: all that py-rattler-build renders are rendered."""

from pathlib import Path

import pytest
import rattler_build

from ownconda.errors import WrongInputError
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v1 import render_v1 as render

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "v1"
VARIANTS = CORPUS / "emscripten-variants.yaml"
PLATFORMS = {"linux-64": (), "emscripten-wasm32": (VARIANTS,)}


def is_rendered_by_the_builder(recipe: Path, platform: str, files: tuple[Path, ...]) -> bool:
    target = rattler_build.PlatformConfig(target_platform=platform)
    variants = rattler_build.VariantConfig()
    for file in files:
        context = rattler_build.JinjaConfig(platform=target)
        variants = variants.merge(rattler_build.VariantConfig.from_file_with_context(file, context))
    config = rattler_build.RenderConfig(platform=target)
    try:
        rattler_build.Stage0Recipe.from_file(recipe).render(variants, config)
    except rattler_build.RattlerBuildError:
        return False
    return True


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_the_builder_renders_is_rendered(platform: str) -> None:
    if not CORPUS.is_dir():
        pytest.fail("the corpora aren't there: they have to stand beside the checkout, in ../shared/corpora")
    files = PLATFORMS[platform]
    rendering = Rendering(target_platform=platform, variant_files=files)
    faults = []
    for recipe in sorted(CORPUS.glob("*/recipe.yaml")):
        try:
            render(recipe, rendering)
        except WrongInputError as error:
            if is_rendered_by_the_builder(recipe, platform, files):
                faults.append(str(error))
    assert faults == []
