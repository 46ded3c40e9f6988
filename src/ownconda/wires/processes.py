"""The one door to other programs."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ownconda.errors import OutsideError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a program that ended had to say."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"{shlex.join(self.command)} ended with {self.code}"


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    given: str = "",
) -> Finished:
    """Run a program to its end and keep what it prints; its exit code is the caller's to judge.

    ``env`` is added to ours, ``timeout`` is in seconds, ``given`` is what it can read. Raises OutsideError when there
    is no such program or it takes too long.
    """
    words = tuple(str(word) for word in command)
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
        )
    except FileNotFoundError as error:
        raise missing_program(words[0]) from error
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"{shlex.join(words)} hadn't ended after {timeout:g} seconds") from error
    return Finished(command=words, code=done.returncode, out=done.stdout, err=done.stderr)


def start(  # noqa: PLR0913  (as many as a program has ends)
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, so that `stop` ends its children with it."""
    words = tuple(str(word) for word in command)
    try:
        return subprocess.Popen(
            words,
            env={**os.environ, **(env or {})},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise missing_program(words[0]) from error


def stop(process: subprocess.Popen[bytes], *, grace: float = 5.0) -> None:
    """End a started program and its children: politely first, after ``grace`` seconds for good."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def find(program: str) -> Path | None:
    """Find a program on PATH."""
    found = shutil.which(program)
    return Path(found) if found else None


def missing_program(program: str) -> OutsideError:
    """Say that a program isn't there."""
    return OutsideError(f"the program {program!r} isn't installed", hint=f"install {program}, or put it on PATH")


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
