from pathlib import Path

import pytest
from workplace import Workplace

from ownconda.building.toolchains import emulated, without_toolchain
from ownconda.errors import OutsideError
from ownconda.recipes.builds import Build, Requirements


def build(subdir: str, *required: str, needs_no_compiler: bool = False) -> Build:
    return Build(
        recipe=Path("recipe.yaml"),
        name="zlib",
        version="1.3",
        subdir=subdir,
        build="h1_0",
        number=0,
        requirements=Requirements(build=required),
        needs_no_compiler=needs_no_compiler,
    )


def refused(*builds: Build, emulated: frozenset[str] = frozenset()) -> list[str]:
    return [one.what for one in without_toolchain(builds, own="linux-64", emulated=emulated)]


def test_what_is_for_this_machine_or_for_any_needs_nothing() -> None:
    assert refused(build("linux-64"), build("noarch")) == []


@pytest.mark.parametrize("subdir", ["linux-aarch64", "osx-arm64", "win-64"])
def test_another_platform_needs_a_compiler_that_makes_its_programs(subdir: str) -> None:
    [what] = refused(build(subdir))
    assert what == f"zlib 1.3 for {subdir} can't be built on linux-64: its recipe requires no compiler for it"
    assert refused(build(subdir, f"gcc_{subdir} 14.*")) == []
    assert refused(build(subdir, "gcc_linux-64")) == [what]


def test_an_emulator_or_a_script_that_needs_no_compiler_will_do() -> None:
    assert refused(build("linux-aarch64"), emulated=frozenset({"linux-aarch64"})) == []
    assert refused(build("win-64", needs_no_compiler=True)) == []


def test_emulators_are_those_that_the_kernel_has_enabled(tmp_path: Path) -> None:
    (tmp_path / "qemu-aarch64").write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\n")
    (tmp_path / "qemu-s390x").write_text("disabled\n")
    assert emulated(tmp_path) == {"linux-aarch64"}
    assert emulated(tmp_path / "missing") == frozenset()


def test_it_is_told_before_anything_is_built(workplace: Workplace) -> None:
    workplace.recipe("a", script=["touch /built"])
    workplace.recipe("b", more="extra: {ownconda: {needs_no_compiler: true}}")
    workplace.platform = "win-64"
    with pytest.raises(OutsideError, match=r"a 1\.0\.0 for win-64 can't be built on"):
        workplace.build()
    assert not list(workplace.output.glob("*/*.conda"))
