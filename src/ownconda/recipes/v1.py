"""A ``recipe.yaml`` rendered by py-rattler-build: text and variants in, Builds out; nothing is fetched or built."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rattler_build

from ownconda.conda.names import VIRTUAL, parse_file_name
from ownconda.conda.pins import Pin, pinned, with_build
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build, Requirements, WrittenSource
from ownconda.recipes.faults import explain, where_in
from ownconda.recipes.own_fields import alternatives, minutes, own_fields
from ownconda.recipes.reading import is_file, read_text
from ownconda.recipes.rendering import CONDA_BUILD_VARIANTS, VARIANTS_FILES, Rendered, Rendering, folders_of_variants
from ownconda.recipes.runners import runner_of
from ownconda.recipes.sights import note_passing
from ownconda.recipes.skipping import is_skipped, may_skip, text_that_tells
from ownconda.sources.checksums import DIGITS

_ENVIRONMENT = re.compile(r"\benv(iron)?\b(?!\s*:)")  # `env.get("NAME")`; a key of that name is something else


def render_v1(recipe: Path, rendering: Rendering) -> list[Rendered]:
    """Render one recipe file to its Builds, in the order in which they have to be built.

    Raises WrongInputError with file, line and field when it can't be read or rendered.
    """
    text = _read(recipe)
    variants = _variant_config(rendering, recipe)
    try:
        rendered = _render(rattler_build.Stage0Recipe.from_file(recipe), variants, rendering)
        kept = _kept(rendered, text, variants, rendering)
    except rattler_build.RattlerBuildError as error:
        raise WrongInputError.of([explain(str(error), file=recipe, text=text)]) from error
    versions = {one.recipe.package.name: one.recipe.package.version for one in rendered}
    return [_rendered(recipe, one, versions) for one in kept]


def _read(file: Path) -> str:
    text = read_text(file)
    if _ENVIRONMENT.search(text):
        note_passing()
    return text


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
        text = _read(file)
        try:
            config = config.merge(_read_variants(file, rendering.target_platform))
        except rattler_build.RattlerBuildError as error:
            raise WrongInputError.of([explain(str(error), file=file, text=text)]) from error
    if rendering.variants:
        chosen = {key: list(values) for key, values in rendering.variants.items()}
        config = config.merge(rattler_build.VariantConfig(chosen))
    return config


def _variants_in(folder: Path) -> Path | None:
    return next((folder / name for name in VARIANTS_FILES if is_file(folder / name)), None)


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
        variant={key: str(value) for key, value in sorted(rendered.variant.items())},
        requirements=_requirements(fields, versions, rendered.variant),
        sources=tuple(_source(source) for source in fields.get("source") or ()),
        alternatives=tuple(alternatives(own, recipe)),
        debian_source=own.get("debian_source"),
        needs_no_compiler=own.get("needs_no_compiler") is True,
        runner=runner_of(fields.get("extra"), recipe),
        minutes=minutes(own, recipe),
        run_exports=_run_exports(fields, versions, rendered.variant),
        ignored_run_exports=_ignored(fields, "by_name"),
        ignored_run_exports_from=_ignored(fields, "from_package"),
    )
    try:
        parse_file_name(build.file_name)
    except WrongInputError as error:
        raise WrongInputError(str(error), where=where_in(recipe, "package.name")) from None
    return Rendered(build, MappingProxyType(fields))


def _source(fields: Mapping[str, Any]) -> WrittenSource:
    urls = fields.get("url") or ()
    return WrittenSource(
        urls=(urls,) if isinstance(urls, str) else tuple(urls),
        checksums={kind: str(fields[kind]) for kind in DIGITS if fields.get(kind)},
        path=fields.get("path"),
        file_name=fields.get("file_name"),
        fields=dict(fields),
    )


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


def _ignored(fields: Mapping[str, Any], by: str) -> tuple[str, ...]:
    ignored = (fields.get("requirements") or {}).get("ignore_run_exports") or {}
    return tuple(str(spec).split(" ")[0] for spec in ignored.get(by) or ())


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
            return with_build(pin["name"], pin.get("build"))
        if pin.get("exact"):
            return f"{pin['name']} =={self.variant.get(pin['name'].replace('-', '_'), version)}"
        bounds = Pin(lower=pin.get("lower_bound"), upper=pin.get("upper_bound"), build=pin.get("build"))
        return pinned(pin["name"], version, bounds)
