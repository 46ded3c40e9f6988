"""The main job as a newcomer does it, for real: what it compiles, the tests after it use."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from console_examples import fits, read_page

from ownconda.conda.solver import solve

pytestmark = pytest.mark.compiles

CHECKOUT = Path(__file__).resolve().parents[2]
SITE = CHECKOUT / ".ownconda" / "quickstart"
CHANNEL = SITE / "channel"
SECONDS = 60.0


def run(*command: str | Path, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def ownconda(*arguments: str | Path, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "ownconda", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def quickstart() -> subprocess.CompletedProcess[str]:
    """Run what the README says first; where it has run before, this is its second run."""
    done = run("make", "quickstart")
    assert done.returncode == 0, done.stderr[-4000:]
    return done


@pytest.fixture
def forge(quickstart: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """Start the forge that the quickstart left, with the command that it printed; give its address."""
    [command] = re.findall(r"ownconda (forge serve \S+) --port", quickstart.stdout)
    process = subprocess.Popen(
        [sys.executable, "-m", "ownconda", *command.split(), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip("/")
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def test_it_ends_with_where_everything_is_and_how_long_it_took(quickstart: subprocess.CompletedProcess[str]) -> None:
    for title in ("set up a forge", "build from source", "upload", "promote", "install over HTTP", "in all"):
        assert re.search(rf"^{title} +\d+\.\d$", quickstart.stdout, re.MULTILINE), title
    assert "The page:         http://127.0.0.1:" in quickstart.stdout
    assert f"The environment:  {SITE / 'environment'}" in quickstart.stdout
    assert "Try next:" in quickstart.stdout
    assert "The forge is stopped. To start it again:" in quickstart.stdout


def test_it_prints_what_the_readme_shows(quickstart: subprocess.CompletedProcess[str]) -> None:
    page = read_page((CHECKOUT / "README.md").read_text())
    [command] = [one for block in page.blocks for one in block.commands if one.text == "make quickstart"]
    # what was built and uploaded is counted anew in each run, and a port in use is gone around
    shown = tuple(re.sub(r"\d+", "0", line) for line in command.shown)
    printed = re.sub(r"\d+", "0", quickstart.stderr + quickstart.stdout)
    assert fits(shown, re.sub(r"made in (\S+)|(\S+) is there already", r"made in \1\2", printed)), printed


def test_it_runs_the_program_that_was_installed(quickstart: subprocess.CompletedProcess[str]) -> None:
    assert "xn--bcher-kva.example" in quickstart.stdout


@pytest.mark.usefixtures("quickstart")
def test_a_second_run_builds_nothing_twice() -> None:
    run("make", "quickstart")  # what another test has built into the same folder is uploaded by this one
    again = run("make", "quickstart")
    assert again.returncode == 0, again.stderr
    assert "build from source: 0 packages built" in again.stderr
    assert re.search(r"upload: 0 added to testing, \d+ there already", again.stderr)


@pytest.mark.usefixtures("quickstart")
def test_on_a_terminal_the_forge_stays_until_ctrl_c() -> None:
    process, terminal = _on_a_terminal([sys.executable, "-m", "ownconda", "quickstart"])
    shown = _read_until(terminal, "The forge runs on until Ctrl-C.")
    [page] = re.findall(r"The page: +(http://\S+)", shown)
    assert "own_hello" in requests.get(page, timeout=SECONDS).text
    os.write(terminal, b"\x03")
    assert process.wait(timeout=SECONDS) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=SECONDS)


@pytest.mark.usefixtures("quickstart")
def test_interrupted_it_ends_cleanly_and_the_next_run_goes_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ownconda", "quickstart"], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while "start the forge" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert ownconda("quickstart").returncode == 0


@pytest.mark.usefixtures("quickstart")
def test_killed_it_takes_its_forge_with_it_and_the_next_run_goes_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ownconda", "quickstart"], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while "start the forge" not in process.stderr.readline():
        assert process.poll() is None
    process.kill()
    process.communicate(timeout=SECONDS)
    again = ownconda("quickstart")
    assert again.returncode == 0, again.stderr


IMPORTS = "bz2, ctypes, curses, lzma, pyexpat, readline, sqlite3, ssl, zlib"


def test_an_environment_is_installed_over_http_and_works(forge: str, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    done = ownconda("env", "create", "-p", prefix, "-c", f"{forge}/conda/stable", "own_hello", "python", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    python = prefix / "bin" / "python"
    told = subprocess.run(
        [python, "-c", f"import {IMPORTS}; ssl.create_default_context(); print(ssl.OPENSSL_VERSION)"],
        env=bare,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith("OpenSSL 3.5")
    greeted = subprocess.run(
        [prefix / "bin" / "own-hello", "Ann@bücher.example"], env=bare, capture_output=True, text=True, check=True
    )
    assert "xn--bcher-kva.example" in greeted.stdout


def test_installed_libraries_come_from_the_prefix_alone(forge: str, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    assert ownconda("env", "create", "-p", prefix, "-c", f"{forge}/conda/stable", "python").returncode == 0
    modules = [*prefix.glob("lib/python3.13/lib-dynload/*.so"), prefix / "bin" / "python3.13"]
    listed = run("ldd", *modules).stdout
    found = {line.split(" => ")[0].strip(): line.split(" => ")[1] for line in listed.splitlines() if " => " in line}
    system = {name for name, where in found.items() if not where.startswith(str(prefix))}
    assert system <= {"libc.so.6", "libm.so.6"}
    assert "not found" not in listed


def test_a_client_that_adds_pip_to_python_finds_it(forge: str) -> None:
    solved = solve([f"{forge}/conda/stable"], ["python"], pip_with_python=True)
    assert {"python", "pip"} <= set(solved.names)


@pytest.mark.usefixtures("quickstart")
def test_all_recipes_build_and_pass_their_tests() -> None:
    done = ownconda("build", "recipes", "examples", "--output", CHANNEL, "--json")
    assert done.returncode == 0, done.stderr[-4000:]
    outcomes = json.loads(done.stdout)
    assert {outcome["status"] for outcome in outcomes} <= {"built", "there already"}
    recipes = {path.parent.name for path in (CHECKOUT / "recipes").glob("*/recipe.yaml")}
    assert len(outcomes) == len(recipes) + 1


@pytest.mark.usefixtures("quickstart")
def test_packages_made_again_elsewhere_are_the_same() -> None:
    quick = [path for name in ("bzip2", "idna", "readline", "zlib") for path in CHANNEL.glob(f"*/{name}-[0-9]*.conda")]
    done = ownconda("verify", *quick)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert [line.split() for line in done.stdout.splitlines()] == [["same", path.name] for path in quick]


def _on_a_terminal(command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    attached = ["setsid", "--ctty", "--wait", *command]
    process = subprocess.Popen(attached, cwd=CHECKOUT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    return process, ours


def _read_until(terminal: int, text: str) -> str:
    shown, deadline = "", time.monotonic() + SECONDS
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"{text!r} never came:\n{shown}"
        shown += os.read(terminal, 65536).decode(errors="replace")
    return shown.replace("\r", "")
