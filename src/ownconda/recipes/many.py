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


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What recipes make, in their order; ``digest`` is the same only where all of that is, empty where it isn't known."""

    made: tuple[Made, ...]
    digest: str = ""

    def builds(self) -> list[Build]:
        """Give the Builds of all of them.

        Raises WrongInputError with everything that is wrong in any of them.
        """
        problems = [problem for one in self.made for problem in one.problems]
        if problems:
            raise WrongInputError.of(problems)
        return [build for one in self.made for build in one.builds]


def read_many(recipes: Sequence[Path], rendering: Rendering, *, cache: Path | None = None) -> Many:
    """Tell what each of these recipes makes; one that can't be rendered keeps none of the others from it.

    ``cache`` is a folder of ours in which that is remembered; few recipes are rendered before it could be read.
    """
    if len(recipes) < FEW:
        return Many(made=tuple(_made(recipe, rendering) for recipe in recipes))
    memories = _memories(recipes, rendering, Kept(cache) if cache else None)
    made = tuple(
        unpack(Made, memory.packed) if memory else _made(recipe, rendering)
        for recipe, memory in zip(recipes, memories, strict=True)
    )
    return Many(made=made, digest=_digest(memories))


def _memories(recipes: Sequence[Path], rendering: Rendering, kept: Kept | None) -> list[Memory | None]:
    """Recall what is still true, learn the rest anew, and remember that."""
    known = recall(kept, recipes, rendering) if kept else {}
    new = [recipe for recipe in recipes if str(recipe) not in known]
    learnt = {str(recipe): memory for recipe, memory in zip(new, _learn(new, rendering), strict=True) if memory}
    if kept and any(memory.sights for memory in learnt.values()):
        remember(kept, recipes, rendering, learnt)
    return [learnt.get(path) or known.get(path) for path in map(str, recipes)]


def _digest(memories: Iterable[Memory | None]) -> str:
    digest = hashlib.sha256()
    for memory in memories:
        if memory is None or not memory.sights:
            return ""  # it will be something else the next time
        digest.update(memory.packed)
    return digest.hexdigest()


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
