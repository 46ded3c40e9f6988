"""Which Builds may run beside each other, by the memory that their recipes ask for, in MB. Pure."""

from collections.abc import Collection, Iterable, Sequence

from ownconda.recipes.builds import Build


def startable(ready: Sequence[Build], running: Collection[Build], whole: int) -> list[Build]:
    """Give those of ``ready``, the most urgent first, for which together there is memory beside what runs.

    A recipe that asks for none counts for none. One that asks for more than the ``whole`` is built alone. What has to
    wait isn't overtaken by others that ask for memory, or it might wait for ever.
    """
    if any(_alone(build, whole) for build in running):
        return []
    left = whole - sum(build.runner.memory for build in running)
    found: list[Build] = []
    for build in ready:
        if _alone(build, whole):
            return found if running or found else [build]
        if build.runner.memory <= left:
            found.append(build)
            left -= build.runner.memory
        elif build.runner.memory:
            left = 0
    return found


def remarks_on_memory(builds: Iterable[Build], whole: int) -> list[str]:
    """Tell which Builds ask for more than there is."""
    return [
        f"{build.label} asks for {_amount(build.runner.memory)} of memory, and there are {_amount(whole)}: "
        "it is built alone"
        for build in builds
        if _alone(build, whole)
    ]


def _alone(build: Build, whole: int) -> bool:
    return build.runner.memory > whole


def _amount(megabytes: int) -> str:
    return f"{megabytes / 1024:.3g}G"
