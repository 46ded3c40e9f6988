"""Rendered recipes as packages of the graph."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ownconda.dependencies.packages import KINDS, Kind, Need, Package, RunExports, Standing, is_compiler
from ownconda.recipes.builds import Build

PROJECTS_RECIPE = "conda"
"""The folder in which a project of one's own keeps its recipe."""

_FEEDSTOCKS_RECIPE = "recipe"


def package_of(build: Build) -> Package:
    """Make a package of what a recipe comes to."""
    needs = tuple(_needs(build))
    common = tuple(_common(build))
    return Package(
        name=build.name,
        version=build.version,
        build=build.build,
        subdir=build.subdir,
        path=build.path,
        variant=build.variant,
        origin="recipe",
        standing=_standing(build),
        place=str(build.recipe),
        project=str(project_folder(build.recipe)),
        needs=tuple(dict.fromkeys((*needs, *common))),
        common=frozenset(common).difference(needs),
        run_exports=RunExports(
            given=build.run_exports,
            ignored=frozenset(build.ignored_run_exports),
            ignored_from=frozenset(build.ignored_run_exports_from),
        ),
        made_from=build,
    )


def project_folder(recipe: Path) -> Path:
    """Give the folder that people think of as the recipe's: the project's, the feedstock's, that above a version's."""
    folder = recipe.parent
    if folder.name in {PROJECTS_RECIPE, _FEEDSTOCKS_RECIPE} or folder.name[:1].isdecimal():
        return folder.parent
    return folder


def _standing(build: Build) -> Standing:
    """Tell a project of one's own by where its recipe stands, or by a source that is a folder beside the recipe's."""
    folder = build.recipe.parent
    sources = ((folder / source.path).resolve() for source in build.sources if source.path)
    is_own = folder.name == PROJECTS_RECIPE or any(not source.is_relative_to(folder.resolve()) for source in sources)
    return "own" if is_own else "third-party"


def _needs(build: Build) -> Iterator[Need]:
    for kind in KINDS:
        yield from _of_kind(kind, getattr(build.requirements, kind), build)


def _common(build: Build) -> Iterator[Need]:
    yield from _of_kind("build", build.requirements.common_build, build)
    yield from _of_kind("host", build.requirements.common_host, build)


def _of_kind(kind: Kind, specs: Iterable[str], build: Build) -> Iterator[Need]:
    return (Need(kind=kind, spec=spec, subdir=build.subdir, implicit=is_compiler(spec)) for spec in specs)
