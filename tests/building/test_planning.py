"""Plans: what is built, skipped or refused, by what is here and what the channels given hold."""

import json
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from workplace import Workplace

from ownconda.cli.main import run
from ownconda.errors import NoError
from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True)
class Command:
    """`ownconda build` on a workplace's recipes."""

    workplace: Workplace
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run it, and give what it says on stderr."""
        return self._run(*words, code=code)[1]

    def actions(self, *words: str, code: int = 0) -> dict[str, tuple[str, str]]:
        """Give the plan's action and reason for each recipe."""
        steps = json.loads(self._run("--dry-run", "--json", *words, code=code)[0])
        return {Path(step["recipe"]).parent.name: (step["action"], step["reason"]) for step in steps}

    def drawn(self, *words: str) -> str:
        """Give the plan as a picture."""
        return self._run("--dry-run", *words, code=0)[0]

    def _run(self, *words: str, code: int) -> tuple[str, str]:
        self.capsys.readouterr()
        assert run(["build", str(self.workplace.recipes), "-o", str(self.workplace.output), *words]) == code
        out, err = self.capsys.readouterr()
        return out, err


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True)


@pytest.fixture
def command(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(workplace, capsys)


def test_what_a_channel_given_holds_is_not_built_again(workplace: Workplace, command: Command, tmp_path: Path) -> None:
    workplace.recipe("zlib")
    workplace.recipe("png", host=["zlib"])
    workplace.build()
    channel, workplace.output = workplace.output.as_uri(), tmp_path / "elsewhere"
    assert command.actions("-c", channel) == dict.fromkeys(("zlib", "png"), ("skip", f"in {channel}"))
    workplace.recipe("png", host=["zlib"], number=1)
    workplace.channels = (channel,)
    assert workplace.statuses() == {"png": "built", "zlib": "there already"}


def test_the_same_name_is_never_made_twice_from_something_else(
    workplace: Workplace, command: Command, tmp_path: Path
) -> None:
    workplace.recipe("zlib")
    workplace.build()
    workplace.channels, workplace.output = (workplace.output.as_uri(),), tmp_path / "elsewhere"
    workplace.recipe("zlib", script=["mkdir -p $PREFIX/other"])
    with pytest.raises(NoError, match=r"zlib-1\.0\.0-\w+_0\.conda is in .* made from something else") as raised:
        workplace.build()
    assert "recipe bump zlib" in str(raised.value.problems[0].hint)
    assert "refused: " in command("--dry-run", "-c", workplace.channels[0], code=1)


def test_a_forge_is_asked_what_its_packages_were_made_from(
    workplace: Workplace, command: Command, tmp_path: Path
) -> None:
    workplace.recipe("zlib")
    workplace.build()
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge:
        with ForgeClient(forge.url, token=token) as client:
            client.upload("testing", [workplace.package("zlib")])
        channel, workplace.output = f"{forge.url}/conda/testing", tmp_path / "elsewhere"
        assert command.actions("-c", channel)["zlib"][0] == "skip"
        workplace.recipe("zlib", script=["mkdir -p $PREFIX/other"])
        assert command.actions("-c", channel, code=1)["zlib"][0] == "refuse"


def test_a_run_goes_on_with_what_failed(workplace: Workplace, command: Command) -> None:
    workplace.recipe("bad", script=["exit 1"])
    workplace.recipe("after-bad", host=["bad"])
    workplace.recipe("good")
    assert "nothing is known of an earlier run" in command("--from-failed", code=2)
    command(code=1)
    assert set(command.actions("--from-failed")) == {"bad", "after-bad"}


def test_the_outlook_tells_levels_and_how_long_it_takes(workplace: Workplace, command: Command) -> None:
    workplace.recipe("zlib")
    workplace.recipe("png", host=["zlib"])
    workplace.recipe("other")
    told = command("--dry-run", "-j2")
    assert "3 to build in 2 levels, 2 at a time: about 1 min 0 s (work 1 min 30 s, longest chain 1 min 0 s)" in told
    workplace.build()
    assert "work 1 min 30 s" not in command("--dry-run", "--force")


def test_what_changed_in_git_is_chosen(workplace: Workplace, command: Command) -> None:
    workplace.recipe("zlib")
    workplace.recipe("png", host=["zlib"])
    git(workplace.recipes, "init", "-q")
    git(workplace.recipes, "add", "-A")
    git(workplace.recipes, "commit", "-qm", "first")
    assert command.actions("--changed") == {}
    workplace.recipe("zlib", number=1)
    assert set(command.actions("--changed")) == {"zlib"}
    assert set(command.actions("--changed", "HEAD", "--rebuild-dependents")) == {"zlib", "png"}


def test_a_plan_is_drawn(workplace: Workplace, command: Command) -> None:
    workplace.recipe("zlib")
    workplace.recipe("png", host=["zlib"])
    workplace.build()
    workplace.recipe("png", host=["zlib"], number=1)
    drawing = command.drawn("--out", "mermaid")
    assert "zlib 1.0.0" in drawing
    assert "-->" in drawing
    assert 'fillcolor="#fff0b8"' in command.drawn("--out", "dot")


def test_the_outcome_is_written_as_junit_whatever_a_log_holds(
    workplace: Workplace, command: Command, tmp_path: Path
) -> None:
    workplace.recipe("bad", script=["printf '\\001 <&> no\\n'", "exit 1"])
    workplace.recipe("good")
    command("--junit", str(tmp_path / "report.xml"), code=1)
    [suite] = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314  (our own)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert {case.get("classname"): case.find("failure") is not None for case in suite} == {"bad": True, "good": False}
