"""Where packages are built: on this machine, or in the image that an option names."""

from collections.abc import Sequence

from ownconda.building.container.engine import engine, look_at
from ownconda.building.container.machine import InContainer
from ownconda.building.launching import Machine, ThisMachine
from ownconda.cli import terminal
from ownconda.settings.tree import Settings


def build_machine(image: str | None, channels: Sequence[str], settings: Settings, *, offline: bool) -> Machine:
    """Choose it; an image is fetched if it isn't there. ``channels`` are addresses.

    Raises OutsideError when containers of it can't be run.
    """
    if image is None:
        return ThisMachine()
    found = engine(settings.build.container, settings.build.container_options)
    return InContainer(
        engine=found,
        image=look_at(image, found, terminal.progress(), offline=offline),
        channels=tuple(channels),
        path=settings.build.path,
    )
