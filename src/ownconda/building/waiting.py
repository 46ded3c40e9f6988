"""Which Build comes next: one whose requirements are there, and behind which the longest work waits. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ownconda.graph.graph import closure
from ownconda.recipes.builds import Build

Needs = Mapping[Build, frozenset[Build]]


def start_needs(ordered: Sequence[Build], hard: Needs, soft: Needs) -> dict[Build, frozenset[Build]]:
    """Give for each Build what is awaited before it starts, among ``ordered``, which is in build order.

    That is what it is built with, and what those packages need to run, as far as that comes before it in the order:
    soft requirements may form cycles.
    """
    place = {build: number for number, build in enumerate(ordered)}

    def awaited(build: Build) -> frozenset[Build]:
        direct = hard.get(build, frozenset())
        wanted = direct | closure(lambda one: soft.get(one, frozenset()), direct | soft.get(build, frozenset()))
        return frozenset(one for one in wanted if place.get(one, len(place)) < place[build])

    return {build: awaited(build) for build in ordered}


def work_ahead(ordered: Sequence[Build], needs: Needs, seconds: Callable[[Build], float]) -> dict[Build, float]:
    """Give for each Build how many seconds lie ahead of its start: its own, and the longest chain that waits for it."""
    behind = dict.fromkeys(ordered, 0.0)
    for build in reversed(ordered):
        ahead = behind[build] + seconds(build)
        behind[build] = ahead
        for need in needs.get(build, frozenset()):
            if need in behind:
                behind[need] = max(behind[need], ahead)
    return behind


class Waiting:
    """Builds that haven't come to their end: each becomes ready when all that it awaits has, whatever came of that."""

    def __init__(self, builds: Iterable[Build], needs: Needs, ahead: Mapping[Build, float]) -> None:
        self._unended = set(builds)
        self._awaited = {build: set(needs.get(build, frozenset()) & self._unended) for build in self._unended}
        self.by_work = sorted(self._unended, key=lambda build: (-ahead.get(build, 0.0), build.path))
        """What hasn't started, the one with the most work ahead first."""

    def __bool__(self) -> bool:
        return bool(self.by_work)

    @property
    def ready(self) -> list[Build]:
        """What could start now, the one with the most work ahead first."""
        return [build for build in self.by_work if not self._awaited[build]]

    def missing(self, build: Build) -> frozenset[Build]:
        """Give what a Build awaits."""
        return frozenset(self._awaited[build])

    def start(self, build: Build) -> None:
        """Say that a Build has started."""
        self.by_work.remove(build)

    def end(self, build: Build) -> bool:
        """Say that a Build has come to its end, and tell whether that is news."""
        if build not in self._unended:
            return False
        self._unended.remove(build)
        if build in self.by_work:
            self.by_work.remove(build)
        for awaited in self._awaited.values():
            awaited.discard(build)
        return True
