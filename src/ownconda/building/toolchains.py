"""Whether a package for another platform can be made on this machine: by its compilers, or by an emulator."""

from collections.abc import Collection, Iterable
from pathlib import Path
from types import MappingProxyType

from ownconda.conda.match_specs import spec_name
from ownconda.conda.names import NOARCH
from ownconda.errors import Problem, Where
from ownconda.recipes.builds import Build

EMULATORS = Path("/proc/sys/fs/binfmt_misc")
"""Where the kernel lists what it starts programs of other machines with."""

_OF_QEMU = MappingProxyType(
    {
        "linux-64": "qemu-x86_64",
        "linux-aarch64": "qemu-aarch64",
        "linux-armv7l": "qemu-arm",
        "linux-ppc64le": "qemu-ppc64le",
        "linux-riscv64": "qemu-riscv64",
        "linux-s390x": "qemu-s390x",
    }
)


def emulated(registered: Path = EMULATORS) -> frozenset[str]:
    """Tell the subdirs whose programs run here by an emulator that is registered with the kernel."""
    return frozenset(subdir for subdir, name in _OF_QEMU.items() if _is_enabled(registered / name))


def without_toolchain(builds: Iterable[Build], *, own: str, emulated: Collection[str]) -> list[Problem]:
    """Tell the Builds for another platform than ``own`` that nothing here can make.

    One can be made when its recipe requires a compiler for that platform to build (``gcc_linux-aarch64``), or says that
    its script needs none. Compilers of the system make programs for the system alone.
    """
    return [
        Problem(
            what=f"{build.label} for {build.subdir} can't be built on {own}: its recipe requires no compiler for it",
            where=Where(file=build.recipe),
            hint=f"build it on {build.subdir}; or require a compiler that makes its programs "
            f"(${{{{ compiler('c') }}}}); or, if it needs none, say so: extra.ownconda.needs_no_compiler",
        )
        for build in builds
        if build.subdir not in {NOARCH, own, *emulated} and not build.needs_no_compiler and not _has_compiler(build)
    ]


def _has_compiler(build: Build) -> bool:
    return any(spec_name(spec).endswith(f"_{build.subdir}") for spec in build.requirements.build)


def _is_enabled(file: Path) -> bool:
    try:
        return file.read_text(encoding="ascii", errors="replace").startswith("enabled")
    except OSError:
        return False
