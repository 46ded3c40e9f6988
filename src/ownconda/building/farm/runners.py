"""Which runner a job asks for: tags by subdir, by variant, by memory, and those that the recipe itself names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ownconda.conda.names import SUBDIRS
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.runners import megabytes

SETTING = "farm.tags"
ALWAYS = "*"
MEMORY = "memory>="
UNSET = ("", "None", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """A tag, and which Builds it is for, as the setting has it."""

    condition: str
    tag: str

    def holds(self, build: Build) -> bool:
        """Tell whether a Build's job asks for the tag."""
        if self.condition in SUBDIRS:
            return build.subdir == self.condition
        if self.condition.startswith(MEMORY):
            return build.runner.memory >= megabytes(self.condition.removeprefix(MEMORY))
        key, _, pattern = self.condition.partition("=")
        value = build.variant.get(key, "")
        return fnmatchcase(value, pattern) if pattern else value not in UNSET


def tag_rules(texts: Sequence[str]) -> tuple[TagRule, ...]:
    """Read rules such as ``linux-64: docker``, ``cuda_compiler_version: gpu`` or ``memory>=32G: large``.

    Raises WrongInputError with each one that can't be read.
    """
    rules = []
    problems: list[Problem] = []
    for index, text in enumerate(texts):
        condition, _, tag = (part.strip() for part in text.rpartition(":"))
        unreadable = condition.startswith("memory") and not _is_amount(condition.removeprefix(MEMORY))
        if not condition or not tag or unreadable:
            problems.append(_problem(index, text, "memory>=32G: large" if unreadable else "linux-64: docker"))
        rules.append(TagRule(condition=condition.replace(" ", ""), tag=tag))
    if problems:
        raise WrongInputError.of(problems)
    return tuple(rules)


def tags_of(builds: Sequence[Build], rules: Sequence[TagRule]) -> tuple[str, ...]:
    """Give the tags that a job asks for which makes these Builds, or none of any."""
    asked = {tag for build in builds for tag in build.runner.tags}
    ruled = {rule.tag for rule in rules if rule.condition == ALWAYS or any(rule.holds(build) for build in builds)}
    return tuple(sorted(asked | ruled))


def memory_of(builds: Iterable[Build]) -> int:
    """Give the memory in MB that a job asks for which makes these Builds one after the other; 0: any will do."""
    return max((build.runner.memory for build in builds), default=0)


def _is_amount(text: str) -> bool:
    return bool(megabytes(text.strip()))


def _problem(index: int, text: str, example: str) -> Problem:
    return Problem(
        what=f"{text!r} is no condition with a tag",
        where=Where(file=f"{SETTING}[{index}]"),
        hint=f"such as {example!r}",
    )
