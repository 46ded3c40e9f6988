"""Container images of Debian, each made once, and podman as it works on this machine."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

GLIBC = "2.31"
"""The C library of the older one."""
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "images"

# As most machines have it, then as a container has it whose user is root and that has no cgroups of its own.
WAYS = (
    ("podman", ""),
    (
        "podman --runtime runc --cgroup-manager cgroupfs",
        "--ulimit nofile=1024:1024 --ulimit nproc=1000:1000",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What an image is made of: a release of Debian, and packages of it."""

    release: str
    packages: str

    @property
    def name(self) -> str:
        return f"localhost/ownconda-tests-{self.release}"


OLD = _Made(release="bullseye", packages="gcc,libc6-dev,make")
WITH_PYTHON = _Made(release="bookworm", packages="python3,python3-venv,ca-certificates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image's name, and how podman is called and containers are run: both are settings."""

    name: str
    program: str
    options: str

    @property
    def variables(self) -> dict[str, str]:
        return {"OWNCONDA_BUILD_CONTAINER": self.program, "OWNCONDA_BUILD_CONTAINER_OPTIONS": self.options}

    def containers(self) -> list[str]:
        """Give the names of those that are there."""
        return _run([*shlex.split(self.program), "ps", "--all", "--format", "{{.Names}}"]).stdout.split()


def image_of(made: _Made = OLD) -> Image:
    """Make an image if it isn't there; skip where no container can be run, saying why."""
    if shutil.which("podman") is None:
        pytest.skip("podman isn't installed: scripts/system-packages containers")
    if _run(["podman", "image", "exists", made.name]).returncode:
        _import(made)
    said = ""
    for program, options in WAYS:
        done = _run([*shlex.split(program), "run", "--rm", "--network=none", *shlex.split(options), made.name, "true"])
        if done.returncode == 0:
            return Image(name=made.name, program=program, options=options)
        said = done.stderr.strip()
    pytest.skip(f"podman can't run a container here: {said}")


@contextmanager
def derived(image: Image, instruction: str, folder: Path) -> Iterator[str]:
    """Make another image of it that differs in one instruction, and give its name while it is there."""
    name, file = f"{image.name}-derived", folder / "Containerfile"
    file.write_text(f"FROM {image.name}\n{instruction}\n")
    subprocess.run(["podman", "build", "--quiet", "--tag", name, "--file", str(file), str(folder)], check=True)
    try:
        yield name
    finally:
        _run(["podman", "rmi", name])


def _import(made: _Made) -> None:
    done = _run(["podman", "import", str(_archive(made)), made.name])
    if done.returncode:
        pytest.skip(f"podman can't store an image here: {done.stderr.strip()}")


def _archive(made: _Made) -> Path:
    archive = CACHE / f"{made.release}.tar"
    if not archive.exists():
        folder = CACHE / made.release
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={made.packages}", made.release]
        done = _run([*command, str(folder), next(_mirrors())])
        if done.returncode:
            pytest.skip(f"debootstrap can't make {made.release} here: {done.stdout.strip().splitlines()[-1:]}")
        excluded = ["--exclude=./var/cache/apt/archives/*.deb", "--exclude=./usr/share/doc", "--exclude=./dev/*"]
        part = archive.with_suffix(".part")
        _run(["tar", "-C", str(folder), *excluded, "-cf", str(part), "."]).check_returncode()
        part.rename(archive)
        shutil.rmtree(folder, ignore_errors=True)
    return archive


def _mirrors() -> Iterator[str]:
    """Give the archive that apt is configured with."""
    done = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    yield from (line.rstrip("/") for line in done.stdout.splitlines() if line)
    pytest.skip("apt is configured with no archive")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
