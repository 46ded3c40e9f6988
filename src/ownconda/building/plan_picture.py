"""The picture of a plan: what is built, skipped and refused, and what waits for what. Pure."""

from collections.abc import Iterator

from ownconda.building.forecast import Forecast
from ownconda.building.plan import Plan, Step
from ownconda.graph.graph import Graph
from ownconda.graph.picture import Arrow, Look, Node, Picture
from ownconda.recipes.builds import Build

_LOOKS = {
    "build": Look(name="build", title="built", fill="#fff0b8", line="#b07d00", width=1.8),
    "skip": Look(name="skip", title="skipped", fill="#f3f4f6", line="#7d8792"),
    "refuse": Look(name="refuse", title="refused", fill="#ffd0d0", line="#c92a2a", width=2.2),
}


def plan_picture(plan: Plan, graph: Graph[Build], forecast: Forecast) -> Picture:
    """Draw a plan; arrows lead to what is needed."""
    names = {step.build: f"{step.build.name} {step.build.version} {step.build.build}" for step in plan.steps}
    return Picture(
        title="What is built",
        nodes=tuple(
            Node(name=names[step.build], look=_LOOKS[step.action], facts=tuple(_facts(step, forecast)))
            for step in plan.steps
        ),
        arrows=tuple(
            Arrow(start=names[build], end=names[need], hard=need in graph.hard[build])
            for build in names
            for need in sorted(graph.needs(build) & names.keys(), key=lambda one: names[one])
        ),
        hard="needed to build",
        soft="needed to run or test",
    )


def _facts(step: Step, forecast: Forecast) -> Iterator[tuple[str, str]]:
    yield "package", step.build.path
    yield step.action, step.reason
    if step.build in forecast.levels:
        yield "level", str(forecast.levels[step.build])
