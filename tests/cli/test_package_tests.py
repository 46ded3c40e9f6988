"""`ownconda test-package` on packages that are built for real, each in a tenth of a second."""

import json
from pathlib import Path

import pytest
from making import make_package
from serving import pages, served
from workplace import Workplace

from ownconda.cli.main import run
from ownconda.repodata.channel_folder import read_channel, write_channel


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))
    monkeypatch.chdir(tmp_path)
    return Workplace(tmp_path)


def words_and_one_that_needs_them(workplace: Workplace) -> str:
    """Build ``words``, ``loud`` whose tests look for what it brings, and ``other``; gives the channel."""
    workplace.recipe("words")
    workplace.recipe("loud", run=["words"], test=["grep words $PREFIX/share/words/name"])
    workplace.recipe("other")
    workplace.build()
    return str(workplace.output)


def statuses(printed: str) -> dict[str, str]:
    return {one["package"].partition("/")[2].partition("-")[0]: one["status"] for one in json.loads(printed)}


def test_a_package_is_tested_with_what_it_needs_from_the_channel_that_it_stands_in(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    words_and_one_that_needs_them(workplace)
    assert run(["test-package", str(workplace.package("loud"))]) == 0
    printed = capsys.readouterr()
    assert "passed  linux-64/loud-1.0.0-" in printed.out
    assert printed.err == "1 passed\n"


def test_packages_are_found_by_name_in_the_channels_given(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = words_and_one_that_needs_them(workplace)
    assert run(["test-package", "loud >=1", "other", "--channel", channel, "--json"]) == 0
    assert statuses(capsys.readouterr().out) == {"loud": "passed", "other": "passed"}


def test_what_no_channel_has_is_wrong_input(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    channel = words_and_one_that_needs_them(workplace)
    assert run(["test-package", "loud >=2", "--channel", channel]) == 2
    assert "there is no package 'loud >=2'" in capsys.readouterr().err


def test_dependents_are_tested_with_the_package_in_front_and_a_failure_is_told(
    workplace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = words_and_one_that_needs_them(workplace)
    assert run(["test-package", "words", "--channel", channel, "--dependents", "--json"]) == 0
    assert statuses(capsys.readouterr().out) == {"words": "passed", "loud": "passed"}
    changed = Workplace(tmp_path / "changed")
    changed.recipe("words", script=["mkdir -p $PREFIX/share/words", "echo quiet > $PREFIX/share/words/name"], number=1)
    changed.build()
    report = tmp_path / "report.xml"
    command = ["test-package", str(changed.package("words")), "--channel", channel, "--dependents", "--json"]
    assert run([*command, "--junit", str(report)]) == 1
    printed = capsys.readouterr()
    assert statuses(printed.out) == {"words": "passed", "loud": "failed"}
    assert [one["why"] for one in json.loads(printed.out)] == ["asked for", "needs words"]
    assert "the tests of loud failed" in printed.err
    assert "1 passed, 1 failed" in printed.err
    assert 'failures="1"' in report.read_text()


def test_what_accepts_another_version_only_is_no_dependent(
    workplace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = words_and_one_that_needs_them(workplace)
    needy = tmp_path / "needy" / "linux-64"
    for version, spec in (("1.0", "words"), ("2.0", "words 1.*"), ("3.0", "words >=2")):
        make_package(needy, "needy", version, depends=[spec])
    write_channel(needy.parent, read_channel(needy.parent))
    command = ["test-package", str(workplace.package("words")), "-c", channel, "-c", str(needy.parent), "--dependents"]
    assert run(command) == 0
    printed = capsys.readouterr().out
    assert "no tests  linux-64/needy-2.0-h1_0.conda" in printed
    assert "needy-1.0" not in printed
    assert "needy-3.0" not in printed


def test_packages_of_a_channel_on_a_server_are_fetched(
    workplace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words_and_one_that_needs_them(workplace)
    output = workplace.output
    content = {f"/{path.relative_to(output)}": path.read_bytes() for path in output.rglob("*") if path.is_file()}
    with served(pages(content)) as server:
        assert run(["test-package", "words", "--channel", server.address, "--dependents", "--json"]) == 0
    assert statuses(capsys.readouterr().out) == {"words": "passed", "loud": "passed"}
    assert not list((tmp_path / ".ownconda").rglob("*.conda"))


def test_a_package_for_another_platform_is_told_and_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = make_package(tmp_path / "osx-arm64", subdir="osx-arm64")
    assert run(["test-package", str(package)]) == 0
    assert "not here  osx-arm64/zlib-1.0-h1_0.conda  it is for osx-arm64" in capsys.readouterr().out
