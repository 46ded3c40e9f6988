"""Programs and libraries as such: readable, for the right processor, and loadable on a system that takes care."""

from collections import defaultdict
from collections.abc import Iterator
from types import MappingProxyType

from ownconda.building.package_checks.facts import PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.surroundings import Surroundings

# The numbers of the System V ABI, and the size of addresses.
_MACHINES = MappingProxyType(
    {
        "linux-32": (3, 32), "linux-64": (62, 64), "linux-aarch64": (183, 64), "linux-armv6l": (40, 32),
        "linux-armv7l": (40, 32), "linux-ppc64": (21, 64), "linux-ppc64le": (21, 64), "linux-riscv32": (243, 32),
        "linux-riscv64": (243, 64), "linux-s390x": (22, 64), "linux-loongarch64": (258, 64), "freebsd-64": (62, 64),
    }
)  # fmt: skip
_MACHINE_FREE = 0, 247  # none, and BPF, which runs in the kernel


def unreadable_programs(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find ELF files that can't be read."""
    for file in package.files:
        if file.unreadable:
            yield Finding(
                rule="unreadable-elf",
                severity="error",
                file=file.path,
                what=f"is an ELF file that can't be read: {file.unreadable}",
                hint="it is damaged, or isn't meant to be loaded",
            )


def wrong_machine(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find programs for another processor than the subdir's, and programs where there should be none."""
    expected = _MACHINES.get(package.subdir)
    for file in package.files:
        if file.elf is None or file.elf.machine in _MACHINE_FREE:
            continue
        if package.noarch:
            yield Finding(
                rule="program-in-noarch",
                severity="warning",
                file=file.path,
                what="is a program or library for one platform, in a package for all of them",
            )
        elif (file.elf.machine, file.elf.bits) != expected:
            yield Finding(
                rule="wrong-machine",
                severity="error",
                file=file.path,
                what=f"is for another processor than {package.subdir} (machine {file.elf.machine}, "
                f"{file.elf.bits} bits)",
                hint="was it built for the building machine, or taken from upstream as it is?",
            )


def dangerous_code(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find libraries that hardened systems refuse to load."""
    for file in package.files:
        if file.elf and file.elf.text_relocations:
            yield Finding(
                rule="text-relocations",
                severity="error",
                file=file.path,
                what="has text relocations: its code is written to when it is loaded",
                hint="compile everything that goes into it with -fPIC",
            )
        if file.elf and file.elf.executable_stack:
            yield Finding(
                rule="executable-stack",
                severity="warning",
                file=file.path,
                what="asks for an executable stack, and can't be loaded by a running program since glibc 2.41",
                hint="link with -Wl,-z,noexecstack; assembler files need a .note.GNU-stack section",
            )


def not_examined(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Say which programs aren't looked into."""
    formats: defaultdict[str, list[str]] = defaultdict(list)
    for file in package.files:
        if file.format not in {"", "ELF"}:
            formats[file.format].append(file.path)
    for format_, paths in sorted(formats.items()):
        yield Finding(
            rule="not-examined",
            severity="note",
            file=paths[0],
            what=f"is a {format_} file, as {len(paths) - 1} others: what they link against isn't examined",
        )
