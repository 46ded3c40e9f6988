"""Which recipes would make another package than before, judged by the files that changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import real
from ownconda.recipes.text import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A Build whose package would differ, and why."""

    build: Build
    reason: str


def updated(
    builds: Iterable[Build], changed: Collection[Path], changed_keys: Mapping[Path, frozenset[str]]
) -> list[Updated]:
    """Find the Builds that changed files belong to: to the recipe, to a folder that it takes as source.

    ``changed_keys`` are, for each variants file that changed, the keys whose values differ; they touch the recipes
    below that file's folder which use them.
    """
    found = []
    for build in builds:
        reason = _file_reason(build, changed) or _variant_reason(build, changed_keys)
        if reason:
            found.append(Updated(build=build, reason=reason))
    return found


def with_dependents(updates: Sequence[Updated], graph: Graph[Build]) -> list[Updated]:
    """Add everything that is built with one of them, directly or not."""
    known = {one.build for one in updates}
    causes = {dependent: one.build.name for one in updates for dependent in graph.dependents([one.build])}
    return [
        *updates,
        *(
            Updated(build=build, reason=f"built with {causes[build]}")
            for build in graph.nodes
            if build in causes and build not in known
        ),
    ]


def differing_keys(before: str | None, after: str | None) -> frozenset[str]:
    """Tell which keys of a variants file have other values than before."""
    old, new = (_mapping(text) for text in (before, after))
    return frozenset(key for key in {*old, *new} if old.get(key) != new.get(key))


def _file_reason(build: Build, changed: Collection[Path]) -> str:
    folder = build.recipe.parent
    roots = [folder, *(real(folder / source.path) for source in build.sources if source.path)]
    for path in sorted(changed):
        for root in roots:
            if path == root or path.is_relative_to(root):
                return f"{path.relative_to(root) if path != root else path.name} changed"
    return ""


def _variant_reason(build: Build, changed_keys: Mapping[Path, frozenset[str]]) -> str:
    for file, keys in changed_keys.items():
        used = sorted(keys & set(build.variant))
        if used and build.recipe.is_relative_to(file.parent):
            return f"{used[0]} changed in {file.name}"
    return ""


def _mapping(text: str | None) -> dict[str, object]:
    content = load(text) if text else None
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}
