"""A ``meta.yaml`` rendered: selectors, then templates, then YAML, for each variant; Builds out, and nothing is run."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ownconda.conda.names import NOARCH, parse_file_name
from ownconda.conda.subdirs import current_subdir
from ownconda.conda.versions import version_key
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build, Requirements, WrittenSource
from ownconda.recipes.faults import where_in
from ownconda.recipes.own_fields import alternatives, minutes, own_fields
from ownconda.recipes.reading import described, files_beside, is_file, is_folder, read_text, resolved
from ownconda.recipes.rendering import Rendered, Rendering
from ownconda.recipes.requirements_graph import unreadable_requirements
from ownconda.recipes.runners import runner_of
from ownconda.recipes.v0.build_strings import build_number, build_string, variant_hash, with_hash
from ownconda.recipes.v0.data_files import DataFolders
from ownconda.recipes.v0.functions import functions, with_star
from ownconda.recipes.v0.lines import lost_lists, select_lines
from ownconda.recipes.v0.namespaces import Surroundings, build_variables, selector_names
from ownconda.recipes.v0.outputs import Output, outputs, package_at_top, run_exports
from ownconda.recipes.v0.pins import EVERY_PART, HASH_MARK, OutputFacts, Promises, bounds
from ownconda.recipes.v0.scripts import LANGUAGE_VARIABLES, takes_up
from ownconda.recipes.v0.sections import sections, text, texts, truth
from ownconda.recipes.v0.templates import evaluate
from ownconda.recipes.v0.used_variables import OutputText, Use, split_outputs, used_in_script, used_keys
from ownconda.recipes.v0.v1_tests import needed_languages
from ownconda.recipes.v0.variant_files import variant_config
from ownconda.recipes.v0.variants import Variant, VariantConfig, variants
from ownconda.recipes.v0.yaml_reading import Document, read_document
from ownconda.sources.checksums import DIGITS

_BUILD_SCRIPTS = ("build.sh", "bld.bat")
_CONSTRAINTS = frozenset({"run_constrained", "weak_constrains", "strong_constrains"})
"""Kinds of match specs that nothing is installed for."""

_COMPILER = re.compile(r"\{\{\s*compiler\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A recipe in one variant: its text as its selectors keep it, what it says, and the pins that it asks for."""

    around: Surroundings
    selected: str
    document: Document
    promises: Promises
    described: Mapping[str, str]

    @property
    def is_noarch(self) -> bool:
        build = self.document.content.get("build")
        return isinstance(build, Mapping) and (truth(build.get("noarch")) or truth(build.get("noarch_python")))


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
    first = _read(recipe, written, around)
    scripts = _used_in_build_scripts(recipe.parent, config, around)
    looped = used_keys(written, written, config.values.keys()).every | scripts
    found: dict[str, Rendered] = {}
    for variant in _chosen(variants(config, looped), first):
        read = first if variant == around.variant else _read(recipe, written, replace(around, variant=variant))
        for one in _outputs_built(recipe, written, read, scripts):
            found.setdefault(one.build.path, one)
    return list(found.values())


def _chosen(every: list[Variant], first: _Read) -> list[Variant]:
    """Keep one Python, the newest, for a package that fits every one."""
    if not first.is_noarch:
        return every
    newest = max((variant.get("python") or "" for variant in every), key=lambda value: version_key(value.split(" ")[0]))
    return [variant for variant in every if (variant.get("python") or "") == newest]


# One variant


def _read(recipe: Path, written: str, around: Surroundings) -> _Read:
    where = Where(file=recipe)
    selecting = selector_names(around)
    selected = select_lines(written, selecting, file=where)
    promises = Promises()
    variables = {**build_variables(around), "RECIPE_DIR": str(recipe.parent)}
    names = {**around.supplied, **selecting, **variables, **around.variant.values}
    names["PKG_HASH"] = HASH_MARK
    folders = DataFolders(recipe=recipe.parent)
    git: Mapping[str, str] = {}
    for _ in range(2 if _looks_back(selected) else 1):
        given = {**names, **functions(around, promises, folders), **_os_names(around, names)}
        evaluated = evaluate(selected, given, file=where)
        rendered = select_lines(evaluated.text, selecting, file=where) if "[" in evaluated.text else evaluated.text
        document = _document(rendered, where, moved=selected.count("\n") != rendered.count("\n"))
        source = _local_source(recipe, document) if _looks_back(selected) else None
        folders = DataFolders(recipe=recipe.parent, source=source)
        names |= _package_names(document)
        git = described(source or recipe.parent) if "GIT_" in selected else {}
        names |= git
    undefined = (
        Problem(what=reason, where=Where(file=recipe, line=line)) for reason, line in evaluated.undefined.items()
    )
    problems = (*undefined, *lost_lists(written, file=where))
    return _Read(
        around=around,
        selected=selected,
        document=replace(document, problems=(*document.problems, *problems)),
        promises=promises,
        described=git,
    )


def _looks_back(selected: str) -> bool:
    """Tell whether the templates ask for what is known only after they were evaluated once."""
    return any(asked in selected for asked in ("PKG_", "GIT_", "load_"))


def _os_names(around: Surroundings, names: Mapping[str, object]) -> Mapping[str, object]:
    environ = {**{key: value for key, value in names.items() if isinstance(value, str)}, **around.environ}
    separators = {"sep": "\\", "pathsep": ";"} if around.is_windows else {"sep": "/", "pathsep": ":"}
    return {"environ": environ, "os": {"environ": environ, **separators}}


def _package_names(document: Document) -> Mapping[str, str]:
    package, build = document.content.get("package"), document.content.get("build")
    found: dict[str, str] = {}
    if isinstance(package, Mapping):
        found |= {"PKG_NAME": text(package.get("name")), "PKG_VERSION": text(package.get("version"))}
    if isinstance(build, Mapping):
        found["PKG_BUILDNUM"] = text(build.get("number")) or "0"
    return found


def _local_source(recipe: Path, document: Document) -> Path | None:
    """Find the folder of a source that is here already."""
    for source in sections(document.content, "source", where=Where(file=recipe)):
        written = text(source.get("path")) or text(source.get("git_url"))
        folder = recipe.parent / written if written and "://" not in written else None
        if folder is not None and is_folder(folder):
            return resolved(folder)
    return None


def _document(rendered: str, where: Where, *, moved: bool) -> Document:
    """Read the YAML; where templates have ``moved`` the lines, problems have none."""
    try:
        document = read_document(rendered, where)
    except WrongInputError as error:
        if not moved:
            raise
        raise WrongInputError.of(_without_line(problem) for problem in error.problems) from error
    problems = tuple(_without_line(problem) for problem in document.problems) if moved else document.problems
    return replace(document, problems=problems)


def _without_line(problem: Problem) -> Problem:
    return replace(problem, where=replace(problem.where, line=None) if problem.where else None)


# Its outputs


def _outputs_built(recipe: Path, written: str, read: _Read, scripts: frozenset[str]) -> list[Rendered]:
    where = Where(file=recipe)
    made = outputs(read.document.content, where=where)
    if not made:
        return []
    split, selected = split_outputs(written), split_outputs(read.selected)

    def draft(output: Output) -> _Draft:
        return _Draft(
            output=_with_versions(output, read.around.variant),
            used=_used(output, recipe.parent, (split, selected), read, scripts),
            own_text=_own_text(selected, output),
            variant=read.around.variant,
        )

    drafts = [draft(output) for output in made]
    facts = {one.output.name: OutputFacts(version=one.output.version, build=one.build_string) for one in drafts}
    has_outputs = bool(read.document.content.get("outputs"))
    whole = _Whole(
        recipe=recipe,
        read=read,
        facts=facts,
        sources=tuple(_source(source, recipe) for source in sections(read.document.content, "source", where=where)),
        top=draft(package_at_top(read.document.content, where=where)) if has_outputs else None,
        beside=files_beside(recipe),
    )
    return [_rendered(one, whole) for one in drafts if not one.output.is_skipped]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An output before the pins on its siblings are known."""

    output: Output
    used: Mapping[str, str]
    own_text: str
    variant: Variant

    def build_string(self) -> str:
        return build_string(self.output, self.variant, self.used, text_of_output=self.own_text)

    def digest(self) -> str:
        return variant_hash(self.output, self.variant, self.used, text_of_output=self.own_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """What the outputs of a recipe have in common.

    ``top`` is what stands above a list of outputs, ``beside`` are the names in the recipe's folder.
    """

    recipe: Path
    read: _Read
    facts: Mapping[str, OutputFacts]
    sources: tuple[WrittenSource, ...]
    top: _Draft | None
    beside: frozenset[str]

    def kept(self, specs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Put pins in their places and, as conda-build does where it installs, stars behind bare versions."""
        pinned = {
            kind: tuple(self.read.promises.kept(spec, self.facts) for spec in entries)
            for kind, entries in specs.items()
        }
        return {
            kind: entries if kind in _CONSTRAINTS else tuple(map(with_star, entries))
            for kind, entries in pinned.items()
        }


def _rendered(draft: _Draft, whole: _Whole) -> Rendered:
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
    return Rendered(build, MappingProxyType(_fields(build, draft, whole)))


def _ignored(output: Output, key: str) -> tuple[str, ...]:
    return tuple(spec.split(" ")[0] for spec in texts(output.build.get(key)))


def _test_languages(output: Output, whole: _Whole) -> list[str]:
    top = {"top": _sections(whole.top.output)} if whole.top else {}
    return needed_languages(_sections(output) | top, whole.beside)


def _common(draft: _Draft, whole: _Whole, kind: str) -> tuple[str, ...]:
    """Give what has to be there for the build at the top, where an output takes up what that leaves."""
    if whole.top is None or not takes_up(_sections(draft.output), _sections(whole.top.output), whole.beside):
        return ()
    return whole.kept(whole.top.output.requirements).get(kind, ())


# All that the recipe says about an output


def _fields(build: Build, draft: _Draft, whole: _Whole) -> dict[str, object]:
    """Give the sections of an output in conda-build's words, and what its build has to know beside them.

    ``top`` is what stands above a list of outputs; ``merged`` tells that conda-build builds in one environment, and
    ``environment`` are variables that its scripts find.
    """
    needs = build.requirements
    kinds = {"build": needs.build, "host": needs.host, "run": needs.run, "run_constrained": needs.run_constraints}
    told = {
        "source": sections(whole.read.document.content, "source", where=Where(file=build.recipe)),
        **_sections(draft.output),
    }
    fields: dict[str, object] = _settled(told, _settling(draft, whole))
    return fields | {
        "package": {"name": build.name, "version": build.version},
        "requirements": {kind: list(specs) for kind, specs in kinds.items() if specs},
        "merged": _is_merged(draft, whole),
        "environment": _environment(draft, whole),
        **({"top": _top_fields(whole.top, whole)} if whole.top else {}),
    }


def _top_fields(top: _Draft, whole: _Whole) -> dict[str, object]:
    kept = whole.kept(top.output.requirements)
    fields: dict[str, object] = _settled(_sections(top.output), _settling(top, whole))
    return fields | {
        "package": {"name": top.output.name, "version": top.output.version},
        "requirements": {kind: list(kept[kind]) for kind in ("build", "host") if kind in kept},
        "merged": _is_merged(top, whole),
        "environment": _environment(top, whole),
        "variant": dict(top.used),
        "source": sections(whole.read.document.content, "source", where=Where(file=whole.recipe)),
    }


def _sections(output: Output) -> dict[str, object]:
    return {"package": {"name": output.name}, "build": dict(output.build), **output.others}


def _settling(draft: _Draft, whole: _Whole) -> Callable[[str], str]:
    """Make the function that puts what is known at the end into a text: pins, the hash, the recipe's folder."""
    folder, digest = str(whole.recipe.parent), draft.digest()

    def settle(text: str) -> str:
        return with_hash(whole.read.promises.kept(text, whole.facts), digest).replace(folder, "$RECIPE_DIR")

    return settle


def _settled(value: object, settle: Callable[[str], str]) -> Any:  # noqa: ANN401  (as deep as the recipe)
    if isinstance(value, str):
        return settle(value)
    if isinstance(value, Mapping):
        return {str(key): _settled(one, settle) for key, one in value.items()}
    return [_settled(one, settle) for one in value] if isinstance(value, list | tuple) else value


def _is_merged(draft: _Draft, whole: _Whole) -> bool:
    """Tell whether the requirements of build and host share one environment: conda-build's ``build_is_host``."""
    around, written = whole.read.around, draft.output.build.get("merge_build_host")
    if written is not None:
        return truth(written)
    return (
        around.target_platform == around.build_platform
        and "host" not in draft.output.requirements
        and not _COMPILER.search(whole.read.selected)
    )


def _environment(draft: _Draft, whole: _Whole) -> dict[str, str]:
    variables = {
        key: value for key, value in build_variables(whole.read.around).items() if key in LANGUAGE_VARIABLES and value
    }
    subdir = {"target_platform": whole.read.around.target_platform}
    return variables | subdir | dict(whole.read.described) | {"PKG_HASH": draft.digest()}


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


def _own_text(selected: OutputText, output: Output) -> str:
    if output.place is None or output.place >= len(selected.outputs):
        return selected.outside
    return selected.outputs[output.place]


def _used(
    output: Output,
    folder: Path,
    texts_of: tuple[OutputText, OutputText],
    read: _Read,
    scripts: frozenset[str],
) -> Mapping[str, str]:
    """Give the variant values that an output uses, as conda-build counts them."""
    values = read.around.variant.values
    written, selected = (_own_text(one, output) for one in texts_of)
    use = used_keys(written, selected, values.keys())
    used = use.asked | _counting(use, output)
    if output.place is None:
        used |= scripts
    elif output.script and is_file(folder / output.script):
        script = folder / output.script
        used |= used_in_script(read_text(script), values.keys(), batch=script.suffix == ".bat")
    if not output.noarch:
        used |= {"target_platform"}
    used |= {"channel_targets"} & values.keys()
    used -= frozenset(texts(output.build.get("force_ignore_keys")))
    used |= values.keys() & frozenset(texts(output.build.get("force_use_keys")))
    return {key: values[key] for key in sorted(used)}


def _counting(use: Use, output: Output) -> frozenset[str]:
    """Leave out bare requirements that change nothing: those of run alone, and an interpreter of build alone."""
    built, hosted = ({name.replace("-", "_") for name in output.names(kind)} for kind in ("build", "host"))
    return frozenset(
        key
        for key in use.bare
        if key in hosted or (key in built and not (key in {"python", "numpy"} and "host" in output.requirements))
    )


def _used_in_build_scripts(folder: Path, config: VariantConfig, around: Surroundings) -> frozenset[str]:
    used: frozenset[str] = frozenset()
    for name in _BUILD_SCRIPTS:
        is_batch = name.endswith(".bat")
        if (around.is_windows or not is_batch) and is_file(folder / name):
            used |= used_in_script(read_text(folder / name), config.values.keys(), batch=is_batch)
    return used


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


def _local_repository(fields: Mapping[str, object], recipe: Path) -> str | None:
    """Give the folder of a repository that is here, and of which no certain commit is asked for."""
    url = text(fields.get("git_url"))
    if not url or "://" in url or any(text(fields.get(key)) for key in ("git_rev", "git_tag", "git_branch")):
        return None
    return url if is_folder(recipe.parent / url) else None


def _source(fields: Mapping[str, object], recipe: Path) -> WrittenSource:
    local = _local_repository(fields, recipe)
    return WrittenSource(
        urls=texts(fields.get("url")),
        checksums={kind: text(fields[kind]) for kind in DIGITS if text(fields.get(kind))},
        path=local or text(fields.get("path")) or None,
        file_name=text(fields.get("fn")) or None,
        fields=dict(fields),
    )
