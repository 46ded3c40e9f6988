"""What rules can mend: edits tried on a copy, rendered, and kept only where the packages stay what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ownconda.conda.match_specs import spec_key
from ownconda.recipes.builds import Build
from ownconda.recipes.checking import Finding
from ownconda.recipes.editing import Edit, apply
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.trying import Render, trial
from ownconda.wires.files import write_atomically

_NOT_COMPARED = frozenset({"context", "schema_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One recipe mended: its text before and after, and the findings that are mended."""

    recipe: Path
    before: str
    after: str
    mended: tuple[Finding, ...]


def plan_fix(recipe: Path, findings: Sequence[Finding], render: Render) -> Fix | None:
    """Find out which edits are safe: those after which the recipe renders to the same packages; None when none is."""
    fixable = [one for one in findings if one.edits]
    if not fixable:
        return None
    text = recipe.read_bytes().decode()
    kept: list[Finding] = []
    with trial(recipe, render) as rendered_from:
        before = rendered_from(text)
        for finding in fixable:
            tried = [*kept, finding]
            if not _overlap(_edits(tried)) and _is_safe(before, rendered_from(apply(text, _edits(tried))), tried):
                kept = tried
    return Fix(recipe=recipe, before=text, after=apply(text, _edits(kept)), mended=tuple(kept)) if kept else None


def carry_out(fix: Fix) -> None:
    """Write a mended recipe."""
    write_atomically(fix.recipe, fix.after.encode(), mode=fix.recipe.stat().st_mode & 0o777)


def _is_safe(before: Sequence[Rendered] | None, after: Sequence[Rendered] | None, findings: Sequence[Finding]) -> bool:
    """Tell whether a recipe renders to the same; where nothing came before, whether it renders."""
    return after is not None and (before is None or _same(before, after, findings))


def _edits(findings: Sequence[Finding]) -> list[Edit]:
    return [edit for finding in findings for edit in finding.edits]


def _overlap(edits: Sequence[Edit]) -> bool:
    spans = sorted((edit.span.start, edit.span.end) for edit in edits)
    return any(later[0] < earlier[1] or later == earlier for earlier, later in pairwise(spans))


def _same(before: Sequence[Rendered], after: Sequence[Rendered], findings: Sequence[Finding]) -> bool:
    altered = frozenset(section for finding in findings for section in finding.rule.alters)
    return [_compared(one, altered) for one in before] == [_compared(one, altered) for one in after]


def _compared(rendered: Rendered, altered: frozenset[str]) -> tuple[object, ...]:
    """Give what has to stay: the package, and every section that the edits aren't about."""
    fields = {name: value for name, value in rendered.fields.items() if name not in _NOT_COMPARED | altered}
    return _package(rendered.build, altered), fields


def _package(build: Build, altered: frozenset[str]) -> tuple[object, ...]:
    needs = build.requirements
    identity = (build.name, build.version, build.subdir, build.noarch, dict(build.variant))
    if "build" in altered:
        return identity  # the number is in pins and in the build string
    specs = (needs.build, needs.host, needs.run, needs.run_constraints, needs.test)
    return (*identity, build.build, build.number, tuple(tuple(map(spec_key, section)) for section in specs))
