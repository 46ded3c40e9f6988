"""conda-build's recipes made ready for the builder: translated and laid out, with what their outputs have in common."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ownconda.building.locks import of_top
from ownconda.building.materials import Materials, sources_in_scratch
from ownconda.building.prepared import Prepared
from ownconda.building.relocation import relocate
from ownconda.conda.locks import Lock
from ownconda.errors import NoError, OwncondaError, Problem, WrongInputError
from ownconda.git import working_tree
from ownconda.recipes.buildable import TIME_ZONE
from ownconda.recipes.builds import Build
from ownconda.recipes.reading import files_beside
from ownconda.recipes.rendering import Rendered, Rendering
from ownconda.recipes.v0.as_v1 import RECIPE_FILE, TOP_BUILD, AsV1, rendered_as_v1, top_as_v1
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v0.scripts import TOP, takes_up
from ownconda.wires.files import make_folder


def told_before(builds: Iterable[Build], rendering: Rendering) -> list[Problem]:
    """Tell what in these Builds' recipes has no effect here, and what will make them fail, before anything is built."""
    recipes = dict.fromkeys(build.recipe for build in builds if build.format == "v0")
    wanted = {build.path for build in builds}
    told: dict[Problem, None] = {}
    for one in (one for recipe in recipes for one in render_v0(recipe, rendering) if one.build.path in wanted):
        try:
            told |= dict.fromkeys(rendered_as_v1(one).problems)
        except WrongInputError as error:
            told |= dict.fromkeys(replace(one, what=f"can't be built: {one.what}") for one in error.problems)
    return list(told)


BuildTop = Callable[[Prepared], Lock]
"""Has the builder build the top of a recipe; gives what was in its environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stowed:
    """What the build at the top of a recipe left, the folder in which it was built, and with what."""

    folder: Path
    built_in: Path
    lock: Lock


class CondaBuildRecipes:
    """The conda-build recipes of one run: the one that is being built, and what was built at its top so far."""

    def __init__(self, *, rendering: Rendering, scratch: Path, without: Path) -> None:
        self._rendering, self._scratch, self._without = rendering, scratch, without
        self._recipe: Path | None = None
        self._rendered: Sequence[Rendered] = ()
        self._stowed: dict[Path, _Stowed | OwncondaError] = {}

    def prepare(self, build: Build, materials: Materials, build_top: BuildTop) -> Prepared:
        """Lay out a Build's recipe, and what the build at the top of that recipe left, which is built if it has to be.

        Raises WrongInputError for what can't be built, NoError when the top can't be.
        """
        fields, beside = self._fields(build), files_beside(build.recipe)
        translated = rendered_as_v1(Rendered(build, fields))
        name, output = build.name, self._output(build.name)
        if not fields.get("top") or not takes_up(fields, fields["top"], beside):
            recipe = self._laid_out(build, translated, materials, materials.sources, {})
            return _prepared(build, translated, recipe=recipe, output=output)
        stowed = self._top(build, fields, materials, build_top)
        moved = replace(stowed, built_in=_built_in(output, name))
        relocate(stowed.folder, old=stowed.built_in, new=moved.built_in)
        self._stowed[stowed.folder] = moved
        recipe = self._laid_out(build, translated, materials, (), {TOP: str(stowed.folder)})
        ready = _prepared(build, translated, recipe=recipe, output=output)
        return replace(ready, lock=stowed.lock)

    def forget(self, recipe: Path) -> None:
        """Remove what was built at the top of a recipe, all of whose outputs are done."""
        folder = self._folder_of_tops(recipe)
        shutil.rmtree(folder, ignore_errors=True)
        self._stowed = {one: stowed for one, stowed in self._stowed.items() if one.parent != folder}

    def _fields(self, build: Build) -> Mapping[str, Any]:
        if self._recipe != build.recipe:
            self._recipe, self._rendered = build.recipe, render_v0(build.recipe, self._rendering)
        fields = next((one.fields for one in self._rendered if one.build.path == build.path), None)
        if fields is None:
            raise NoError(f"the recipe no longer renders to {build.file_name}")
        return fields

    def _output(self, name: str) -> Path:
        """Give the folder to build a package in: the paths in it are equally long for all packages of a recipe."""
        tops = (one.fields["top"]["package"]["name"] for one in self._rendered if one.fields.get("top"))
        longest = max(map(len, (*(one.build.name for one in self._rendered), *tops)))
        return self._scratch / f"out{'_' * (longest - len(name))}"

    def _folder_of_tops(self, recipe: Path) -> Path:
        return self._scratch / "top" / _digest(recipe.read_text(encoding="utf-8"))

    def _top(self, build: Build, fields: Mapping[str, Any], materials: Materials, build_top: BuildTop) -> _Stowed:
        variant = fields["top"]["variant"]
        folder = self._folder_of_tops(build.recipe) / _digest(json.dumps(variant, sort_keys=True))
        if folder not in self._stowed:
            try:
                self._stowed[folder] = self._built_top(build, fields, materials, folder, build_top)
            except OwncondaError as error:
                self._stowed[folder] = error
        found = self._stowed[folder]
        if isinstance(found, OwncondaError):
            raise found
        return found

    def _built_top(
        self, build: Build, fields: Mapping[str, Any], materials: Materials, folder: Path, build_top: BuildTop
    ) -> _Stowed:
        make_folder(folder)
        translated = top_as_v1(build, fields, beside=files_beside(build.recipe))
        top = fields["top"]
        name, output = top["package"]["name"], self._output(top["package"]["name"])
        recipe = self._laid_out(build, translated, materials, materials.sources, {TOP: str(folder)})
        lock = build_top(Prepared(recipe=recipe, name=name, build=TOP_BUILD, variant=top["variant"], output=output))
        return _Stowed(folder=folder, built_in=_built_in(output, name), lock=of_top(lock))

    def _laid_out(
        self,
        build: Build,
        translated: AsV1,
        materials: Materials,
        sources: Sequence[Mapping[str, object]],
        variables: Mapping[str, str],
    ) -> Path:
        """Copy what belongs to the recipe, and write the translated one beside it; gives that file."""
        folder = self._scratch / "recipe"
        working_tree.copy(build.recipe.parent, folder, without=self._without)
        recipe = dict(translated.recipe)
        recipe["source"] = sources_in_scratch(sources, self._scratch, without=self._without)
        env = {"SOURCE_DATE_EPOCH": str(materials.epoch), "TZ": TIME_ZONE, **variables}
        recipe["build"]["script"].setdefault("env", {}).update(env)
        for name, outside in translated.copies.items():
            place = build.recipe.parent / outside
            if place.is_file() and not (folder / name).exists():
                shutil.copyfile(place, folder / name)
        files = {**translated.files, RECIPE_FILE: json.dumps(recipe, indent=1, ensure_ascii=False)}
        for name, text in files.items():
            make_folder((folder / name).parent)
            (folder / name).write_text(text, encoding="utf-8")
        return folder / RECIPE_FILE


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _prepared(build: Build, translated: AsV1, *, recipe: Path, output: Path) -> Prepared:
    return Prepared(
        recipe=recipe,
        name=build.name,
        build=build.build,
        variant=build.variant,
        output=output,
        index=translated.index,
        about=translated.about,
    )


def _built_in(output: Path, name: str) -> Path:
    """Give the folder in which the builder builds a package (py-rattler-build, without a build id)."""
    return output / "bld" / f"rattler-build_{name}"
