"""How a worker process is started, on this machine or in a container, and what it takes to end it."""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ownconda.building.cores import JobServer, programs_without_number
from ownconda.building.package_checks.floor import Floor
from ownconda.building.package_checks.machine import machine_floor

WORKER = "ownconda.building.worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a worker works with: a folder of its own, the job server, where scripts find the system's programs.

    ``variables`` are its environment's, it writes below ``written`` alone, and reads what is in ``read`` as well.
    """

    folder: Path
    path: str
    job_server: JobServer
    variables: Mapping[str, str] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    read: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A program that is a worker, or leads to one: requests on stdin, answers on stdout.

    ``variables`` are added to its environment, it inherits the file descriptors ``shared``, and has ``grace`` seconds
    to end when it is asked to. What goes wrong with itself is written to ``complaints``. ``end`` sees to it that
    nothing of it is left.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    shared: tuple[int, ...] = ()
    grace: float = 0.2
    complaints: Path | None = None
    end: Callable[[], None] = lambda: None


class Machine(Protocol):
    """Where packages are built: this machine, or a container image."""

    @property
    def floor(self) -> Floor:
        """What programs can count on that run there."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a plan has to say of it."""
        ...

    @property
    def record(self) -> Mapping[str, str]:
        """What a package says of where it was built: the same wherever it is the same."""
        ...

    def launch(self, desk: Desk) -> Launch:
        """Make ready for one start of a worker.

        Raises OutsideError when that can't be.
        """
        ...


@dataclass(frozen=True, slots=True)
class ThisMachine:
    """The machine that this process runs on."""

    @property
    def floor(self) -> Floor:
        """This machine's own."""
        return machine_floor()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Nothing that wasn't expected."""
        return ()

    @property
    def record(self) -> Mapping[str, str]:
        """Nothing: another machine makes the same package."""
        return {}

    def launch(self, desk: Desk) -> Launch:
        """Start a process of this Python."""
        programs, server = desk.folder / "bin", desk.job_server
        programs_without_number(programs, path=desk.path)
        written = (*desk.written, Path(tempfile.gettempdir()))
        return Launch(
            command=(sys.executable, "-P", "-m", WORKER, *map(str, written)),
            variables={
                **desk.variables,
                "PATH": f"{programs}{os.pathsep}{desk.path}",
                "MAKEFLAGS": server.makeflags,
            },
            shared=(server.shared,),
        )


THIS_MACHINE = ThisMachine()
