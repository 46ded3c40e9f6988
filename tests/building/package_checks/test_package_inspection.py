"""Packages inspected from their files, among the packages of a channel; and builds that are kept back."""

import io
import json
import py_compile
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from making import index_fields, make_package, write_conda
from making_elf import make_elf
from serving import MISSING, Answer, Asked, served
from workplace import Workplace, contents

from ownconda.building.package_checks.channel_files import ChannelFiles, folder_of
from ownconda.building.package_checks.contents import SMALL
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.floor import floor_of
from ownconda.building.package_checks.inspection import Expectations, constraints, inspect
from ownconda.building.package_checks.machine import machine_floor
from ownconda.building.package_checks.reading import read_facts
from ownconda.errors import WrongInputError
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.wires.files import CHUNK

LIBC = {"libc.so.6": {"GLIBC_2.17": ["memcpy"]}}


def inspected(package: Path, *, floor: str = "2.28", kept: Path | None = None) -> tuple[Finding, ...]:
    own = folder_of(package)
    return inspect(package, ChannelFiles([own] if own else [], kept=kept), Expectations(floor=floor_of(floor)))


def rules(package: Path) -> set[str]:
    return {finding.rule for finding in inspected(package)}


def channel(root: Path) -> Path:
    write_channel(root, read_channel(root))
    return root


def old_package(folder: Path, entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """Make a package in conda's first format out of any entries."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "old-1.0-h1_0.tar.bz2"
    index = json.dumps(index_fields("old", "1.0", build="h1_0")).encode()
    with tarfile.open(path, "w:bz2") as archive:
        for entry, content in [*entries, (tarfile.TarInfo("info/index.json"), index)]:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_a_requirement_is_proposed_by_the_package_of_the_channel_that_has_the_library(tmp_path: Path) -> None:
    make_package(tmp_path / "linux-64", "zlib", files={"lib/libz.so.1": make_elf()})
    files = {"bin/tool": make_elf(needed=["libz.so.1"], runpath="$ORIGIN/../lib")}
    tool = make_package(tmp_path / "linux-64", "tool", files=files)
    channel(tmp_path)
    [finding] = inspected(tool)
    assert (finding.rule, finding.symbol) == ("library-not-required", "libz.so.1")
    assert "zlib" in finding.what
    tool = make_package(tmp_path / "linux-64", "tool", files=files, depends=["zlib >=1"])
    channel(tmp_path)
    assert inspected(tool) == ()


def test_lists_of_files_are_kept_by_digest(tmp_path: Path) -> None:
    make_package(tmp_path / "linux-64", "zlib", files={"lib/libz.so.1": make_elf()})
    tool = make_package(tmp_path / "linux-64", "tool", files={"share/a": b""}, depends=["zlib"])
    channel(tmp_path)
    inspected(tool, kept=tmp_path / "kept")
    [file] = (tmp_path / "kept").iterdir()
    assert json.loads(file.read_text()) == ["lib/libz.so.1"]
    file.write_text('["share/a"]')
    assert [finding.rule for finding in inspected(tool, kept=tmp_path / "kept")] == ["clobbered-path"]
    file.write_text("")
    assert inspected(tool, kept=tmp_path / "kept") == ()


def test_a_package_that_a_requirement_of_its_requires_does_not_clobber_itself(tmp_path: Path) -> None:
    make_package(tmp_path / "linux-64", "other", files={}, depends=["tool"])
    tool = make_package(tmp_path / "linux-64", "tool", files={"share/a": b""}, depends=["other"])
    channel(tmp_path)
    assert inspected(tool) == ()


def test_requirements_are_found_in_a_channel_behind_http(tmp_path: Path) -> None:
    make_package(tmp_path / "far" / "linux-64", "zlib", files={"lib/libz.so.1": make_elf()})
    far = channel(tmp_path / "far")

    def answer(asked: Asked) -> Answer:
        file = far / asked.path.removeprefix("/")
        return Answer(body=file.read_bytes()) if file.is_file() else MISSING

    files = {"lib/tool.so": make_elf(needed=["libz.so.1"], runpath="$ORIGIN")}
    tool = make_package(tmp_path, "tool", files=files, depends=["zlib"])
    with served(answer) as server:
        assert inspect(tool, ChannelFiles([server.address]), Expectations()) == ()


def test_a_prefix_in_text_is_found_wherever_a_chunk_ends(tmp_path: Path) -> None:
    prefix = "/build/host_env_placehold_placehold"
    text = b"x" * (CHUNK - 10) + prefix.encode() + b"/share\n"
    info = {"info/index.json": json.dumps(index_fields("a", "1.0", build="0")).encode()}
    listed = {"paths": [{"_path": "bin/a", "prefix_placeholder": prefix, "file_mode": "text"}], "paths_version": 1}
    info["info/paths.json"] = json.dumps(listed).encode()
    package = write_conda(tmp_path / "a-1.0-0.conda", info, {"bin/a": text, "share/a": text})
    [finding] = inspected(package)
    assert (finding.rule, finding.file, finding.symbol) == ("prefix-left", "share/a", f"{prefix}/share")


def test_paths_of_the_build_are_told_from_the_prefix_below_it(tmp_path: Path) -> None:
    build, prefix = "/work/bld/rattler-build_a", "/work/bld/rattler-build_a/host_env_placehold"
    info = {"info/index.json": json.dumps(index_fields("a", "1.0", build="0")).encode()}
    rendered = {"build_configuration": {"directories": {"build_dir": build, "host_prefix": prefix}}}
    info["info/recipe/rendered_recipe.yaml"] = json.dumps(rendered).encode()
    files = {"share/a": f"{prefix}/lib".encode(), "share/b": f"{build}/work/b.c".encode(), "share/c": b"/work/bld"}
    found = inspected(write_conda(tmp_path / "a-1.0-0.conda", info, files))
    assert {(one.rule, one.file) for one in found} == {("prefix-left", "share/a"), ("build-folder-left", "share/b")}


def test_files_that_a_requirement_of_a_requirement_has_as_well_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "linux-64"
    make_package(folder, "deep", files={"share/doc": b"deep"})
    make_package(folder, "middle", files={}, depends=["deep"])
    top = make_package(folder, "top", files={"share/doc": b"top"}, depends=["middle"])
    channel(tmp_path)
    [finding] = inspected(top)
    assert (finding.rule, finding.symbol) == ("clobbered-path", "deep")


def test_modes_and_links_are_read_from_the_archive(tmp_path: Path) -> None:
    setuid, link = tarfile.TarInfo("bin/su"), tarfile.TarInfo("./etc/certs")
    setuid.mode = 0o4755
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/ssl/certs"
    package = old_package(tmp_path, [(setuid, b"x"), (link, b"")])
    assert {(one.rule, one.file) for one in inspected(package)} == {
        ("setuid", "bin/su"),
        ("absolute-symlink", "etc/certs"),
    }


def test_a_hard_link_is_a_file_like_another(tmp_path: Path) -> None:
    link = tarfile.TarInfo("bin/b")
    link.type, link.linkname = tarfile.LNKTYPE, "bin/a"
    package = old_package(tmp_path, [(tarfile.TarInfo("bin/a"), b"x"), (link, b"")])
    assert [file.path for file in read_facts(package).files] == ["bin/a", "bin/b"]


def test_a_damaged_program_is_a_finding_and_no_crash(tmp_path: Path) -> None:
    damaged = make_elf(needed=["libc.so.6"], versions=LIBC)[:300]
    assert rules(make_package(tmp_path, files={"lib/a.so": damaged, "lib/b.so": b"\x7fELF"})) == {"unreadable-elf"}


def test_a_damaged_package_is_told_as_such(tmp_path: Path) -> None:
    package = make_package(tmp_path)
    package.write_bytes(package.read_bytes()[:-200])
    with pytest.raises(WrongInputError, match="can't be read"):
        inspected(package)


def test_large_programs_are_read_as_well(tmp_path: Path) -> None:
    home = b"/home/somebody/.cargo/registry\0"
    large = make_elf(versions={"libc.so.6": {"GLIBC_2.99": ["new"]}}, data=bytes(SMALL) + home)
    found = inspected(make_package(tmp_path, files={"lib/a.so": large}))
    assert {finding.rule for finding in found} == {"symbol-version-too-new", "home-folder-left"}


def test_debug_information_may_tell_where_it_was_compiled(tmp_path: Path) -> None:
    path = b"/home/somebody/src/a.c\0"
    assert rules(make_package(tmp_path / "a", files={"lib/a.so": make_elf(debug=path)})) == set()
    assert rules(make_package(tmp_path / "b", files={"lib/a.so": make_elf(data=path)})) == {"home-folder-left"}


def test_programs_of_other_systems_are_said_not_to_be_examined(tmp_path: Path) -> None:
    files = {
        "a.dylib": bytes.fromhex("cffaedfe") + bytes(100),
        "a.dll": b"MZ" + bytes(100),
        "a.class": b"\xca\xfe\xba\xbe",
    }
    found = inspected(make_package(tmp_path, files=files))
    assert [(finding.rule, finding.file) for finding in found] == [
        ("not-examined", "a.dylib"),
        ("not-examined", "a.dll"),
    ]


def test_bytecode_of_this_python_is_known_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("answer = 42\n")
    made = py_compile.compile(str(tmp_path / "a.py"), cfile=str(tmp_path / "a.pyc"))
    content = Path(str(made)).read_bytes()
    other = {"lib/python3.8/a.pyc": content}
    assert rules(make_package(tmp_path / "channel", files=other)) == {"bytecode-version"}


def test_the_constraint_is_what_the_newest_symbol_asks_for(tmp_path: Path) -> None:
    package = make_package(tmp_path / "a", files={"lib/a.so": make_elf(versions=LIBC)})
    assert constraints(package) == ("__glibc >=2.17,<3.0.a0",)
    said = make_package(
        tmp_path / "b", files={"lib/a.so": make_elf(versions=LIBC)}, constrains=list(constraints(package))
    )
    assert constraints(said) == ()
    assert constraints(make_package(tmp_path / "c")) == ()


def with_library(workplace: Workplace, name: str, library: bytes, *, allowed: str = "", more: str = "") -> Path:
    """Write a recipe that puts a library into its package as it is."""
    script = ["mkdir -p $PREFIX/lib", f"cp $RECIPE_DIR/own.so $PREFIX/lib/lib{name}.so"]
    recipe = workplace.recipe(name, script=script, more=more)
    (recipe.parent / "own.so").write_bytes(library)
    linking = f"  dynamic_linking: {{binary_relocation: false, missing_dso_allowlist: [{allowed}]}}\n"
    recipe.write_text(recipe.read_text().replace("  number: 0\n", f"  number: 0\n{linking}"))
    return recipe


def test_a_build_states_the_oldest_c_library_that_it_runs_with(workplace: Workplace) -> None:
    with_library(workplace, "a", make_elf(needed=["libc.so.6"], versions=LIBC))
    assert workplace.statuses() == {"a": "built"}
    index = json.loads(contents(workplace.package("a"))["info/index.json"])
    assert index["constrains"] == ["__glibc >=2.17,<3.0.a0"]
    listed = json.loads((workplace.output / "linux-64" / "repodata.json").read_text())
    [record] = listed["packages.conda"].values()
    assert record["constrains"] == ["__glibc >=2.17,<3.0.a0"]


def test_a_build_that_would_break_elsewhere_fails_with_all_that_is_wrong(workplace: Workplace) -> None:
    versions = {"libc.so.6": {"GLIBC_2.99": ["new"], "GLIBC_PRIVATE": ["secret"]}}
    with_library(workplace, "a", make_elf(needed=["libc.so.6", "libgone.so.1"], versions=versions))
    outcome = workplace.build()["a"]
    assert outcome.status == "failed"
    assert "libgone.so.1, which no package of the channels has [library-missing]" in outcome.reason
    assert "needs new@GLIBC_2.99 of libc.so.6; this machine's own has GLIBC_" in outcome.reason
    assert "[private-symbol]" in outcome.reason
    assert not list(workplace.output.glob("*/a-*.conda"))


def test_a_build_allows_what_its_recipe_allows(workplace: Workplace) -> None:
    with_library(
        workplace,
        "a",
        make_elf(needed=["libgone.so.1"], text_relocations=True),
        allowed="libgone.so.1",
        more="extra: {ownconda: {allowed_findings: {text-relocations: [lib/liba.so]}}}\n",
    )
    assert workplace.statuses() == {"a": "built"}


def test_a_build_gets_the_name_of_the_package_that_it_linked_against(workplace: Workplace) -> None:
    with_library(workplace, "zlib", make_elf(needed=["libc.so.6"]))
    recipe = with_library(workplace, "a", make_elf(needed=["libzlib.so"], runpath="$ORIGIN"))
    recipe.write_text(recipe.read_text().replace("host: []", "host: [zlib]"))
    error = workplace.build()["a"].error
    assert error is not None
    assert "add zlib to requirements.run" in str(error.problems[0].hint)
    recipe.write_text(recipe.read_text().replace("run: []", "run: [zlib]", 1))
    assert workplace.statuses() == {"zlib": "there already", "a": "built"}


@pytest.mark.compiles
def test_what_a_compiler_makes_passes_and_is_held_to_the_floor(workplace: Workplace) -> None:
    source = "echo '#include <stdio.h>' > a.c && echo 'int main(void) { return puts(\"hi\") < 0; }' >> a.c"
    workplace.recipe("a", script=[source, "mkdir -p $PREFIX/bin", "gcc a.c -o $PREFIX/bin/a"])
    assert workplace.statuses() == {"a": "built"}
    package = workplace.package("a")
    [spec] = json.loads(contents(package)["info/index.json"])["constrains"]
    assert spec.startswith("__glibc >=2.")
    assert inspect(package, ChannelFiles([]), Expectations(floor=machine_floor())) == ()
    assert {finding.rule for finding in inspected(package, floor="2.1")} == {"symbol-version-too-new"}
