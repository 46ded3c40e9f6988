"""A farm of GitLab runners, and how their jobs are to call ownconda: values from settings and options."""

from dataclasses import dataclass, field

from ownconda.building.farm.jobs import Limits
from ownconda.building.farm.runners import TagRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """The runners, and what their jobs are to do.

    ``image`` and ``setup`` (lines of shell) make ``ownconda`` available; ``tags`` choose the runner. ``channel`` is
    where packages go in the end; ``handover`` is the channel through which pipelines hand packages on that follow
    each other. ``environment`` is GitLab's name for where the token for uploads is at hand; with ``id_token``
    the job that uploads can sign as itself. ``timeout`` and ``keep`` (how long artifacts stay) are GitLab's times. A
    job may make ``group_size`` packages.
    """

    channel: str = "testing"
    handover: str = ""
    image: str = ""
    setup: tuple[str, ...] = ()
    tags: tuple[TagRule, ...] = ()
    environment: str = ""
    id_token: bool = False
    timeout: str = ""
    keep: str = "1 week"
    limits: Limits = field(default_factory=Limits)
    group_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a job calls ``ownconda build``.

    ``folder`` is where, below the root of the checkout; all paths are relative to it. ``output`` is built into;
    ``full_clone`` asks for the repository's whole history.
    """

    paths: tuple[str, ...]
    output: str
    options: tuple[str, ...] = ()
    folder: str = ""
    full_clone: bool = False

    def in_checkout(self, path: str) -> str:
        """Give a path below the output as it is from the root of the checkout."""
        return "/".join(filter(None, (self.folder, self.output, path)))
