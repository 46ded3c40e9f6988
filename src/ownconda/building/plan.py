"""Plan: what will be built, in which order, and why; what is skipped or refused, and why. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ownconda.building.inputs import Inputs
from ownconda.errors import Problem, Where
from ownconda.recipes.builds import Build

Action = Literal["build", "skip", "refuse"]
Digest = Callable[[Build], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A package that the channel on disk holds already: its sha256, and what it says it was made from."""

    sha256: str
    inputs: Inputs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A package that a channel given holds already: that channel, and what the package says it was made from."""

    channel: str
    inputs: Inputs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What is there already, by path: in the channel on disk, and in the channels given."""

    here: Mapping[str, Present] = field(default_factory=dict)
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One Build of a plan: what is done with it, and the reason; the ``channel`` that holds it where that is one."""

    build: Build
    action: Action
    reason: str
    channel: str = ""

    @property
    def needed(self) -> bool:
        """Tell whether it is built."""
        return self.action == "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in an order in which they can be done."""

    steps: tuple[Step, ...]

    @property
    def to_build(self) -> tuple[Build, ...]:
        """What will be built, in order."""
        return tuple(step.build for step in self.steps if step.needed)

    @property
    def held_by_channels(self) -> frozenset[Build]:
        """What isn't built because a channel given holds it."""
        return frozenset(step.build for step in self.steps if step.channel)

    @property
    def refusals(self) -> tuple[Problem, ...]:
        """What may not be built, each with what to do about it."""
        return tuple(
            Problem(
                what=f"{step.build.file_name} {step.reason}",
                where=Where(file=step.build.recipe),
                hint=f"a name means one content; raise the build number: `ownconda recipe bump {step.build.name}`",
            )
            for step in self.steps
            if step.action == "refuse"
        )


def make_plan(  # noqa: PLR0913  (each is a fact of its own)
    ordered: Sequence[Build],
    needs: Mapping[Build, frozenset[Build]],
    holdings: Holdings,
    *,
    digest: Digest,
    image: str = "",
    forced: bool = False,
) -> Plan:
    """Decide for each Build whether it has to be built.

    ``ordered`` is in build order, ``needs`` are its hard requirements among them. A Build is needed when its package
    isn't there, was made from something else, or was built in an environment of which a package is built anew or has
    changed, or outside of the ``image`` that it is built in now, if it is. It is refused when a channel given holds a
    package of that name which was made from something else.
    """
    needed: set[Build] = set()
    steps: list[Step] = []
    for build in ordered:
        reason = "forced" if forced else _reason(build, needs[build], needed, holdings.here, digest, image)
        step = _step(build, reason, holdings.elsewhere.get(build.path), digest)
        if step.needed:
            needed.add(build)
        steps.append(step)
    return Plan(steps=tuple(steps))


NEW = "new"
CHANGED = "the recipe changed"


def _step(build: Build, reason: str, elsewhere: Elsewhere | None, digest: Digest) -> Step:
    if not reason:
        return Step(build=build, action="skip", reason="there already")
    if elsewhere is None:
        return Step(build=build, action="build", reason=reason)
    same_recipe = elsewhere.inputs is None or elsewhere.inputs.recipe == digest(build)
    if reason == NEW and same_recipe:
        return Step(build=build, action="skip", reason=f"in {elsewhere.channel}", channel=elsewhere.channel)
    if reason == "forced" and same_recipe:
        return Step(build=build, action="build", reason=reason)
    why = reason if same_recipe else CHANGED
    return Step(build=build, action="refuse", reason=f"is in {elsewhere.channel}, made from something else: {why}")


def _reason(  # noqa: PLR0913, PLR0917  (each is a reason of its own)
    build: Build,
    requirements: frozenset[Build],
    needed: set[Build],
    present: Mapping[str, Present],
    digest: Digest,
    image: str,
) -> str:
    there = present.get(build.path)
    if there is None:
        return NEW
    if there.inputs is None or there.inputs.recipe != digest(build):
        return CHANGED
    if image and there.inputs.image != image:
        return "wasn't built in this image"
    in_its_environment = {path for path, _ in there.inputs.requirements}
    renewed = sorted(one.name for one in needed if one in requirements or one.path in in_its_environment)
    if renewed:
        return f"{renewed[0]} is built anew"
    for path, sha256 in sorted(there.inputs.requirements):
        if path in present and present[path].sha256 != sha256:
            return f"{path.partition('/')[2]} changed"
    return ""
