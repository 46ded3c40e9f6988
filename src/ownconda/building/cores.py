"""The machine's cores, shared out among the builds that run beside each other.

A build is told how many it may use when it starts (``CPU_COUNT``). A job server lets `make` use those of builds that
have come to their end, and keeps two builds from starting twice as many compilers as there are cores ("POSIX Jobserver
Interaction" in the manual of GNU make).
"""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ownconda.wires.files import make_folder

TOKEN = b"+"
PROGRAMS = ("make", "gmake")

_WITHOUT_NUMBER = """\
#!/bin/sh
# With a number of jobs of its own make leaves the job server; without one, it asks there how many it may start.
case $MAKEFLAGS in *--jobserver-auth=*) ;; *) exec {program} "$@" ;; esac
after=
for word do
    shift
    case $after$word in
        -j | --jobs) after=number: ;;
        -j[0-9]* | --jobs=* | number:[0-9]*) after= ;;
        *) after=; set -- "$@" "$word" ;;
    esac
done
exec {program} "$@"
"""


class JobServer:
    """A pool of tokens, one a core, that the builds of one run take from and give back to. Open it with `job_server()`.

    ``shared`` is the file descriptor that `make` has to inherit, and ``file`` what it is opened on.
    """

    def __init__(self, folder: Path, cores: int) -> None:
        self.file = folder / "jobs"
        os.mkfifo(self.file)
        self.shared = os.open(self.file, os.O_RDWR)
        self._own = os.open(self.file, os.O_RDONLY | os.O_NONBLOCK)  # not blocking must not hold for the others
        self._owed = 0
        os.write(self.shared, TOKEN * cores)

    @property
    def makeflags(self) -> str:
        """What `make` has to find in MAKEFLAGS."""
        return f"-j --jobserver-auth={self.shared},{self.shared}"

    def enter(self) -> None:
        """Take a token for a build that starts: each may run one job, even when there is no token just now."""
        try:
            os.read(self._own, 1)
        except BlockingIOError:
            self._owed += 1

    def leave(self) -> None:
        """Give the token of a build that has ended back."""
        if self._owed:
            self._owed -= 1
        else:
            os.write(self.shared, TOKEN)

    def close(self) -> None:
        """Close the pool."""
        os.close(self.shared)
        os.close(self._own)


@contextmanager
def job_server(folder: Path, cores: int) -> Iterator[JobServer]:
    """Open a pool of ``cores`` tokens, with a file in ``folder``."""
    server = JobServer(folder, cores)
    try:
        yield server
    finally:
        server.close()


def programs_without_number(folder: Path, *, path: str) -> None:
    """Put a `make` into ``folder`` that keeps to the job server, for each one on ``path``."""
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    keep_to_job_server(folder, {name: program for name, program in found.items() if program})


def keep_to_job_server(folder: Path, programs: Mapping[str, str]) -> None:
    """Put a `make` into ``folder`` that keeps to the job server, for each one of ``programs`` that is one."""
    make_folder(folder)
    for name, program in programs.items():
        if name in PROGRAMS:
            (folder / name).write_text(_WITHOUT_NUMBER.format(program=shlex.quote(program)))
            (folder / name).chmod(0o755)
