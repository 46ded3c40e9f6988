"""A ``meta.yaml`` rendered: selectors, then templates, then YAML, for each variant; Builds out, and nothing is run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ownconda.conda.names import NOARCH, parse_file_name
from ownconda.conda.subdirs import current_subdir
from ownconda.conda.versions import version_key
from ownconda.errors import Where, WrongInputError
from ownconda.recipes.builds import Build, Requirements, WrittenSource
from ownconda.recipes.faults import where_in
from ownconda.recipes.own_fields import alternatives, minutes, own_fields
from ownconda.recipes.reading import files_beside, read_text
from ownconda.recipes.rendering import Rendered, Rendering
from ownconda.recipes.requirements_graph import unreadable_requirements
from ownconda.recipes.runners import runner_of
from ownconda.recipes.v0.build_strings import build_number
from ownconda.recipes.v0.drafts import Draft, Whole
from ownconda.recipes.v0.functions import with_star
from ownconda.recipes.v0.namespaces import Surroundings
from ownconda.recipes.v0.one_variant import Read, local_repository, read_variant
from ownconda.recipes.v0.output_fields import output_fields, sections_of
from ownconda.recipes.v0.output_variants import own_text_of, used_by, used_in_build_scripts
from ownconda.recipes.v0.outputs import Output, outputs, package_at_top, run_exports
from ownconda.recipes.v0.pins import EVERY_PART, OutputFacts, bounds
from ownconda.recipes.v0.scripts import takes_up
from ownconda.recipes.v0.sections import sections, text, texts
from ownconda.recipes.v0.used_variables import split_outputs, used_keys
from ownconda.recipes.v0.v1_tests import needed_languages
from ownconda.recipes.v0.variant_files import variant_config
from ownconda.recipes.v0.variants import Variant, variants
from ownconda.sources.checksums import DIGITS


def render_v0(recipe: Path, rendering: Rendering) -> list[Rendered]:
    """Render one ``meta.yaml`` to its Builds: for each variant its outputs, as they are written.

    Raises WrongInputError with file, line and field when it can't be read or rendered.
    """
    written = read_text(recipe)
    where = Where(file=recipe)
    if not written.strip():
        raise WrongInputError("is empty", where=where, hint="a recipe begins with package:")
    try:
        return _builds(recipe, written, rendering)
    except WrongInputError as error:
        raise WrongInputError.of(
            replace(problem, where=problem.where or where) for problem in error.problems
        ) from error


def _builds(recipe: Path, written: str, rendering: Rendering) -> list[Rendered]:
    here = current_subdir()
    platform = rendering.target_platform or here
    config = variant_config(
        recipe,
        files=rendering.variant_files,
        given=rendering.variants,
        target_platform=platform,
        build_platform=here,
    )
    around = Surroundings(
        variant=variants(config, ())[0],
        target_platform=platform,
        build_platform=here,
        supplied=rendering.context,
    )
    first = read_variant(recipe, written, around)
    scripts = used_in_build_scripts(recipe.parent, config, around)
    looped = used_keys(written, written, config.values.keys()).every | scripts
    found: dict[str, Rendered] = {}
    for variant in _chosen(variants(config, looped), first):
        read = first if variant == around.variant else read_variant(recipe, written, replace(around, variant=variant))
        for one in _outputs_built(recipe, written, read, scripts):
            found.setdefault(one.build.path, one)
    return list(found.values())


def _chosen(every: list[Variant], first: Read) -> list[Variant]:
    """Keep one Python, the newest, for a package that fits every one."""
    if not first.is_noarch:
        return every
    newest = max((variant.get("python") or "" for variant in every), key=lambda value: version_key(value.split(" ")[0]))
    return [variant for variant in every if (variant.get("python") or "") == newest]


def _outputs_built(recipe: Path, written: str, read: Read, scripts: frozenset[str]) -> list[Rendered]:
    where = Where(file=recipe)
    made = outputs(read.document.content, where=where)
    if not made:
        return []
    split, selected = split_outputs(written), split_outputs(read.selected)

    def draft(output: Output) -> Draft:
        return Draft(
            output=_with_versions(output, read.around.variant),
            used=used_by(output, recipe.parent, (split, selected), read, scripts),
            own_text=own_text_of(selected, output),
            variant=read.around.variant,
        )

    drafts = [draft(output) for output in made]
    facts = {one.output.name: OutputFacts(version=one.output.version, build=one.build_string) for one in drafts}
    has_outputs = bool(read.document.content.get("outputs"))
    whole = Whole(
        recipe=recipe,
        read=read,
        facts=facts,
        sources=tuple(_source(source, recipe) for source in sections(read.document.content, "source", where=where)),
        top=draft(package_at_top(read.document.content, where=where)) if has_outputs else None,
        beside=files_beside(recipe),
    )
    return [_rendered(one, whole) for one in drafts if not one.output.is_skipped]


def _rendered(draft: Draft, whole: Whole) -> Rendered:
    output, read = draft.output, whole.read
    kept = whole.kept(output.requirements)
    own = own_fields(output.others.get("extra"), whole.recipe)
    build = Build(
        recipe=whole.recipe,
        name=output.name,
        version=output.version,
        subdir=NOARCH if output.noarch else output.target or read.around.target_platform,
        build=draft.build_string(),
        number=build_number(output),
        noarch=output.noarch,
        variant=dict(sorted(draft.used.items())),
        requirements=Requirements(
            build=kept.get("build", ()),
            host=kept.get("host", ()),
            run=tuple(_pinned_run(spec, output, draft.variant) for spec in kept.get("run", ())),
            run_constraints=kept.get("run_constrained", ()),
            test=(*whole.kept({"test": output.test_requires})["test"], *_test_languages(output, whole)),
            common_build=_common(draft, whole, "build"),
            common_host=_common(draft, whole, "host"),
        ),
        sources=whole.sources,
        alternatives=tuple(alternatives(own, whole.recipe)),
        debian_source=own.get("debian_source"),
        needs_no_compiler=own.get("needs_no_compiler") is True,
        format="v0",
        run_exports=whole.kept(run_exports(output.build)),
        ignored_run_exports=_ignored(output, "ignore_run_exports"),
        ignored_run_exports_from=_ignored(output, "ignore_run_exports_from"),
        runner=runner_of(output.others.get("extra"), whole.recipe),
        minutes=minutes(own, whole.recipe),
        problems=read.document.problems,
    )
    _check_name(build)
    build = replace(build, problems=(*build.problems, *unreadable_requirements(build)))
    return Rendered(build, MappingProxyType(output_fields(build, draft, whole)))


def _ignored(output: Output, key: str) -> tuple[str, ...]:
    return tuple(spec.split(" ")[0] for spec in texts(output.build.get(key)))


def _test_languages(output: Output, whole: Whole) -> list[str]:
    top = {"top": sections_of(whole.top.output)} if whole.top else {}
    return needed_languages(sections_of(output) | top, whole.beside)


def _common(draft: Draft, whole: Whole, kind: str) -> tuple[str, ...]:
    """Give what has to be there for the build at the top, where an output takes up what that leaves."""
    if whole.top is None or not takes_up(sections_of(draft.output), sections_of(whole.top.output), whole.beside):
        return ()
    return whole.kept(whole.top.output.requirements).get(kind, ())


def _check_name(build: Build) -> None:
    """Check the file's name (CEP 26); a version or build string with a '-' would be taken apart wrongly."""
    if not build.version:
        raise WrongInputError(
            f"the version of {build.name} is empty",
            where=where_in(build.recipe, "package.version"),
            hint=next((problem.what for problem in build.problems), None),
        )
    field = "package.version" if "-" in build.version else "build.string" if "-" in build.build else "package.name"
    try:
        parse_file_name(f"{build.name}-{build.version.replace('-', '^')}-{build.build.replace('-', '^')}.conda")
    except WrongInputError as error:
        raise WrongInputError(str(error).replace("^", "-"), where=where_in(build.recipe, field)) from None


def _with_versions(output: Output, variant: Variant) -> Output:
    """Give requirements that are a bare name, or ask for ``x.x``, the variant's version."""
    filled = {
        kind: tuple(_with_version(spec, variant, bare=kind in {"build", "host"}) for spec in specs)
        for kind, specs in output.requirements.items()
    }
    return replace(output, requirements=filled)


def _with_version(spec: str, variant: Variant, *, bare: bool) -> str:
    name, _, rest = spec.partition(" ")
    value = variant.get(name.replace("-", "_"))
    if value and ((bare and not rest) or rest == "x.x"):
        return with_star(f"{name} {value}")
    return spec


def _pinned_run(spec: str, output: Output, variant: Variant) -> str:
    """Pin a bare run requirement to what it was built with, where the variants ask for it (``pin_run_as_build``)."""
    pin = variant.pin_run_as_build.get(spec)
    version = (variant.get(spec.replace("-", "_")) or "").split(" ")[0].removesuffix(".*")
    built_with = output.names("host" if "host" in output.requirements else "build")
    if pin is None or not version or spec not in built_with or output.noarch == spec:
        return spec
    pinned = bounds(version, min_pin=pin.get("min_pin", EVERY_PART), max_pin=pin.get("max_pin", "x"))
    return f"{spec} {pinned}".strip()


def _source(fields: Mapping[str, object], recipe: Path) -> WrittenSource:
    local = local_repository(fields, recipe)
    return WrittenSource(
        urls=texts(fields.get("url")),
        checksums={kind: text(fields[kind]) for kind in DIGITS if text(fields.get(kind))},
        path=local or text(fields.get("path")) or None,
        file_name=text(fields.get("fn")) or None,
        fields=dict(fields),
    )
