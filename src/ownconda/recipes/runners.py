"""What a recipe asks of the machine that builds it: ``extra.ownconda.runner``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.faults import where_in

FIELD = "extra.ownconda.runner"
MEMORY = re.compile(r"(?P<amount>[1-9][0-9]{0,5})(?P<unit>[MGT])")
MEGABYTES = {"M": 1, "G": 2**10, "T": 2**20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A machine that is asked for: the tags of GitLab runners, and memory in MB (2**20 bytes; 0: any will do)."""

    tags: tuple[str, ...] = ()
    memory: int = 0


ANY = Runner()


def runner_of(extra: object, recipe: Path) -> Runner:
    """Read what a recipe's section ``extra`` says of the runner.

    Raises WrongInputError with everything that is wrong with it.
    """
    own = extra.get("ownconda") if isinstance(extra, Mapping) else None
    asked = own.get("runner") if isinstance(own, Mapping) else None
    if asked is None:
        return ANY
    problems = list(_problems(asked, recipe))
    if problems or not isinstance(asked, Mapping):
        raise WrongInputError.of(problems)
    return Runner(tags=tuple(asked.get("tags") or ()), memory=megabytes(str(asked.get("memory") or "")))


def megabytes(text: str) -> int:
    """Give an amount such as ``16G`` in MB; 0 for nothing."""
    found = MEMORY.fullmatch(text)
    return int(found["amount"]) * MEGABYTES[found["unit"]] if found else 0


def _problems(asked: object, recipe: Path) -> Iterator[Problem]:
    if not isinstance(asked, Mapping):
        yield _problem("has to be a mapping", recipe, hint="such as {tags: [gpu], memory: 16G}")
        return
    for key in asked:
        if key not in {"tags", "memory"}:
            yield _problem("is nothing that can be asked of a runner", recipe, str(key), hint="tags and memory are")
    tags, memory = asked.get("tags") or [], asked.get("memory")
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) and tag for tag in tags):
        yield _problem("has to be a list of runner tags", recipe, "tags", hint="such as [gpu]")
    if memory is not None and not megabytes(str(memory)):
        yield _problem(f"{memory!r} is no amount of memory", recipe, "memory", hint="such as 16G")


def _problem(what: str, recipe: Path, key: str = "", *, hint: str) -> Problem:
    return Problem(what=what, where=where_in(recipe, f"{FIELD}.{key}" if key else FIELD), hint=hint)
