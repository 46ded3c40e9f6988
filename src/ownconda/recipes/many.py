"""What many recipes make: remembered where nothing changed, the rest rendered on all cores."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import render_each
from ownconda.recipes.kept import Kept
from ownconda.recipes.packing import pack, unpack
from ownconda.recipes.remembered import Memory, recall, remember
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.sights import CONTENT, looking_again, noting, would_see
from ownconda.wires.workers import cores, each

FEW = 100
"""Fewer recipes are rendered at once, and nothing is remembered of them."""

WORTH_WORKERS = 300
"""Fewer recipes are rendered before workers could be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one recipe makes, or what keeps it from being rendered."""

    recipe: Path
    builds: tuple[Build, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """What recipes make, in their order; what was packed is unpacked when it is asked for."""

    known: tuple[Made | Memory, ...]

    def made(self) -> tuple[Made, ...]:
        """Give what each recipe makes, or what keeps it from being rendered."""
        return tuple([unpack(Made, one.packed) if isinstance(one, Memory) else one for one in self.known])

    def builds(self) -> list[Build]:
        """Give the Builds of all of them.

        Raises WrongInputError with everything that is wrong in any of them.
        """
        made = self.made()
        problems = [problem for one in made for problem in one.problems]
        if problems:
            raise WrongInputError.of(problems)
        return [build for one in made for build in one.builds]

    def digest(self) -> str:
        """Give what is the same only where all of that is; nothing where it may be something else the next time."""
        digest = hashlib.sha256()
        for one in self.known:
            if not (isinstance(one, Memory) and one.sights):
                return ""
            digest.update(one.packed)
        return digest.hexdigest()


def read_many(recipes: Sequence[Path], rendering: Rendering, *, cache: Path | None = None) -> Many:
    """Tell what each of these recipes makes; one that can't be rendered keeps none of the others from it.

    ``cache`` is a folder of ours in which that is remembered; few recipes are rendered before it could be read.
    """
    if len(recipes) < FEW:
        return Many(tuple(_made(recipe, rendering) for recipe in recipes))
    memories = _memories(recipes, rendering, Kept(cache) if cache else None)
    return Many(tuple(memory or _made(recipe, rendering) for recipe, memory in zip(recipes, memories, strict=True)))


def _memories(recipes: Sequence[Path], rendering: Rendering, kept: Kept | None) -> list[Memory | None]:
    """Recall what is still true, learn the rest anew, and remember that."""
    known = recall(kept, recipes, rendering) if kept else {}
    new = [recipe for recipe in recipes if str(recipe) not in known]
    learnt = {str(recipe): memory for recipe, memory in zip(new, _learn(new, rendering), strict=True) if memory}
    if kept and any(memory.sights for memory in learnt.values()):
        remember(kept, recipes, rendering, learnt)
    return [learnt.get(path) or known.get(path) for path in map(str, recipes)]


def _learn(recipes: Sequence[Path], rendering: Rendering) -> Iterable[Memory | None]:
    learn = partial(_learnt, rendering)
    workers = cores()
    if workers == 1 or len(recipes) < WORTH_WORKERS:
        return map(learn, recipes)
    return each(learn, recipes, workers=workers)


def _learnt(rendering: Rendering, recipe: Path) -> Memory | None:
    """Render a recipe and tell what it made and what it saw; None where it made what can't be packed."""
    with noting() as notes:
        made = _made(recipe, rendering)
    contents = [sight for sight in notes.sights if sight[0] == CONTENT]
    lasts = notes.is_lasting and would_see(contents, looking_again())  # none changed while it was rendered
    try:
        return Memory(pack(made), notes.sights if lasts else None)
    except (TypeError, ValueError, OverflowError):
        return None


def _made(recipe: Path, rendering: Rendering) -> Made:
    [outcome] = render_each([recipe], rendering)
    if outcome.error:
        return Made(recipe=recipe, problems=outcome.error.problems)
    return Made(recipe=recipe, builds=tuple(one.build for one in outcome.rendered))
