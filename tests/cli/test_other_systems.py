"""What Windows hasn't got, taken away from an interpreter: commands that read and upload still work there."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import importlib, os, pkgutil, select, signal, sys

LACKING = {"fcntl", "grp", "pwd", "resource", "termios"}


class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name in LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Lacking())
for name in LACKING:
    sys.modules.pop(name, None)
for module, names in {
    os: ("fchmod", "fork", "geteuid", "getgid", "getuid", "killpg", "mkfifo", "setsid"),
    select: ("poll",),
    signal: ("SIGHUP", "SIGKILL"),
}.items():
    for name in names:
        delattr(module, name)
"""


def without(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"{WITHOUT}\n{code}", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_every_command_can_be_imported() -> None:
    done = without("""
import ownconda.cli
for module in pkgutil.iter_modules(ownconda.cli.__path__):
    importlib.import_module(f"ownconda.cli.{module.name}")
""")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["recipe", "render"], ["dep-graph"], ["validate-recipes"]], ids=" ".join)
def test_commands_that_read_recipes_work(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "package: {name: words, version: 1.0}\nbuild: {number: 0}\n"
        "about: {license: MIT, license_file: LICENSE, summary: some}\n"
    )
    done = without("from ownconda.cli.main import run; sys.exit(run(sys.argv[1:]))", *words, str(tmp_path))
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}
