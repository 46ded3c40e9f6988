"""What rules can mend: edits tried on a copy, rendered, and kept only where the packages stay what they are."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.match_specs import spec_key
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.checking import Finding
from ownconda.recipes.editing import Edit, apply
from ownconda.recipes.rendering import VARIANTS_FILES, Rendered, folders_of_variants
from ownconda.wires.files import write_atomically

Render = Callable[[Path], Sequence[Rendered]]
"""Renders a recipe file, or raises WrongInputError."""

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
    with _copied(recipe) as copy:
        before = _rendered(copy, text, render)
        for finding in fixable:
            tried = [*kept, finding]
            if not _overlap(_edits(tried)) and _is_safe(copy, apply(text, _edits(tried)), before, tried, render):
                kept = tried
    return Fix(recipe=recipe, before=text, after=apply(text, _edits(kept)), mended=tuple(kept)) if kept else None


def carry_out(fix: Fix) -> None:
    """Write a mended recipe."""
    write_atomically(fix.recipe, fix.after.encode(), mode=fix.recipe.stat().st_mode & 0o777)


@contextmanager
def _copied(recipe: Path) -> Iterator[Path]:
    """Give a place for the recipe's text where everything else is as it is around the recipe itself."""
    with tempfile.TemporaryDirectory(prefix="ownconda-fix-") as folder:
        copy = Path(folder)
        for level in folders_of_variants(recipe):
            copy = copy / level.name
            copy.mkdir(exist_ok=True)
            _link(level, copy, [name for name in os.listdir(level) if level == recipe.parent or name in VARIANTS_FILES])
        (copy / recipe.name).unlink()
        yield copy / recipe.name


def _link(folder: Path, copy: Path, names: Iterable[str]) -> None:
    for name in names:
        (copy / name).symlink_to((folder / name).resolve())


def _rendered(copy: Path, text: str, render: Render) -> Sequence[Rendered] | None:
    copy.write_bytes(text.encode())
    try:
        return render(copy)
    except WrongInputError:
        return None


def _is_safe(
    copy: Path, text: str, before: Sequence[Rendered] | None, findings: Sequence[Finding], render: Render
) -> bool:
    """Tell whether a text renders to the same; where nothing came before, whether it renders."""
    after = _rendered(copy, text, render)
    return after is not None and (before is None or _same(before, after, findings))


def _edits(findings: Sequence[Finding]) -> list[Edit]:
    return [edit for finding in findings for edit in finding.edits]


def _overlap(edits: Sequence[Edit]) -> bool:
    spans = sorted((edit.span.start, edit.span.end) for edit in edits)
    return any(later[0] < earlier[1] or later == earlier for earlier, later in zip(spans, spans[1:], strict=False))


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
