"""Results of tests on their way from `ownconda test-package` to the gate of a real forge."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from workplace import Workplace

from ownconda.cli.main import run
from ownconda.forge_client.client import ForgeClient

CHANNELS = """
[forge.channels.staging]
[forge.channels.stable]
promoted_from = "staging"
gated = true
tests = true
"""
SAYING = "mkdir -p $PREFIX/share/{name} && echo {word} > $PREFIX/share/{name}/name"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForgeClient, str]]:
    """A forge with `words` and `lines` in stable, and `loud` and `long`, whose tests look for what these bring."""
    root = tmp_path_factory.mktemp("tested")
    folder, token = new_forge(root / "forge")
    (folder / "ownconda.toml").write_text(CHANNELS)
    workplace = Workplace(root)
    for name, user in (("words", "loud"), ("lines", "long")):
        workplace.recipe(name, script=[SAYING.format(name=name, word=name)])
        workplace.recipe(user, run=[name], test=[f"grep {name} $PREFIX/share/{name}/name"])
    workplace.build()
    with running_forge(folder) as running, ForgeClient(running.url, token=token) as client:
        client.upload("stable", [workplace.package(name) for name in ("words", "loud", "lines", "long")])
        yield client, token


@pytest.fixture
def forge(home: tuple[ForgeClient, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ForgeClient:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", home[0].url)
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", home[1])
    return home[0]


def built_anew(forge: ForgeClient, place: Path, name: str, *, word: str) -> Path:
    """Build a package once more, and upload it to staging."""
    workplace = Workplace(place)
    workplace.recipe(name, script=[SAYING.format(name=name, word=word)], number=1)
    workplace.build()
    forge.upload("staging", [workplace.package(name)])
    return workplace.package(name)


def posted(forge: ForgeClient, file: Path, *options: str) -> int:
    channel = forge.channel_url("stable")
    return run(["test-package", str(file), "--channel", channel, "--dependents", "--post", *options])


def promoted(name: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(["channel", "promote", "staging", "stable", name, *options])
    return code, "".join(capsys.readouterr())


def test_a_package_enters_when_what_needs_it_has_passed_its_tests_with_it(
    forge: ForgeClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = built_anew(forge, tmp_path / "changed", "words", word="words")
    code, said = promoted("words", capsys)
    assert code == 1
    assert "not tested: linux-64/loud-1.0.0-" in said
    assert posted(forge, file, "--log", "https://gitlab.example/jobs/7") == 0
    assert promoted("words", capsys)[0] == 0
    assert run(["channel", "tested", "stable", "loud", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["package"].startswith("linux-64/loud-1.0.0-")
    assert told["together_with"] == f"linux-64/{file.name}"
    assert (told["status"], told["author"], told["log"]) == ("passed", "init", "https://gitlab.example/jobs/7")


def test_a_failure_keeps_it_out_until_a_newer_result_or_a_waiver(
    forge: ForgeClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert posted(forge, built_anew(forge, tmp_path / "changed", "lines", word="nothing")) == 1
    code, said = promoted("lines", capsys)
    assert code == 1
    assert "failed: linux-64/long-1.0.0-" in said
    assert promoted("lines", capsys, "--dry-run", "--waive", "tests", "--reason", "the test is wrong")[0] == 0
    assert run(["channel", "tested", "stable", "long", "--with", "lines", "--from", "staging", "--passed"]) == 0
    assert promoted("lines", capsys)[0] == 0


@pytest.mark.usefixtures("forge")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["loud", "--with", "words"], "needs --passed or --failed"),
        (["--passed"], "Say what was tested"),
        (["loud", "--from", "staging", "--passed"], "named by --with"),
        (["nothing", "--passed"], "nothing matches 'nothing'"),
        (["loud", "--passed", "--log", "here"], "'log' has to be an address"),
    ],
)
def test_what_says_too_little_is_wrong_input(command: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "tested", "stable", *command]) == 2
    assert said in capsys.readouterr().err
