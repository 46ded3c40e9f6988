"""Plan: what will be built, in which order, and why; what is skipped, and why. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ownconda.building.inputs import Inputs
from ownconda.recipes.builds import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A package that the channel holds already: its sha256, and what it says it was made from."""

    sha256: str
    inputs: Inputs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One Build of a plan: whether it is built, and the reason either way."""

    build: Build
    needed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in an order in which they can be done."""

    steps: tuple[Step, ...]

    @property
    def to_build(self) -> tuple[Build, ...]:
        """What will be built, in order."""
        return tuple(step.build for step in self.steps if step.needed)


def make_plan(
    ordered: Sequence[Build],
    needs: Mapping[Build, frozenset[Build]],
    present: Mapping[str, Present],
    *,
    digest: Callable[[Build], str],
    forced: bool = False,
) -> Plan:
    """Decide for each Build whether it has to be built.

    ``ordered`` is in build order, ``needs`` are its hard requirements among them, ``present`` is what the channel
    holds by path. A Build is needed when its package isn't there, was made from something else, or was built in
    an environment of which a package is built anew or has changed.
    """
    needed: set[Build] = set()
    steps: list[Step] = []
    for build in ordered:
        reason = "forced" if forced else _reason(build, needs[build], needed, present, digest)
        if reason:
            needed.add(build)
        steps.append(Step(build=build, needed=bool(reason), reason=reason or "there already"))
    return Plan(steps=tuple(steps))


def _reason(
    build: Build,
    requirements: frozenset[Build],
    needed: set[Build],
    present: Mapping[str, Present],
    digest: Callable[[Build], str],
) -> str:
    there = present.get(build.path)
    if there is None:
        return "new"
    if there.inputs is None or there.inputs.recipe != digest(build):
        return "the recipe changed"
    in_its_environment = {path for path, _ in there.inputs.requirements}
    renewed = sorted(one.name for one in needed if one in requirements or one.path in in_its_environment)
    if renewed:
        return f"{renewed[0]} is built anew"
    for path, sha256 in sorted(there.inputs.requirements):
        if path in present and present[path].sha256 != sha256:
            return f"{path.partition('/')[2]} changed"
    return ""
