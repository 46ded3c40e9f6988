"""podman and docker: images looked at and fetched, containers started and ended."""

import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ownconda.building.container.image import Image, image_of
from ownconda.building.container.mounts import Mount
from ownconda.building.container.own_python import own_python
from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires import processes
from ownconda.wires.progress import Progress

PROGRAMS = ("podman", "docker")

_ARCHITECTURES = MappingProxyType({"x86_64": "amd64", "aarch64": "arm64"})
"""Images name machines as Go does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The program with the options that go before its commands, and options for `run`, which win over ours."""

    program: tuple[str, ...]
    options: tuple[str, ...] = ()

    def run(
        self,
        image: str,
        command: Sequence[str],
        *,
        mounts: Sequence[Mount],
        more: Sequence[str] = (),
        network: bool = False,
    ) -> list[str]:
        """Give the command that runs another one in a container, as the user that we are.

        ``more`` are further options of `run`. What the image itself would start (its entry point) isn't started.
        """
        chosen = any(word.partition("=")[0] in {"--network", "--net"} for word in self.options)
        return [
            *self.program,
            *("run", "--rm", "--interactive", "--pull=never", "--security-opt=label=disable"),
            *([] if network or chosen else ["--network=none"]),
            *_identity(self.program[0]),
            *(word for mount in mounts for word in mount.words),
            *more,
            f"--entrypoint={command[0]}",
            *self.options,
            image,
            *command[1:],
        ]

    def end(self, container: str) -> None:
        """See to it that a container is gone."""
        processes.run([*self.program, "rm", "--force", container])


def engine(program: str, options: str) -> Engine:
    """Choose podman or docker; ``program`` and ``options`` are what the settings say, as one writes it in a shell.

    Raises OutsideError when there is neither.
    """
    words = tuple(_words(program, "build.container"))
    found = words or tuple(name for name in PROGRAMS if processes.find(name))[:1]
    if not found or not processes.find(found[0]):
        raise OutsideError(
            f"{found[0]} isn't installed" if found else "neither podman nor docker is installed",
            hint="install podman, or set build.container to a program that takes its options",
        )
    return Engine(program=found, options=tuple(_words(options, "build.container_options")))


def look_at(name: str, engine: Engine, progress: Progress, *, offline: bool = False) -> Image:
    """Fetch an image if it isn't there, and see what is in it.

    Raises OutsideError when it can't be had, or isn't fit to build in; ``offline`` nothing is fetched.
    """
    digest, machine = _inspected(name, engine) or _pulled(name, engine, progress, offline=offline)
    own = _ARCHITECTURES.get(platform.machine(), platform.machine())
    if machine != own:
        raise OutsideError(f"the image {name} is for {machine}, and this machine is {own}")
    python = own_python()
    command = python.command("ownconda.building.container.looking")
    done = processes.run(engine.run(name, command, mounts=python.mounts))
    if done.code:
        raise OutsideError(
            f"no container of {name} can be run: {_complaint(done.err)}",
            hint=f"does `{shlex.join([*engine.program, 'run', '--rm', *engine.options, name, 'true'])}` work? "
            "build.container and build.container_options can be set",
        )
    return image_of(name, digest, done.out)


def variables(values: Mapping[str, str]) -> list[str]:
    """Give the options that set variables in a container."""
    return [word for name, value in values.items() for word in ("--env", f"{name}={value}")]


def _inspected(name: str, engine: Engine) -> tuple[str, str] | None:
    done = processes.run([*engine.program, "image", "inspect", "--format", "{{.Id}} {{.Architecture}}", name])
    if done.code:
        return None
    match done.out.split():
        case [digest, machine]:
            return f"sha256:{digest.removeprefix('sha256:')}", machine
    raise OutsideError(
        f"`{shlex.join(engine.program)} image inspect` doesn't say what an image is: {_complaint(done.out)}",
        hint="is build.container podman, docker, or a program that takes their options?",
    )


def _pulled(name: str, engine: Engine, progress: Progress, *, offline: bool) -> tuple[str, str]:
    if offline:
        raise OutsideError(f"the image {name} isn't here (offline)", hint=f"{engine.program[0]} pull {name}")
    with progress.bar(f"fetching {name}"):
        done = processes.run([*engine.program, "pull", name])
    found = None if done.code else _inspected(name, engine)
    if found is None:
        raise OutsideError(
            f"the image {name} can't be had: {_complaint(done.err)}",
            hint=f"`{shlex.join(engine.program)} images` lists those that are here",
        )
    return found


def _complaint(said: str) -> str:
    """Give the line of a program's complaints that matters most: the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing about it"


def _identity(program: str) -> list[str]:
    """Let what is written belong to whoever calls us."""
    user = f"--user={os.getuid()}:{os.getgid()}"
    rootless = os.getuid() != 0 and Path(program).name.startswith("podman")
    return [user, "--userns=keep-id"] if rootless else [user]


def _words(text: str, setting: str) -> Sequence[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise WrongInputError(f"{setting}: {text!r} can't be taken apart: {error}") from error
