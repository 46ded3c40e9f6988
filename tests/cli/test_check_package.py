import json
from pathlib import Path

import pytest
from making import make_package
from making_elf import make_elf

from ownconda.cli.main import run
from ownconda.repodata.channel_folder import read_channel, write_channel

NEW = {"libc.so.6": {"GLIBC_2.34": ["dlsym"]}}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return make_package(tmp_path / "linux-64", "tool", files={"lib/tool.so": make_elf(versions=NEW)})


def test_errors_make_the_exit_code_1_and_say_what_to_do(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check-package", str(package), "--floor", "2.28"]) == 1
    printed = capsys.readouterr()
    error, hint = printed.out.splitlines()
    assert error.startswith("error: tool-1.0-h1_0.conda: lib/tool.so: needs dlsym@GLIBC_2.34 of libc.so.6;")
    assert (
        hint == "  hint: build it where the system is as old as the floor (--in IMAGE), or against an older system root"
    )
    assert printed.err == "1 package inspected for glibc 2.28 (manylinux_2_28): 1 error\n"


def test_a_package_without_errors_is_fine(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check-package", str(package), "--floor", "manylinux_2_34"]) == 0
    assert "nothing found" in capsys.readouterr().err


def test_findings_can_be_had_as_json(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check-package", str(package), "--floor", "2.28", "--json"]) == 1
    [finding] = json.loads(capsys.readouterr().out)
    assert finding["package"] == str(package)
    assert (finding["rule"], finding["severity"], finding["symbol"]) == ("symbol-version-too-new", "error", "dlsym")


def test_requirements_are_looked_for_beside_the_package_and_in_given_channels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_package(tmp_path / "other" / "linux-64", "zlib", files={"lib/libz.so.1": make_elf()})
    write_channel(tmp_path / "other", read_channel(tmp_path / "other"))
    files = {"lib/tool.so": make_elf(needed=["libz.so.1"], runpath="$ORIGIN")}
    package = make_package(tmp_path / "own" / "linux-64", "tool", files=files, depends=["zlib"])
    assert run(["check-package", str(package)]) == 0
    assert "requirement-unknown" in capsys.readouterr().out
    assert run(["check-package", str(package), "--channel", (tmp_path / "other").as_uri()]) == 0
    assert capsys.readouterr().out == ""


def test_a_floor_that_is_none_is_wrong_input(package: Path) -> None:
    assert run(["check-package", str(package), "--floor", "old"]) == 2


def test_a_file_that_is_no_package_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a-1-0.conda").write_bytes(b"nothing")
    assert run(["check-package", str(tmp_path / "a-1-0.conda")]) == 2
    assert "can't be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["n" * 300, "loop/a-1-0.conda"])
def test_a_place_that_cannot_be_reached_is_told(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert run(["check-package", str(tmp_path / name)]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_files_that_are_no_packages_keep_no_other_from_being_inspected(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a-1-0.conda", "z-1-0.tar.bz2"):
        (package.parent / name).write_bytes(b"nothing")
    assert run(["check-package", str(tmp_path), "--floor", "2.28"]) == 2
    printed = capsys.readouterr()
    assert "error: tool-1.0-h1_0.conda: lib/tool.so" in printed.out
    assert printed.err.count("the package can't be read") == 2
    assert "1 package inspected" in printed.err


def test_the_organisation_s_floor_and_libraries_hold(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_POLICY_GLIBC", "2.28")
    assert run(["check-package", str(package)]) == 1
    assert "inspected for glibc 2.28 (manylinux_2_28): 1 error" in capsys.readouterr().err
    assert run(["check-package", str(package), "--floor", "2.34"]) == 0
    linked = make_package(tmp_path / "linux-64", "linked", files={"lib/a.so": make_elf(needed=["libcuda.so.1"])})
    assert run(["check-package", str(linked)]) == 1
    monkeypatch.setenv("OWNCONDA_POLICY_SYSTEM_LIBRARIES", "manylinux_2_28,libcuda.so.1")
    assert run(["check-package", str(linked)]) == 0
