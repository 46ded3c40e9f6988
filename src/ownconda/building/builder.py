"""The builder seen from the driver: requests to a worker process that can be ended with everything it started."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from ownconda.building.requests import Answer, BuildRequest, TestRequest
from ownconda.errors import NoError, Where
from ownconda.wires import processes

LAST_LINES = 25


class Builder:
    """A worker process, started when it is first needed and again when it died. Close it with `builder()`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: IO[str] | None = None

    def build(self, request: BuildRequest) -> Path:
        """Build one package and give its file.

        Raises NoError with the last lines of the log when it can't be built.
        """
        return self._ask("build", request, what=f"{request.name} couldn't be built")

    def test(self, request: TestRequest, *, name: str) -> None:
        """Run a package's tests.

        Raises NoError with the last lines of the log when one fails.
        """
        self._ask("test", request, what=f"the tests of {name} failed")

    def close(self) -> None:
        """End the worker and all that it started."""
        if self._process is not None:
            processes.stop(self._process, grace=0.2)
        if self._answers is not None:
            self._answers.close()
        self._process = self._answers = None

    def _ask(self, kind: str, request: BuildRequest | TestRequest, *, what: str) -> Path:
        process, answers = self._running()
        line = json.dumps({"kind": kind, **asdict(request)}) + "\n"
        reply = ""
        try:
            if process.stdin is not None:
                process.stdin.write(line.encode())
                process.stdin.flush()
                reply = answers.readline()
        except BrokenPipeError:
            pass
        answer = Answer(**json.loads(reply)) if reply else Answer(ok=False, last=True)
        if answer.last:
            self.close()
            answer = replace(answer, reason=answer.reason or _death(process.returncode))
        if not answer.ok:
            raise NoError(
                f"{what}: {answer.reason}\n{last_lines(Path(request.log))}",
                where=Where(file=request.log),
                hint=f"the whole log is {request.log}",
            )
        return Path(answer.package)

    def _running(self) -> tuple[subprocess.Popen[bytes], IO[str]]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None or self._answers is None:
            reading, writing = os.pipe()
            os.set_inheritable(writing, True)
            self._process = processes.start(
                [sys.executable, "-P", "-m", "ownconda.building.worker", str(writing)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writing,),
            )
            os.close(writing)
            self._answers = os.fdopen(reading)
        return self._process, self._answers


@contextmanager
def builder() -> Iterator[Builder]:
    """Give a Builder, and end its process with the block however that ends."""
    made = Builder()
    try:
        yield made
    finally:
        made.close()


def last_lines(log: Path, *, count: int = LAST_LINES) -> str:
    """Give the end of a log, indented, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64_000))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-count:] if line.strip())


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the builder's process was ended by {signal.Signals(-code).name}"
    return f"the builder's process ended by itself, with {code}"
