"""What is found in a package, and what isn't: facts in, findings out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from ownconda.building.package_checks.checking import RULES, check
from ownconda.building.package_checks.elf import Elf
from ownconda.building.package_checks.elf_tables import VersionNeed
from ownconda.building.package_checks.facts import Allowed, FileFacts, PackageFacts
from ownconda.building.package_checks.floor import floor_of
from ownconda.building.package_checks.rules.bytecode import minor_version
from ownconda.building.package_checks.rules.symbol_versions import glibc_constraint
from ownconda.building.package_checks.surroundings import Neighbour, Surroundings


def elf(
    path: str = "lib/libown.so",
    *,
    needed: Sequence[str] = (),
    needs: Sequence[VersionNeed] = (),
    runpath: Sequence[str] = ("$ORIGIN",),
    machine: int = 62,
) -> FileFacts:
    read = Elf(machine=machine, bits=64, needed=tuple(needed), needs=tuple(needs), runpath=tuple(runpath))
    return FileFacts(path=path, format="ELF", elf=read)


def package(*files: FileFacts, **fields: object) -> PackageFacts:
    plain: dict[str, object] = {"name": "own", "version": "1.0", "subdir": "linux-64", "files": files}
    return PackageFacts(file_name="own-1.0-h1_0.conda", **(plain | fields))  # type: ignore[arg-type]


def neighbour(name: str, *paths: str, direct: bool = True, version: str = "1.0") -> Neighbour:
    return Neighbour(name=name, version=version, direct=direct, paths=frozenset(paths))


def around(*neighbours: Neighbour, owners: Mapping[str, Sequence[str]] | None = None, **more: object) -> Surroundings:
    return Surroundings(
        floor=floor_of("2.28"),
        neighbours=neighbours,
        owners=lambda library: (owners or {}).get(library, ()),
        **more,  # type: ignore[arg-type]
    )


def found(facts: PackageFacts, surroundings: Surroundings | None = None) -> dict[str, str]:
    return {one.rule: one.what for one in check(facts, surroundings or around())}


def severities(facts: PackageFacts, surroundings: Surroundings | None = None) -> dict[str, str]:
    return {one.rule: one.severity for one in check(facts, surroundings or around())}


def test_a_library_of_the_package_of_a_requirement_or_of_the_system_is_fine() -> None:
    files = [elf("lib/libown.so", needed=["libother.so", "libz.so.1", "libc.so.6"]), elf("lib/libother.so")]
    assert found(package(*files), around(neighbour("zlib", "lib/libz.so.1"))) == {}


def test_a_library_whose_package_is_not_required_is_an_error_with_the_name_to_add() -> None:
    facts = package(elf(needed=["libz.so.1"]))
    [finding] = check(facts, around(owners={"libz.so.1": ["zlib"]}))
    assert (finding.rule, finding.severity, finding.file) == ("library-not-required", "error", "lib/libown.so")
    assert finding.what == "needs libz.so.1 of zlib, which the package doesn't require"
    assert finding.hint is not None
    assert "add zlib to requirements.run" in finding.hint


def test_a_library_that_comes_with_a_requirement_of_a_requirement_is_an_error_as_well() -> None:
    indirect = neighbour("zlib", "lib/libz.so.1", direct=False)
    assert "library-not-required" in found(package(elf(needed=["libz.so.1"])), around(indirect))


def test_a_library_that_nobody_has_is_an_error_unless_a_requirement_is_not_known() -> None:
    facts = package(elf(needed=["libz.so.1"]))
    assert severities(facts) == {"library-missing": "error"}
    unknown = severities(facts, around(unknown=("zlib >=1",)))
    assert unknown == {"library-missing": "warning", "requirement-unknown": "note"}


@pytest.mark.parametrize("pattern", ["libGL.so.1", "libGL*", "**/libGL.so.1", "/usr/lib/libGL.so.*"])
def test_what_the_recipe_allows_from_the_system_is_fine(pattern: str) -> None:
    facts = package(elf(needed=["libGL.so.1"]), allowed=Allowed(libraries=(pattern,)))
    assert found(facts) == {}


def test_a_library_beside_the_run_paths_is_a_warning() -> None:
    hidden = [elf("bin/own", needed=["libhidden.so"], runpath=["$ORIGIN/../lib"]), elf("lib/own/libhidden.so")]
    assert severities(package(*hidden)) == {"library-off-run-path": "warning"}
    open_ = [elf("bin/own", needed=["libhidden.so"], runpath=["$ORIGIN/../lib/own"]), elf("lib/own/libhidden.so")]
    assert found(package(*open_)) == {}


def test_a_required_library_that_nothing_links_against_is_a_note() -> None:
    facts = package(elf(needed=["libc.so.6"]))
    surroundings = around(neighbour("zlib", "lib/libz.so.1"), neighbour("python", "lib/libpython3.13.so"))
    assert severities(facts, surroundings) == {"requirement-not-linked": "note"}
    assert found(package(FileFacts(path="share/a")), surroundings) == {}


def test_a_symbol_newer_than_the_floor_is_told_with_its_file_its_name_and_its_library() -> None:
    need = VersionNeed(library="libc.so.6", version="GLIBC_2.34", symbols=("dlsym",))
    [finding] = check(package(elf(needs=[need])), around())
    assert (finding.rule, finding.severity, finding.symbol) == ("symbol-version-too-new", "error", "dlsym")
    assert finding.what == "needs dlsym@GLIBC_2.34 of libc.so.6; manylinux_2_28 has GLIBC_2.28 at most"


@pytest.mark.parametrize("version", ["GLIBC_2.28", "GLIBC_2.4", "GLIBCXX_3.4.24", "CXXABI_1.3.11", "CXXABI_TM_1"])
def test_symbols_that_the_floor_has_are_fine(version: str) -> None:
    need = VersionNeed(library="libstdc++.so.6", version=version, symbols=("a",))
    assert found(package(elf(needs=[need]))) == {}


def test_a_newer_version_that_only_weak_symbols_need_is_fine() -> None:
    need = VersionNeed(library="libc.so.6", version="GLIBC_2.99", symbols=("a",), weak=True)
    assert found(package(elf(needs=[need]))) == {}


def test_a_libstdcxx_that_is_required_as_a_package_has_no_floor() -> None:
    need = VersionNeed(library="libstdc++.so.6", version="GLIBCXX_3.4.32", symbols=("a",))
    facts = package(elf(needed=["libstdc++.so.6"], needs=[need]))
    assert severities(facts) == {"symbol-version-too-new": "error"}
    assert found(facts, around(neighbour("libstdcxx", "lib/libstdc++.so.6"))) == {}


def test_private_symbols_are_refused_whatever_the_floor() -> None:
    need = VersionNeed(library="libc.so.6", version="GLIBC_PRIVATE", symbols=("__libc_dlopen",))
    assert severities(package(elf(needs=[need]))) == {"private-symbol": "error"}


def test_the_newest_symbol_version_becomes_a_constraint() -> None:
    def needing(*versions: str, weak: bool = False) -> PackageFacts:
        needs = [VersionNeed(library="libc.so.6", version=version, weak=weak) for version in versions]
        return package(elf(needs=needs))

    assert glibc_constraint(needing("GLIBC_2.4", "GLIBC_2.17", "GLIBC_PRIVATE")) == "__glibc >=2.17,<3.0.a0"
    assert glibc_constraint(needing("GLIBC_2.2.5")) == "__glibc >=2.2,<3.0.a0"
    assert glibc_constraint(needing("GLIBC_2.4", "GLIBC_ABI_DT_RELR")) == "__glibc >=2.36,<3.0.a0"
    assert glibc_constraint(needing("GLIBC_2.99", weak=True)) is None
    assert glibc_constraint(package(FileFacts(path="share/a"))) is None


@pytest.mark.parametrize(
    ("path", "run_path", "rule"),
    [
        ("bin/own", "$ORIGIN/../lib", None),
        ("lib/a/b.so", "${ORIGIN}/..", None),
        ("bin/own", "$ORIGIN/../../lib", "run-path-outside-prefix"),
        ("bin/own", "/usr/local/lib", "run-path-outside-prefix"),
        ("bin/own", "", "run-path-outside-prefix"),
        ("bin/own", "lib", "run-path-outside-prefix"),
        ("bin/own", "$ORIGINAL/lib", "run-path-outside-prefix"),
    ],
)
def test_run_paths_that_leave_the_prefix_are_errors(path: str, run_path: str, rule: str | None) -> None:
    assert list(found(package(elf(path, runpath=[run_path])))) == ([rule] if rule else [])


def test_a_run_path_into_the_prefix_is_fine_where_clients_replace_it() -> None:
    facts = package(elf(runpath=["/build/host_env/lib"]), prefixes=frozenset({"/build/host_env"}))
    assert "run-path-outside-prefix" in found(facts)
    assert found(replace(facts, relocated=frozenset({"lib/libown.so"}))) == {}


def test_a_run_path_outside_that_the_recipe_allows_is_fine() -> None:
    allowed = Allowed(run_paths=("/opt/vendor/*",))
    assert found(package(elf(runpath=["/opt/vendor/lib"]), allowed=allowed)) == {}


def test_programs_for_another_processor_are_errors_and_any_in_noarch_a_warning() -> None:
    arm = package(elf(machine=183))
    assert severities(arm) == {"wrong-machine": "error"}
    assert found(package(elf(machine=183), subdir="linux-aarch64")) == {}
    assert found(package(elf(machine=247))) == {}  # BPF
    assert severities(package(elf(), subdir="noarch", noarch="python")) == {"program-in-noarch": "warning"}


def test_code_that_is_written_to_and_executable_stacks_are_found() -> None:
    read = Elf(machine=62, bits=64, text_relocations=True, executable_stack=True)
    facts = package(FileFacts(path="lib/a.so", format="ELF", elf=read))
    assert severities(facts) == {"text-relocations": "error", "executable-stack": "warning"}


def test_a_program_that_cannot_be_read_is_an_error() -> None:
    facts = package(FileFacts(path="lib/a.so", format="ELF", unreadable="it is cut short"))
    assert found(facts) == {"unreadable-elf": "is an ELF file that can't be read: it is cut short"}


def test_formats_that_nobody_looks_into_are_said_once() -> None:
    files = [FileFacts(path=f"{name}.exe", format="PE") for name in "abc"]
    [finding] = check(package(*files), around())
    assert (finding.rule, finding.severity) == ("not-examined", "note")


def test_rights_that_a_file_gives_away_are_found() -> None:
    files = [FileFacts(path="bin/su", mode=0o4755), FileFacts(path="share/all", mode=0o666)]
    assert severities(package(*files)) == {"setuid": "error", "world-writable": "warning"}


@pytest.mark.parametrize(
    ("path", "target", "rule"),
    [
        ("bin/a", "b", None),
        ("bin/a", "../lib/libz.so.1", None),
        ("bin/a", "../lib", None),
        ("bin/a", "/etc/ssl/certs", "absolute-symlink"),
        ("bin/a", "../../etc/passwd", "symlink-outside-prefix"),
        ("bin/a", "gone", "dangling-symlink"),
    ],
)
def test_links_that_lead_elsewhere_are_found(path: str, target: str, rule: str | None) -> None:
    files = [FileFacts(path=path, link=target), FileFacts(path="bin/b")]
    assert list(found(package(*files), around(neighbour("zlib", "lib/libz.so.1")))) == ([rule] if rule else [])


def test_a_link_into_the_building_machine_is_an_error_one_to_the_system_a_warning() -> None:
    built = FileFacts(path="a", link="/build/x", places={"build folder": "/build/x"})
    assert severities(package(built)) == {"absolute-symlink": "error"}
    assert severities(package(FileFacts(path="a", link="/etc/x"))) == {"absolute-symlink": "warning"}


def test_a_path_that_a_required_package_has_as_well_is_an_error() -> None:
    clash = around(neighbour("other", "share/doc/README", direct=False))
    [finding] = check(package(FileFacts(path="share/doc/README")), clash)
    assert (finding.rule, finding.symbol, finding.file) == ("clobbered-path", "other", "share/doc/README")


def test_python_packages_for_any_python_clobber_where_they_are_linked_to() -> None:
    facts = package(FileFacts(path="site-packages/a.py"), subdir="noarch", noarch="python")
    python = neighbour("python", version="3.13.5")
    assert found(facts, around(python, neighbour("other", "lib/python3.12/site-packages/a.py"))) == {}
    assert "clobbered-path" in found(facts, around(python, neighbour("other", "lib/python3.13/site-packages/a.py")))


def test_a_prefix_that_no_client_replaces_is_an_error() -> None:
    left = FileFacts(path="lib/a.so", places={"prefix": "/build/host_env/lib"})
    assert severities(package(left)) == {"prefix-left": "error"}
    assert found(package(left, relocated=frozenset({"lib/a.so"}))) == {}
    bytecode = FileFacts(path="a.pyc", places={"prefix": "/build/host_env/lib"})
    assert found(package(bytecode)) == {}


def test_other_paths_of_the_building_machine_are_warnings() -> None:
    files = [
        FileFacts(path="lib/a.so", places={"build folder": "/build/work/a.c"}),
        FileFacts(path="lib/b.so", places={"home": "/home/somebody/.cargo"}),
    ]
    assert severities(package(*files)) == {"build-folder-left": "warning", "home-folder-left": "warning"}


PYC_313, PYC_312 = 3571, 3531


@pytest.mark.parametrize(
    ("path", "magic", "rule"),
    [
        ("lib/python3.13/site-packages/__pycache__/a.cpython-313.pyc", PYC_313, None),
        ("lib/python3.13/site-packages/__pycache__/a.cpython-313.opt-1.pyc", PYC_313, None),
        ("lib/python3.13/site-packages/__pycache__/a.cpython-312.pyc", PYC_312, "bytecode-version"),
        ("lib/python3.13/site-packages/__pycache__/a.cpython-313.pyc", PYC_312, "bytecode-version"),
        ("lib/python3.13/site-packages/a.pyc", PYC_312, "bytecode-version"),
        ("share/own/__pycache__/a.cpython-312.pyc", PYC_312, "bytecode-version"),
        ("share/own/__pycache__/a.pypy39.pyc", 336, None),
    ],
)
def test_bytecode_of_another_python_is_found(path: str, magic: int, rule: str | None) -> None:
    facts = package(FileFacts(path=path, bytecode=magic))
    assert list(found(facts, around(neighbour("python", version="3.13.5")))) == ([rule] if rule else [])


def test_bytecode_in_a_package_for_any_python_is_an_error() -> None:
    facts = package(FileFacts(path="site-packages/a.pyc", bytecode=PYC_313), subdir="noarch", noarch="python")
    assert severities(facts) == {"bytecode-in-noarch": "error"}


def test_magic_numbers_tell_the_release() -> None:
    told = {3413: 8, 3425: 9, 3439: 10, 3495: 11, 3531: 12, 3571: 13, 3627: 14, 336: None}
    assert {magic: minor_version(magic) for magic in told} == told


def test_what_a_recipe_allows_by_rule_and_file_is_left_out() -> None:
    files = [FileFacts(path="ssl/certs", link="/etc/ssl/certs"), FileFacts(path="ssl/other", link="/etc/other")]
    allowed = Allowed(findings={"absolute-symlink": ("ssl/certs",)})
    [finding] = check(package(*files, allowed=allowed), around())
    assert finding.file == "ssl/other"


def test_libtool_archives_are_warned_of() -> None:
    assert severities(package(FileFacts(path="lib/liba.la"))) == {"libtool-archive": "warning"}


def test_no_rule_finds_anything_in_a_plain_package() -> None:
    assert len(RULES) > 10
    assert found(package(FileFacts(path="share/a"), elf("bin/a", needed=["libc.so.6"]))) == {}
