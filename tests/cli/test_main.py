import json
import subprocess
import sys
from pathlib import Path

import pytest

from ownconda.cli.main import COMMANDS, run


def ownconda(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ownconda", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_help_lists_every_command_and_imports_none() -> None:
    program = (
        "import sys; from ownconda.cli.main import run; run(['--help']); "
        "slow = ('rich', 'rattler', 'rattler_build', 'typed_settings', 'requests'); "
        "print([name for name in slow if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "Example" in capsys.readouterr().out


def test_a_misspelt_command_is_told_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bild"]) == 2
    assert "Did you mean 'build'?" in capsys.readouterr().err


def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "--no-such-option"]) == 2
    assert "No such option" in capsys.readouterr().err


def test_wrong_input_is_exit_code_2_with_place_and_hint(tmp_path: Path) -> None:
    done = ownconda("build", "absent", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "error: absent: isn't there",
        "hint: give a recipe, or a folder of recipes",
    ]


def test_something_outside_that_is_missing_is_exit_code_3(tmp_path: Path) -> None:
    done = ownconda("env", "create", "-p", "env", "-c", "http://127.0.0.1:9/conda/none", "zlib", cwd=tmp_path)
    assert done.returncode == 3
    assert "can't be read" in done.stderr
    assert not (tmp_path / "env").exists()


def test_the_answer_no_is_exit_code_1(tmp_path: Path) -> None:
    channel = tmp_path / "channel" / "noarch"
    channel.mkdir(parents=True)
    (channel / "repodata.json").write_text('{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{}}')
    done = ownconda("env", "create", "-p", "env", "-c", "./channel", "nothing", cwd=tmp_path)
    assert done.returncode == 1
    assert "nothing" in done.stderr


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m ownconda --help | head -n 1"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: ownconda")
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_serve_both_names(shell: str) -> None:
    done = ownconda("completion", shell)
    assert done.returncode == 0
    assert "_OWNCONDA_COMPLETE" in done.stdout
    assert "_OWN_COMPLETE" in done.stdout


def test_bash_completes_commands() -> None:
    script = (
        f'ownconda() {{ {sys.executable} -m ownconda "$@"; }}; '
        f'eval "$({sys.executable} -m ownconda completion bash)"; '
        "COMP_WORDS=(ownconda dep); COMP_CWORD=1; _ownconda_completion ownconda; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "dep-graph"


def test_config_tells_where_each_value_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownconda.toml").write_text('[build]\noutput = "dist"\n[forge]\nurl = "http://file.example"\n')
    monkeypatch.setenv("OWNCONDA_FORGE_URL", "http://environment.example")
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", "own_secret")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    rows = {row["name"]: row for row in json.loads(ownconda("config", "--json", cwd=below).stdout)}
    assert rows["forge.url"]["value"] == "http://environment.example"
    assert rows["forge.url"]["source"] == "OWNCONDA_FORGE_URL"
    assert rows["build.output"]["value"] == str(tmp_path / "dist")
    assert rows["build.output"]["source"] == str(tmp_path / "ownconda.toml")
    assert rows["build.recipes"]["source"] == "default"
    assert rows["forge.token"]["value"] == "*****"


def test_a_wrong_setting_names_the_file_and_the_option(tmp_path: Path) -> None:
    (tmp_path / "ownconda.toml").write_text("[build]\nouput = 3\n")
    done = ownconda("config", cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "ownconda.toml") in done.stderr
    assert "ouput" in done.stderr
