"""A container image of an older Debian with a compiler, made once, and podman as it works on this machine."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

RELEASE, GLIBC = "bullseye", "2.31"
NAME = f"localhost/ownconda-tests-{RELEASE}"
PACKAGES = "gcc,libc6-dev,make"
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
class OldImage:
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


def old_image() -> OldImage:
    """Make the image if it isn't there; skip where no container can be run, saying why."""
    if shutil.which("podman") is None:
        pytest.skip("podman isn't installed: scripts/system-packages containers")
    if _run(["podman", "image", "exists", NAME]).returncode:
        _import(_archive())
    said = ""
    for program, options in WAYS:
        done = _run([*shlex.split(program), "run", "--rm", "--network=none", *shlex.split(options), NAME, "true"])
        if done.returncode == 0:
            return OldImage(name=NAME, program=program, options=options)
        said = done.stderr.strip()
    pytest.skip(f"podman can't run a container here: {said}")


@contextmanager
def derived(image: OldImage, instruction: str, folder: Path) -> Iterator[str]:
    """Make another image of it that differs in one instruction, and give its name while it is there."""
    name, file = f"{image.name}-derived", folder / "Containerfile"
    file.write_text(f"FROM {image.name}\n{instruction}\n")
    subprocess.run(["podman", "build", "--quiet", "--tag", name, "--file", str(file), str(folder)], check=True)
    try:
        yield name
    finally:
        _run(["podman", "rmi", name])


def _import(archive: Path) -> None:
    done = _run(["podman", "import", str(archive), NAME])
    if done.returncode:
        pytest.skip(f"podman can't store an image here: {done.stderr.strip()}")


def _archive() -> Path:
    archive = CACHE / f"{RELEASE}.tar"
    if not archive.exists():
        folder = CACHE / RELEASE
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(folder), next(_mirrors())]
        done = _run(command)
        if done.returncode:
            pytest.skip(f"debootstrap can't make {RELEASE} here: {done.stdout.strip().splitlines()[-1:]}")
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
