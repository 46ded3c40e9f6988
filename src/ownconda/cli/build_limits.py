"""From settings to how much of the machine a build may use."""

from ownconda.building.crew import Limits
from ownconda.settings.tree import Settings


def build_limits(settings: Settings, *, jobs: int | None = None) -> Limits:
    """Give what the settings allow; ``jobs`` is what the command line says."""
    wanted, default = settings.build, Limits()
    return Limits(
        jobs=jobs or wanted.jobs or default.cores,
        timeout=wanted.timeout * 60 if wanted.timeout else None,
        path=wanted.path or default.path,
        writable=tuple(wanted.writable),
    )
