"""The builder seen from the driver: requests to a worker process that can be ended with everything it started."""

import io
import json
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, cast

from ownconda.building.launching import Launch
from ownconda.building.logs import excerpt
from ownconda.building.requests import Answer, BuildRequest, SealRequest, TestRequest
from ownconda.building.unsolved import UNSOLVED, note_reason
from ownconda.errors import NoError, Where
from ownconda.wires import processes


class Builder:
    """A worker process, started when it is first needed and again when it died. Close it with `builder()`.

    ``launch`` says how it is started, anew each time, and no request may take longer than ``timeout`` seconds, or than
    ``at_least`` where that is more. One thread at a time asks it.
    """

    def __init__(self, launch: Callable[[], Launch], *, timeout: float | None = None) -> None:
        self._launch, self._timeout = launch, timeout
        self._launched: Launch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: IO[str] | None = None
        self._ended = False

    def build(self, request: BuildRequest, *, at_least: float = 0.0) -> Path:
        """Build one package and give its file.

        Raises NoError with the last lines of the log when it can't be built.
        """
        return self._ask("build", request, what=f"{request.name} couldn't be built", at_least=at_least)

    def seal(self, request: SealRequest) -> Path:
        """Seal a package and give the sealed file.

        Raises NoError when it isn't as a builder makes it.
        """
        return self._ask("seal", request, what=f"{Path(request.package).name} couldn't be sealed")

    def test(self, request: TestRequest, *, name: str, at_least: float = 0.0) -> None:
        """Run a package's tests.

        Raises NoError with the last lines of the log when one fails.
        """
        self._ask("test", request, what=f"the tests of {name} failed", at_least=at_least)

    def end(self) -> None:
        """End the worker and all that it started, for good; whoever waits for its answer gets a NoError."""
        self._ended = True
        self._stop()

    def close(self) -> None:
        """End the worker and all that it started; nobody may wait for its answer."""
        self._stop()
        if self._answers is not None:
            self._answers.close()
        self._process = self._answers = None

    def _ask(
        self, kind: str, request: BuildRequest | SealRequest | TestRequest, *, what: str, at_least: float = 0.0
    ) -> Path:
        limit = None if self._timeout is None else max(self._timeout, at_least)
        answer = self._answer(json.dumps({"kind": kind, **asdict(request)}) + "\n", limit)
        if answer.last:
            process, launched = self._process, self._launched
            self.close()
            code = process.returncode if process else None
            answer = replace(answer, reason=answer.reason or _death(code, launched))
        if answer.reason == UNSOLVED:
            note_reason(Path(request.log))
        if not answer.ok:
            raise NoError(
                f"{what}: {answer.reason}\n{_told(Path(request.log))}",
                where=Where(file=request.log),
                hint=f"the whole log is {request.log}",
            )
        return Path(answer.package)

    def _answer(self, line: str, limit: float | None) -> Answer:
        process, answers = self._running()
        reply = ""
        try:
            if process.stdin is not None:
                process.stdin.write(line.encode())
                process.stdin.flush()
                if not select.select([answers], [], [], limit)[0]:
                    return Answer(ok=False, last=True, reason=f"it took longer than {_minutes(limit)}")
                reply = answers.readline()
        except BrokenPipeError:
            pass
        return Answer(**json.loads(reply)) if reply else Answer(ok=False, last=True)

    def _running(self) -> tuple[subprocess.Popen[bytes], IO[str]]:
        if self._ended:
            raise NoError("the builder was ended")
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None or self._answers is None:
            self._launched = launched = self._launch()
            with (launched.complaints or Path(os.devnull)).open("wb") as complaints:
                self._process = processes.start(
                    launched.command,
                    env=launched.variables,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    pass_fds=launched.shared,
                )
            self._answers = io.TextIOWrapper(cast("IO[bytes]", self._process.stdout), encoding="utf-8")
        return self._process, self._answers

    def _stop(self) -> None:
        process, launched = self._process, self._launched
        if process is not None and launched is not None:
            processes.stop(process, grace=launched.grace)
            launched.end()


@contextmanager
def builder(launch: Callable[[], Launch], *, timeout: float | None = None) -> Iterator[Builder]:
    """Give a Builder, and end its process with the block however that ends."""
    made = Builder(launch, timeout=timeout)
    try:
        yield made
    finally:
        made.close()


def _told(log: Path) -> str:
    """Give what a log says of a failure: its last lines, then the one that looks like the cause."""
    found = excerpt(log)
    lines = [f"    {line}" for line in found.last]
    if found.cause is not None and found.cause not in {line.strip() for line in found.last[-3:]}:
        place = f"line {found.number} of the log" if found.number else "a line of the log"
        lines.append(f"{place} looks like the cause:\n    {found.cause}")
    return "\n".join(lines)


def _minutes(seconds: float | None) -> str:
    return f"{(seconds or 0) / 60:g} minutes"


def _death(code: int | None, launched: Launch | None) -> str:
    said = launched.complaints.read_text(errors="replace").strip() if launched and launched.complaints else ""
    if said:
        return f"the builder's process ended: {said.splitlines()[-1]}"
    if code is not None and code < 0:
        return f"the builder's process was ended by {signal.Signals(-code).name}"
    return f"the builder's process ended by itself, with {code}"
