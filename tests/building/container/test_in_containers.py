"""Packages built in containers of an image with an older C library than most machines have."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from images import GLIBC, Image, derived, image_of
from workplace import Workplace, contents

from ownconda.cli.main import run
from ownconda.conda.package_files import read_package

pytestmark = pytest.mark.containers

# dlsym moved from libdl to libc with 2.34: whatever uses it needs the C library that it was linked with.
NEWER = (
    r"""printf '#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdio.h>\n"""
    r"""int main(void) { puts(dlsym(0, "puts") ? "found" : "lost"); return 0; }\n' > a.c"""
)
COMPILED = (NEWER, "mkdir -p $PREFIX/bin", "gcc a.c -ldl -o $PREFIX/bin/locate")


@pytest.fixture(scope="module")
def image() -> Image:
    return image_of()


@pytest.fixture
def workplace(tmp_path: Path, image: Image, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    for name, value in image.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return Workplace(tmp_path)


def build(workplace: Workplace, *options: str) -> int:
    return run(["build", str(workplace.recipes), "--output", str(workplace.output), *options])


def glibc_here() -> tuple[int, ...]:
    return tuple(map(int, (os.confstr("CS_GNU_LIBC_VERSION") or "glibc 0").split()[1].split(".")))


def test_the_plan_says_the_image_and_its_floor(
    workplace: Workplace, image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a")
    assert build(workplace, "--in", image.name, "--dry-run") == 0
    told = capsys.readouterr().err.splitlines()
    assert f"floor: glibc {GLIBC} (the image {image.name})" in told
    assert any(line.startswith(f"built in {image.name} (sha256:") and "without a network" in line for line in told)


def test_what_an_image_would_start_itself_is_not_started(
    workplace: Workplace, image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a")
    with derived(image, 'ENTRYPOINT ["/bin/false"]', workplace.archives) as made:
        assert build(workplace, "--in", made, "--dry-run") == 0
    assert f"floor: glibc {GLIBC}" in capsys.readouterr().err


@pytest.mark.skipif(glibc_here() < (2, 34), reason="this machine's C library is as old as the image's")
def test_what_would_need_a_newer_system_is_refused_when_it_is_built_here_and_fine_in_the_image(
    workplace: Workplace, image: Image, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("locate", script=COMPILED, test=["locate"])
    monkeypatch.setenv("OWNCONDA_POLICY_GLIBC", GLIBC)
    assert build(workplace) == 1
    assert "needs __libc_start_main@GLIBC_2.34" in capsys.readouterr().err
    assert build(workplace, "--in", image.name) == 0
    assert read_package(workplace.package("locate")).constrains == ("__glibc >=2.2,<3.0.a0",)


def test_the_same_image_makes_the_same_package_and_the_package_says_which_it_was(
    workplace: Workplace, image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("locate", script=COMPILED, source=workplace.archive("words"), test=["locate"])
    (workplace.recipes.parent / "ownconda.toml").write_text(f'[sources]\nmirrors = ["{workplace.archives}"]\n')
    assert build(workplace, "--in", image.name, "--offline") == 0
    first = workplace.package("locate").read_bytes()
    record = json.loads(contents(workplace.package("locate"))["info/ownconda.json"])
    assert record["builder"]["image"] == image.name
    assert record["builder"]["id"].startswith("sha256:")
    package = workplace.package("locate")
    told = json.loads(package.with_name(f"{package.name}.provenance.json").read_text())["predicate"]
    [made_in] = [one for one in told["buildDefinition"]["resolvedDependencies"] if one["name"] == "image"]
    assert made_in["digest"] == {"sha256": record["builder"]["id"].removeprefix("sha256:")}
    capsys.readouterr()
    assert build(workplace, "--in", image.name) == 0
    assert capsys.readouterr().err == "1 there already\n"
    assert build(workplace, "--in", image.name, "--force", "-j", "1") == 0
    assert workplace.package("locate").read_bytes() == first


def test_what_was_built_outside_of_the_image_is_built_again(
    workplace: Workplace, image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a")
    assert build(workplace) == 0
    assert build(workplace, "--in", image.name, "--dry-run") == 0
    assert "wasn't built in this image" in capsys.readouterr().out


def test_builds_run_beside_each_other_with_what_was_built_before_and_leave_files_of_the_caller(
    workplace: Workplace, image: Image
) -> None:
    workplace.recipe("words")
    workplace.recipe("loud", host=["words"], script=["mkdir $PREFIX/x", "cp $PREFIX/share/words/name $PREFIX/x/loud"])
    workplace.recipe("system", script=["mkdir $PREFIX/etc", "cp /etc/debian_version $PREFIX/etc"])
    assert build(workplace, "--in", image.name, "-j", "2") == 0
    assert contents(workplace.package("loud"))["x/loud"] == b"words\n"
    assert contents(workplace.package("system"))["etc/debian_version"].startswith(b"11.")
    assert {path.stat().st_uid for path in workplace.output.rglob("*")} == {os.getuid()}


def test_make_keeps_to_the_job_server_in_containers_too(workplace: Workplace, image: Image) -> None:
    makefile = r"printf 'all:\n\t@echo $(MAKEFLAGS) > $(PREFIX)/flags\n' > Makefile"
    workplace.recipe("a", script=[makefile, "make -j9"])
    assert build(workplace, "--in", image.name) == 0
    flags = contents(workplace.package("a"))["flags"]
    assert b"--jobserver-auth=" in flags
    assert b"-j9" not in flags


def test_a_script_sees_nothing_of_this_machine_and_has_no_network(workplace: Workplace, image: Image) -> None:
    script = ["mkdir $PREFIX/x", "cat /proc/net/route > $PREFIX/x/route", f"ls {__file__} > $PREFIX/x/seen || true"]
    workplace.recipe("a", script=script)
    assert build(workplace, "--in", image.name) == 0
    found = contents(workplace.package("a"))
    assert found["x/seen"] == b""
    assert len(found["x/route"].splitlines()) <= 1


def test_a_failed_test_is_told_with_its_log(
    workplace: Workplace, image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a", test=["echo that is wrong", "false"])
    assert build(workplace, "--in", image.name) == 1
    assert "that is wrong" in capsys.readouterr().err


def test_packages_are_tested_in_an_image_as_well(workplace: Workplace, image: Image) -> None:
    workplace.recipe("a", test=["grep ^11 /etc/debian_version"])
    assert build(workplace, "--in", image.name) == 0
    assert run(["test-package", str(workplace.package("a")), "--in", image.name]) == 0


def test_an_image_that_is_nowhere_is_told(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    workplace.recipe("a")
    assert build(workplace, "--in", "localhost/ownconda-tests-nowhere", "--offline") == 3
    assert "isn't here (offline)" in capsys.readouterr().err


def test_a_build_that_takes_too_long_ends_with_its_container(
    workplace: Workplace, image: Image, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a", script=["sleep 300 & sleep 300"])
    monkeypatch.setenv("OWNCONDA_BUILD_TIMEOUT", "0.05")
    assert build(workplace, "--in", image.name) == 1
    assert "it took longer than 0.05 minutes" in capsys.readouterr().err
    assert of_process(os.getpid(), image) == []


@pytest.fixture
def driver(workplace: Workplace, image: Image) -> Iterator[subprocess.Popen[bytes]]:
    """Run a build that would take minutes, in a process of its own, until both its containers are at work."""
    for name in ("a", "b"):
        workplace.recipe(name, script=["sleep 0.5", "echo at work", "sleep 300 & sleep 300"])
    command = [sys.executable, "-m", "ownconda", "build", str(workplace.recipes), "-o", str(workplace.output)]
    with subprocess.Popen([*command, "-j", "2", "--in", image.name], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: sum("at work" in log.read_text() for log in workplace.output.glob(".build/logs/*")) == 2)
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_no_container_outlives_the_command(
    driver: subprocess.Popen[bytes], image: Image, number: signal.Signals
) -> None:
    assert len(of_process(driver.pid, image)) == 2
    driver.send_signal(number)
    driver.wait(90)
    wait_until(lambda: of_process(driver.pid, image) == [])


def of_process(number: int, image: Image) -> list[str]:
    return [name for name in image.containers() if name.startswith(f"ownconda-{number}-")]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
