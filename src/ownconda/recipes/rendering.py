"""Recipes rendered by py-rattler-build: text and variants in, Builds out; nothing is fetched or built."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rattler_build

from ownconda.conda.names import VIRTUAL, parse_file_name
from ownconda.conda.pins import Pin, pinned
from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.builds import Build, Requirements, WrittenAlternative, WrittenSource
from ownconda.recipes.faults import explain, where_in
from ownconda.recipes.reading import read_text
from ownconda.recipes.runners import runner_of
from ownconda.recipes.skipping import is_skipped, may_skip, text_that_tells

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


def render(recipe: Path, rendering: Rendering) -> list[Rendered]:
    """Render one recipe file to its Builds, in the order in which they have to be built.

    Raises WrongInputError with file, line and field when it can't be read or rendered.
    """
    text = read_text(recipe)
    variants = _variant_config(rendering, recipe)
    try:
        rendered = _render(rattler_build.Stage0Recipe.from_file(recipe), variants, rendering)
        kept = _kept(rendered, text, variants, rendering)
    except rattler_build.RattlerBuildError as error:
        raise WrongInputError.of([explain(str(error), file=recipe, text=text)]) from error
    versions = {one.recipe.package.name: one.recipe.package.version for one in rendered}
    return [_rendered(recipe, one, versions) for one in kept]


def _render(
    recipe: rattler_build.Stage0Recipe, variants: rattler_build.VariantConfig, rendering: Rendering
) -> list[rattler_build.RenderedVariant]:
    return recipe.render(
        variants,
        rattler_build.RenderConfig(
            platform=rattler_build.PlatformConfig(target_platform=rendering.target_platform),
            extra_context=dict(rendering.context),
        ),
    )


def _kept(
    rendered: list[rattler_build.RenderedVariant],
    text: str,
    variants: rattler_build.VariantConfig,
    rendering: Rendering,
) -> list[rattler_build.RenderedVariant]:
    """Leave out what the recipe skips."""
    if not may_skip(text):
        return rendered
    with tempfile.TemporaryDirectory() as folder:
        telling = rattler_build.Stage0Recipe.from_yaml(text_that_tells(text), recipe_dir=folder)
        told = [one.recipe.about.description for one in _render(telling, variants, rendering)]
    return [one for one, description in zip(rendered, told, strict=True) if not is_skipped(description)]


def _variant_config(rendering: Rendering, recipe: Path) -> rattler_build.VariantConfig:
    found = (_variants_in(folder) for folder in folders_of_variants(recipe))
    config = rattler_build.VariantConfig()
    for file in dict.fromkeys([*(file for file in found if file), *rendering.variant_files]):
        text = read_text(file)
        try:
            config = config.merge(_read_variants(file, rendering.target_platform))
        except rattler_build.RattlerBuildError as error:
            raise WrongInputError.of([explain(str(error), file=file, text=text)]) from error
    if rendering.variants:
        chosen = {key: list(values) for key, values in rendering.variants.items()}
        config = config.merge(rattler_build.VariantConfig(chosen))
    return config


def folders_of_variants(recipe: Path) -> tuple[Path, ...]:
    """Give the folders whose variants hold for a recipe: the root, and its own.

    A feedstock has its recipe one level deeper, below ``recipe``.
    """
    above = recipe.parent.parent
    return (above.parent, above, recipe.parent) if recipe.parent.name == "recipe" else (above, recipe.parent)


def _variants_in(folder: Path) -> Path | None:
    return next((folder / name for name in VARIANTS_FILES if (folder / name).is_file()), None)


def _read_variants(file: Path, target_platform: str | None) -> rattler_build.VariantConfig:
    """Read a variants file; its conditions are about the platform that is built for."""
    context = rattler_build.JinjaConfig(platform=rattler_build.PlatformConfig(target_platform=target_platform))
    if file.name == CONDA_BUILD_VARIANTS:
        return rattler_build.VariantConfig.from_conda_build_config(file, context)
    return rattler_build.VariantConfig.from_file_with_context(file, context)


def _rendered(recipe: Path, rendered: rattler_build.RenderedVariant, versions: Mapping[str, str]) -> Rendered:
    content = rendered.recipe
    fields = content.to_dict()
    own = own_fields(fields.get("extra"), recipe)
    noarch = content.build.noarch
    build = Build(
        recipe=recipe,
        name=content.package.name,
        version=content.package.version,
        subdir="noarch" if noarch else str(rendered.variant["target_platform"]),
        build=str(content.build.string),
        number=content.build.number or 0,  # None where the recipe has none
        noarch=str(noarch) if noarch else None,
        variant=MappingProxyType({key: str(value) for key, value in sorted(rendered.variant.items())}),
        requirements=_requirements(fields, versions, rendered.variant),
        sources=tuple(_source(source) for source in fields.get("source") or ()),
        alternatives=tuple(alternatives(own, recipe)),
        debian_source=own.get("debian_source"),
        needs_no_compiler=own.get("needs_no_compiler") is True,
        runner=runner_of(fields.get("extra"), recipe),
        run_exports=_run_exports(fields, versions, rendered.variant),
    )
    try:
        parse_file_name(build.file_name)
    except WrongInputError as error:
        raise WrongInputError(str(error), where=where_in(recipe, "package.name")) from None
    return Rendered(build, MappingProxyType(fields))


def own_fields(extra: Any, recipe: Path) -> Mapping[str, Any]:  # noqa: ANN401  (the recipe's free section)
    """Give what a recipe says to ownconda alone: ``extra.ownconda``.

    Raises WrongInputError when it is no mapping.
    """
    own = extra.get("ownconda") if isinstance(extra, dict) else None
    if own is None:
        return {}
    if not isinstance(own, dict):
        raise WrongInputError("has to be a mapping", where=where_in(recipe, "extra.ownconda"))
    return own


def _source(fields: Mapping[str, Any]) -> WrittenSource:
    urls = fields.get("url") or ()
    return WrittenSource(
        urls=(urls,) if isinstance(urls, str) else tuple(urls),
        sha256=fields.get("sha256"),
        path=fields.get("path"),
        file_name=fields.get("file_name"),
        fields=MappingProxyType(dict(fields)),
    )


def alternatives(own: Mapping[str, Any], recipe: Path) -> list[WrittenAlternative]:
    """Give the archives that may stand for the recipe's sources.

    Raises WrongInputError when an entry isn't complete.
    """
    field = "extra.ownconda.alternative_sources"
    found: list[WrittenAlternative] = []
    problems: list[Problem] = []
    entries = own.get("alternative_sources") or []
    for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        try:
            found.append(WrittenAlternative(**{key: str(value) for key, value in entry.items()}))
        except (TypeError, AttributeError):
            problems.append(
                Problem(
                    what="has to have instead_of, url, sha256 and note",
                    where=where_in(recipe, f"{field}[{index}]"),
                )
            )
    if problems:
        raise WrongInputError.of(problems)
    return found


def _requirements(fields: Mapping[str, Any], versions: Mapping[str, str], variant: Mapping[str, str]) -> Requirements:
    section = fields.get("requirements") or {}
    spec = _Specs(versions, variant)
    return Requirements(
        build=tuple(_with_variant(text, variant) for text in spec.texts(section.get("build"))),
        host=tuple(_with_variant(text, variant) for text in spec.texts(section.get("host"))),
        run=spec.texts(section.get("run")),
        run_constraints=spec.texts(section.get("run_constraints")),
        test=tuple(
            text
            for test in fields.get("tests") or ()
            for part in ("run", "build")
            for text in spec.texts((test.get("requirements") or {}).get(part))
        ),
    )


def _run_exports(
    fields: Mapping[str, Any], versions: Mapping[str, str], variant: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    spec = _Specs(versions, variant)
    exported = (fields.get("requirements") or {}).get("run_exports") or {}
    return {kind: spec.texts(entries) for kind, entries in exported.items() if entries}


def _with_variant(text: str, variant: Mapping[str, str]) -> str:
    """Add the variant's value to a bare name, as the builder does when it solves."""
    value = None if text.startswith(VIRTUAL) else variant.get(text.replace("-", "_"))
    return f"{text} {value}" if value else text


@dataclass(frozen=True, slots=True)
class _Specs:
    """Turns rendered requirements into match specs.

    ``versions`` are those of the recipe's own outputs; ``variant`` has the version and the build string of an output
    that is pinned exactly.
    """

    versions: Mapping[str, str]
    variant: Mapping[str, str]

    def texts(self, entries: Sequence[Any] | None) -> tuple[str, ...]:
        return tuple(self._text(entry) for entry in entries or ())

    def _text(self, entry: Any) -> str:  # noqa: ANN401  (a string or a pin, as rattler-build renders them)
        if isinstance(entry, str):
            return entry
        kind, pin = next(iter(entry.items()))
        version = self.versions.get(pin["name"])
        if kind != "pin_subpackage" or version is None:
            return str(pin["name"])
        if pin.get("exact"):
            return f"{pin['name']} =={self.variant.get(pin['name'].replace('-', '_'), version)}"
        return pinned(pin["name"], version, Pin(lower=pin.get("lower_bound"), upper=pin.get("upper_bound")))
