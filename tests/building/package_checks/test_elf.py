import platform
import random
import struct
import sysconfig
from pathlib import Path

import pytest
from making_elf import BASE, STRTAB, make_elf

from ownconda.building.package_checks.elf import Elf, read_elf
from ownconda.building.package_checks.elf_tables import MOST_ENTRIES, VersionNeed
from ownconda.building.package_checks.machine import machine_floor

RICH = make_elf(
    needed=["libc.so.6", "libz.so.1"],
    versions={
        "libc.so.6": {"GLIBC_2.34": ["dlopen", "dlsym"], "GLIBC_2.2.5": ["free"]},
        "libz.so.1": {"ZLIB_1": ["x"]},
    },
    runpath="$ORIGIN/../lib:/opt/lib",
)


def replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) == 1
    return content.replace(old, new)


def test_needed_libraries_run_paths_and_versions_with_their_symbols_are_read() -> None:
    elf = read_elf(RICH)
    assert elf.needed == ("libc.so.6", "libz.so.1")
    assert (elf.rpath, elf.runpath) == ((), ("$ORIGIN/../lib", "/opt/lib"))
    assert elf.needs == (
        VersionNeed(library="libc.so.6", version="GLIBC_2.34", symbols=("dlopen", "dlsym")),
        VersionNeed(library="libc.so.6", version="GLIBC_2.2.5", symbols=("free",)),
        VersionNeed(library="libz.so.1", version="ZLIB_1", symbols=("x",)),
    )


def test_what_makes_a_library_dangerous_is_read() -> None:
    assert not read_elf(RICH).executable_stack
    assert not read_elf(RICH).text_relocations
    assert read_elf(make_elf(executable_stack=True)).executable_stack
    assert read_elf(make_elf(text_relocations=True)).text_relocations


def test_a_runpath_makes_an_rpath_count_for_nothing() -> None:
    assert read_elf(make_elf(rpath="/a")).rpath == ("/a",)
    assert read_elf(make_elf(rpath="/a", runpath="/b")).rpath == ()


def test_a_version_that_only_weak_symbols_need_is_weak() -> None:
    [need] = read_elf(make_elf(versions={"libc.so.6": {"GLIBC_2.99": ["new"]}}, weak=True)).needs
    assert need.weak


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this machine has no GNU C library")
def test_real_extension_modules_need_no_more_than_the_machine_has() -> None:
    folder = Path(sysconfig.get_path("stdlib"), "lib-dynload")
    modules = [read_elf(path.read_bytes()) for path in sorted(folder.glob("*.so"))]
    if not modules:
        pytest.skip("this Python has its modules built in")
    needs = [need for module in modules for need in module.needs if need.version.startswith("GLIBC_")]
    assert needs
    assert all(machine_floor().has(need.version) for need in needs)
    assert all(need.symbols for need in needs if "ABI" not in need.version)


@pytest.mark.parametrize("length", range(0, len(RICH), 7))
def test_a_file_that_is_cut_short_is_told_as_such_or_read(length: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_elf(RICH[:length])


def test_damage_anywhere_is_a_value_error_at_worst() -> None:
    chance = random.Random(4)  # noqa: S311  (the same damage each time)
    unreadable = 0
    for _ in range(3000):
        damaged = bytearray(RICH)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 1, 255, chance.randrange(256)])
        try:
            assert isinstance(read_elf(bytes(damaged)), Elf)
        except ValueError:
            unreadable += 1
    assert unreadable > 300


def test_more_versions_than_any_real_file_needs_are_refused() -> None:
    many = {f"V_{number}": () for number in range(MOST_ENTRIES + 1)}
    with pytest.raises(ValueError, match="needs more than"):
        read_elf(make_elf(versions={"libc.so.6": many}))


def test_huge_counts_are_refused_before_they_are_believed() -> None:
    tables = struct.pack("<QQ", 0x6FFFFFFF, 2)
    read_elf(replaced(RICH, tables, struct.pack("<QQ", 0x6FFFFFFF, 2**63)))
    header = RICH[:56] + struct.pack("<H", 65535) + RICH[58:]
    with pytest.raises(ValueError, match="65535 program headers"):
        read_elf(header)


def test_a_table_outside_of_the_file_is_refused() -> None:
    names = struct.pack("<Q", STRTAB) + struct.pack("<Q", BASE + 64 + 3 * 56)
    with pytest.raises(ValueError, match="the address 0xffffffffffff isn't in it"):
        read_elf(replaced(RICH, names, struct.pack("<QQ", STRTAB, 0xFFFFFFFFFFFF)))


def test_a_dynamic_section_without_end_is_refused() -> None:
    long = make_elf(needed=["a"] * (MOST_ENTRIES + 1))
    with pytest.raises(ValueError, match="entries"):
        read_elf(long)


def test_what_is_no_program_at_all_is_refused() -> None:
    for content in (b"", b"\x7fELF", b"\x7fELF" + bytes(60), b"\x7fELF\x02\x07" + bytes(60), b"#!/bin/sh\n"):
        with pytest.raises(ValueError, match=r"."):
            read_elf(content)
