from pathlib import Path

import pytest

from ownconda.cli.channel_addresses import channel_address

FORGE = "http://forge.invalid/"


@pytest.mark.parametrize("channel", ["testing", "testing/"])
def test_a_bare_name_is_a_channel_of_the_forge_with_a_slash_too(
    channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert channel_address(channel, FORGE) == "http://forge.invalid/conda/testing"


@pytest.mark.parametrize("channel", ["testing/", "./testing", "./testing/"])
def test_a_slash_makes_it_a_folder_where_there_is_one(
    channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "testing").mkdir()
    assert channel_address(channel, FORGE) == (tmp_path / "testing").as_uri()


@pytest.mark.parametrize("channel", ["./absent", "absent/channel", "/", "../"])
def test_what_can_only_be_a_path_is_a_folder(channel: str) -> None:
    assert channel_address(channel, FORGE) == Path(channel).resolve().as_uri()


def test_a_home_that_nobody_has_and_links_in_circles_are_no_reason_to_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    assert channel_address("./loop/x", FORGE) == (tmp_path / "loop" / "x").as_uri()
    assert channel_address("~nobody-has-this-name/x", FORGE) == (tmp_path / "~nobody-has-this-name/x").as_uri()


def test_an_address_stays_as_it_is() -> None:
    assert channel_address("https://elsewhere.invalid/x/", FORGE) == "https://elsewhere.invalid/x/"
