import json
import os
import pty
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


@pytest.mark.parametrize("words", ["--help", "config", "config --help"])
def test_a_closed_pipe_is_no_error(words: str) -> None:
    program = f"set -o pipefail; {sys.executable} -m ownconda {words} | true"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("stderr", ["2> /dev/full", "2>&1 | true"])
def test_an_exit_code_holds_though_nobody_can_be_told(stderr: str, tmp_path: Path) -> None:
    for words, code in (("build absent", 2), ("build --nonsense", 2), ("channel list --forge http://127.0.0.1:9", 3)):
        program = f"set -o pipefail; {sys.executable} -m ownconda {words} {stderr}"
        assert subprocess.run(["bash", "-c", program], cwd=tmp_path, check=False).returncode == code


@pytest.mark.parametrize("words", ["--help", "config", "config --json"])
def test_a_full_disk_behind_stdout_is_exit_code_3(words: str) -> None:
    program = f"{sys.executable} -m ownconda {words} > /dev/full"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "error: output: can't be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["config", "env create -p x y", "build"])
def test_a_deleted_working_directory_is_exit_code_3_with_one_clear_line(words: str, tmp_path: Path) -> None:
    program = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m ownconda {words}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "error: the working directory can't be used: No such file or directory",
        "hint: was it deleted? change to another one",
    ]


def test_an_unknown_platform_is_exit_code_2(tmp_path: Path) -> None:
    done = ownconda("env", "create", "-p", "env", "-c", "./channel", "--platform", "foo-99", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'foo-99' isn't a subdir")


def test_an_unknown_variable_gets_a_warning_and_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNCONDA_CHANELS", "stable")
    done = ownconda("config", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "warning: OWNCONDA_CHANELS: is no setting, it is ignored; did you mean OWNCONDA_CHANNELS?"
    ]


@pytest.mark.parametrize(("no_color", "bold"), [("1", False), ("", True)])
def test_no_color_means_no_escape_sequences_on_a_terminal(no_color: str, *, bold: bool, tmp_path: Path) -> None:
    watcher, terminal = pty.openpty()
    environment = os.environ | {"NO_COLOR": no_color, "TERM": "xterm"}
    program = [sys.executable, "-m", "ownconda", "config"]
    with subprocess.Popen(program, stdout=terminal, stderr=terminal, env=environment, cwd=tmp_path) as running:
        os.close(terminal)
        shown = os.read(watcher, 100)
        running.terminate()
    os.close(watcher)
    assert shown.lstrip(b"\x1b[1m").startswith(b"SETTING")
    assert (b"\x1b" in shown) is bold


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_serve_both_names(shell: str) -> None:
    done = ownconda("completion", shell)
    assert done.returncode == 0
    assert "_OWNCONDA_COMPLETE" in done.stdout
    assert "_OWN_COMPLETE" in done.stdout


@pytest.mark.parametrize("name", ["ownconda", "own"])
def test_bash_completes_commands(name: str) -> None:
    script = (
        f'eval "$({name} completion bash)"; '
        f"COMP_WORDS=({name} dep); COMP_CWORD=1; _{name}_completion {name}; echo ${{COMPREPLY[@]}}"
    )
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=True)
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
