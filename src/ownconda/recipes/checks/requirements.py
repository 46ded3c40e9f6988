"""Rules about requirements."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ownconda.conda.match_specs import spec_name
from ownconda.conda.names import VIRTUAL
from ownconda.errors import Where, WrongInputError
from ownconda.policy.policy import Policy
from ownconda.policy.requirements import RequiredPackages
from ownconda.recipes.builds import Build
from ownconda.recipes.checked import CheckedOutput, CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.common_words import WORDS
from ownconda.recipes.editing import Edit
from ownconda.recipes.near_names import nearest, one_slip_away
from ownconda.recipes.written import Place

_SECTIONS = ("build", "host", "run", "run constraints", "test")
_LANGUAGES = frozenset({"julia", "lua", "perl", "php", "python", "r-base", "ruby"})
_SHOWN = 5
_SPEC = re.compile(r"(?P<name>[A-Za-z0-9_.-]+?)(?P<gap>[ \t]*)(?P<bounds>(?:[<>=!~]=?|~=)[^#]*)")
_SIGN = re.compile(r"\s*([|,])\s*|([<>=!~]=?|~=)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needed:
    """One requirement of an output: its section, its match spec, the package's name."""

    output: CheckedOutput
    section: str
    spec: str
    name: str


def unknown_requirement(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a requirement that neither a recipe makes nor a channel has."""
    if known.offered is None:
        return
    names = {*known.made, *known.offered}
    for one in _requirements(recipe):
        if one.section != "run constraints" and one.name not in names:
            yield _unknown(recipe, one, nearest(one.name, names))


def misspelt_requirement(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a requirement that only this recipe has and no recipe makes, one slip away from what some recipe makes."""
    if known.offered is not None:
        return
    for one in _requirements(recipe):
        if one.name not in known.made and one.name not in _LANGUAGES and known.asked.get(one.name, 1) <= 1:
            near = one_slip_away(one.name, known.slips)
            if near:
                yield _unknown(recipe, one, near)


def unpinned_requirement(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell, once for each output, the run requirements that any version would do for."""
    own = {output.build.name for output in recipe.outputs}
    for output in recipe.outputs:
        run = [one for one in _of_output(output) if one.section == "run" and one.spec == one.name]
        loose = [one for one in run if one.name not in own and one.name not in _LANGUAGES]
        if loose:
            yield Fault(
                what=f"any version would do of {_listed([one.name for one in loose])}",
                where=_where(recipe, loose[0]),
                hint=f"write the oldest one that does: {loose[0].name} >=1.2",
            )


def host_without_run(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a library that a package is built against, and that nothing makes it require when it runs."""
    for output in recipe.outputs:
        needed = list(_of_output(output))
        run = {one.name for one in needed if one.section in {"run", "run constraints"}}
        for one in needed:
            if one.section == "host" and one.name not in run and _is_needed_to_run(one.name, output, known):
                yield Fault(
                    what=f"built against {one.name}, but doesn't require it to run",
                    where=_where(recipe, one),
                    hint=f"add {one.name} to run, or run_exports to its recipe, or ignore its run exports here",
                )


def forbidden_requirement(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a requirement that the policy forbids."""
    for one in _requirements(recipe):
        reason = known.policy.required.reason_against(one.name)
        if reason is not None:
            yield Fault(
                what=f"the policy forbids {one.name}",
                where=_where(recipe, one),
                hint=reason or "policy.requirements_forbidden names it",
            )


def replaced_requirement(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a requirement for which the policy proposes another package."""
    for one in _requirements(recipe):
        instead = known.policy.required.instead_of(one.name)
        if instead is not None and instead != one.name:
            yield Fault(
                what=f"{one.name} should be replaced",
                where=_where(recipe, one),
                hint=f"the policy proposes {instead}",
            )


def odd_match_spec(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a requirement whose parts aren't set apart as conda-build wants them."""
    for kind in ("build", "host", "run", "run_constrained", "run_constraints"):
        for place in recipe.written.values(f"requirements.{kind}"):
            spelt = _spelt(place)
            if spelt is not None and spelt != place.text:
                yield Fault(
                    what=f"{place.text!r} has blanks in the wrong places",
                    where=recipe.at(place),
                    hint=f"write {spelt!r}",
                    edits=(Edit(place.span, spelt),),
                )


def _unknown(recipe: CheckedRecipe, one: _Needed, near: str | None) -> Fault:
    return Fault(
        what=f"unknown package {one.name!r}",
        where=_where(recipe, one),
        hint=f"did you mean {near!r}?"
        if near
        else "make a recipe for it, or name a channel that has it with --channel",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _requirements(recipe: CheckedRecipe) -> Iterator[_Needed]:
    for output in recipe.outputs:
        yield from _of_output(output)


def _of_output(output: CheckedOutput) -> Iterator[_Needed]:
    for section in _SECTIONS:
        for spec in _specs(output.build, section):
            name = _name(spec)
            if name and not name.startswith(VIRTUAL):
                yield _Needed(output=output, section=section, spec=spec, name=name)


def _specs(build: Build, section: str) -> tuple[str, ...]:
    needs = build.requirements
    return {
        "build": needs.build,
        "host": needs.host,
        "run": needs.run,
        "run constraints": needs.run_constraints,
        "test": needs.test,
    }[section]


def _name(spec: str) -> str:
    try:
        return spec_name(spec)
    except WrongInputError:
        return ""  # told by the renderer


def _where(recipe: CheckedRecipe, one: _Needed) -> Where:
    if one.section == "test":
        kinds = ("test.requires",) if recipe.is_v0 else ("tests.requirements.run", "tests.requirements.build")
    else:
        kinds = (WORDS[recipe.written.form].get(one.section, f"requirements.{one.section}"),)
    found = [recipe.where(kind, output=one.output, value=one.spec) for kind in kinds]
    return next((where for where in found if where.field and where.field.endswith("]")), found[0])


def _is_needed_to_run(name: str, output: CheckedOutput, known: Known) -> bool:
    """Tell whether a host requirement has to be there at run time, too, and nothing sees to it."""
    maker = known.made.get(name)
    if name in output.unexported or name == output.build.name:
        return False
    if name in _LANGUAGES:
        return maker is None or not maker.run_exports
    return maker is not None and not output.build.noarch and not maker.run_exports and _is_library(maker)


def _is_library(output: CheckedOutput) -> bool:
    """Tell whether a package can be linked against: it is for one platform, and no module of a language."""
    names = {_name(spec) for section in ("host", "run") for spec in _specs(output.build, section)}
    return not output.build.noarch and names.isdisjoint(_LANGUAGES)


def _spelt(place: Place) -> str | None:
    """Set a match spec's parts apart: one blank after the name, none elsewhere; None for what has other parts."""
    if place.is_template and not place.text.split("{", 1)[0].strip("$ "):
        return None
    found = _SPEC.fullmatch(place.text)
    if not found or "[" in place.text:
        return None
    bounds = _SIGN.sub(lambda sign: sign[1] or sign[2], found["bounds"]).strip()
    return f"{found['name']} {bounds}"


_HEAD = "package:\n  name: tool\n  version: 1.0.0\n\nrequirements:\n"
_ZLIB = "package:\n  name: zlib\n  version: 1.3.1\n"
_NCURSES = "package:\n  name: ncurses-libs\n  version: '6.5'\n"
_WITH_EXPORT = f"{_ZLIB}\nrequirements:\n  run_exports:\n    - zlib >=1.3\n"
_AGAINST_ZLIB = f"{_HEAD}  host:\n    - zlib\n"
_OFFERED = frozenset({"numpy", "python"})
_FORBIDDEN = Policy(required=RequiredPackages(forbidden={"openssl1*": "openssl 3 is there"}))
_FORBIDS = 'policy.requirements_forbidden = {"openssl1*" = "openssl 3 is there"}'
_REPLACED = Policy(required=RequiredPackages(replaced={"nose": "pytest"}))
_REPLACES = 'policy.requirements_replaced = {nose = "pytest"}'


def _runs_with(spec: str) -> str:
    return f"{_HEAD}  run:\n    - {spec}\n"


RULES = (
    Rule(
        name="unknown-requirement",
        summary="a requirement that neither a recipe makes nor a channel has (with --channel or the setting channels)",
        why="The solver would say so, too, but only when the package is built, or when somebody installs it.",
        check=unknown_requirement,
        bad=Example(text=_runs_with("nmupy >=2"), note="the channel given has numpy", offered=_OFFERED),
        good=Example(text=_runs_with("numpy >=2"), note="the channel given has numpy", offered=_OFFERED),
    ),
    Rule(
        name="misspelt-requirement",
        summary="a requirement one slip away from what a recipe makes (where no channel is given)",
        why="Without channels nobody can tell an unknown package from somebody else's; a slip of the pen shows all the "
        "same.",
        check=misspelt_requirement,
        bad=Example(text=_runs_with("ncurses-lib"), note="another recipe makes ncurses-libs", others=(_NCURSES,)),
        good=Example(text=_runs_with("ncurses-libs"), note="another recipe makes ncurses-libs", others=(_NCURSES,)),
        severity="warning",
    ),
    Rule(
        name="unpinned-requirement",
        summary="a run requirement that any version would do for",
        why="Whoever installs the package may have a version from years ago. A lower bound is what upstream asks for, "
        "mostly.",
        check=unpinned_requirement,
        bad=Example(text=_runs_with("numpy")),
        good=Example(text=_runs_with("numpy >=2")),
        severity="warning",
    ),
    Rule(
        name="host-without-run",
        summary="a library in host that nothing makes the package require when it runs",
        why="What is linked against has to be there at run time. The library's run exports see to that, or a run "
        "requirement does. An interpreter in host belongs into run, too.",
        check=host_without_run,
        bad=Example(text=_AGAINST_ZLIB, note="zlib's recipe has no run_exports", others=(_ZLIB,)),
        good=Example(text=_AGAINST_ZLIB, note="zlib's recipe has run_exports", others=(_WITH_EXPORT,)),
        severity="warning",
    ),
    Rule(
        name="forbidden-requirement",
        summary="a requirement that the policy forbids",
        why="The setting policy.requirements_forbidden has names, or patterns, and the reason for each.",
        check=forbidden_requirement,
        bad=Example(text=_runs_with("openssl1.1 >=1"), note=_FORBIDS, policy=_FORBIDDEN),
        good=Example(text=_runs_with("openssl >=3"), note=_FORBIDS, policy=_FORBIDDEN),
    ),
    Rule(
        name="replaced-requirement",
        summary="a requirement for which the policy proposes another package",
        why="The setting policy.requirements_replaced has names, or patterns, and what to take instead.",
        check=replaced_requirement,
        bad=Example(text=_runs_with("nose >=1"), note=_REPLACES, policy=_REPLACED),
        good=Example(text=_runs_with("pytest >=8"), note=_REPLACES, policy=_REPLACED),
        severity="warning",
    ),
    Rule(
        name="odd-match-spec",
        summary="a match spec with blanks in the wrong places",
        why="What every tool reads alike is: the name, one blank, the version without any. A good deal of what reads "
        "recipes takes whatever stands before the first blank for the name. --fix writes it so.",
        check=odd_match_spec,
        bad=Example(form="v0", text=_runs_with("python >= 3.10")),
        good=Example(form="v0", text=_runs_with("python >=3.10")),
        severity="warning",
        alters=frozenset({"requirements"}),
    ),
)
