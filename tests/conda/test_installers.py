"""Packages read out of installers without running them."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from installing import END, SCRIPT, make_installer, tar_of
from making import make_package

from ownconda.conda.installers import unpack_installer
from ownconda.conda.package_files import read_package
from ownconda.errors import WrongInputError

PROGRAM = b"\x7fELF\n@@END_HEADER@@\n" * 9


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    return [make_package(tmp_path / "made", "zlib"), make_package(tmp_path / "made", "xz", extension=".tar.bz2")]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("shape", [{"programs": [PROGRAM]}, {"programs": [PROGRAM, b""]}, {"sizes": False}])
def test_the_packages_are_found_whatever_stands_before_them(
    packages: list[Path], target: Path, tmp_path: Path, shape: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = unpack_installer(make_installer(tmp_path / "own.sh", packages, **shape), target)  # type: ignore[arg-type]
    assert [one.name for one in found.packages] == ["zlib-1.0-h1_0.conda", "xz-1.0-h1_0.tar.bz2"]
    assert [one.read_bytes() for one in found.packages] == [one.read_bytes() for one in packages]
    assert [read_package(one).name for one in found.packages] == ["zlib", "xz"]
    assert found.programs == (0 if "sizes" in shape else len(PROGRAM))
    assert not (tmp_path / "ran.txt").exists()


def test_older_words_for_the_same_sizes_are_understood(packages: list[Path], target: Path, tmp_path: Path) -> None:
    installer = make_installer(tmp_path / "own.sh", packages)
    script, end, rest = installer.read_bytes().partition(END.encode())
    older = script.replace(b"$(( boundary0 ", b"$(( $boundary0 ").replace(b"$(( boundary1 ", b"$(( $boundary1 ")
    installer.write_bytes(older + end + rest)
    assert len(unpack_installer(installer, target).packages) == len(packages)


def test_only_what_lies_where_packages_lie_is_copied(target: Path, tmp_path: Path) -> None:
    names = ["../out.conda", "/abs.conda", "pkgs/../../up.conda", "pkgs/deep/in.conda", "pkgs/urls", "in.conda"]
    tar = tar_of(dict.fromkeys([*names, "pkgs/right.conda"], b"x"))
    (tmp_path / "own.sh").write_bytes(f"{SCRIPT}{END}".encode() + tar)
    found = unpack_installer(tmp_path / "own.sh", target)
    assert [one.name for one in found.packages] == ["right.conda"]
    assert sorted(one.name for one in tmp_path.rglob("*.conda")) == ["right.conda"]


def test_an_installer_that_is_cut_short_is_told(packages: list[Path], target: Path, tmp_path: Path) -> None:
    whole = make_installer(tmp_path / "own.sh", packages).read_bytes()
    (tmp_path / "cut.sh").write_bytes(whole[:-2000])
    with pytest.raises(WrongInputError, match=f"cut short: it has {len(whole) - 2000} bytes, and should have"):
        unpack_installer(tmp_path / "cut.sh", target)
    older = make_installer(tmp_path / "older.sh", packages, sizes=False).read_bytes()
    begin = older.index(END.encode()) + len(END)
    for length in (700, 2048, 2500, len(older) - begin - 10240):
        (tmp_path / "older.sh").write_bytes(older[: begin + length])
        with pytest.raises(WrongInputError, match="the installer is damaged"):
            unpack_installer(tmp_path / "older.sh", target)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"#!/bin/sh\necho installing\n", "isn't an installer that constructor made"),
        (f"{END}x".encode(), "isn't an installer that constructor made"),
        (b"", "isn't an installer that constructor made"),
        (f"{SCRIPT}{END}no tar at all".encode(), "the installer is damaged"),
        (f"{SCRIPT}boundary1=$(( boundary0 + 3 ))\n{END}abc".encode(), "the installer is damaged"),
        (f"{SCRIPT}{END}".encode() + tar_of({}), "there are no packages in this installer"),
    ],
)
def test_what_is_no_such_installer_is_told(content: bytes, told: str, target: Path, tmp_path: Path) -> None:
    (tmp_path / "own.sh").write_bytes(content)
    with pytest.raises(WrongInputError, match=told) as caught:
        unpack_installer(tmp_path / "own.sh", target)
    assert caught.value.problems[0].hint
    assert list(target.iterdir()) == []
