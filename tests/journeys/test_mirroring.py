"""Chosen packages of a channel elsewhere, brought into a channel of a real forge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run
from ownconda.errors import NoError, OutsideError
from ownconda.exit_codes import DONE, NO
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.mirroring import check_licences, mirror, wanted
from ownconda.policy.licences import Licences
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.wires.progress import NoProgress


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ForgeClient]:
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge, ForgeClient(forge.url, token=token) as made:
        yield made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Make a channel on disk: curl needs zlib below 2, and there are things that nobody asked for."""
    channel = tmp_path / "elsewhere"
    for version in ("1.0", "1.5", "2.0"):
        make_package(channel / "linux-64", "zlib", version)
    make_package(channel / "linux-64", "curl", "8.0", depends=["zlib <2"], license="curl")
    make_package(channel / "noarch", "words", subdir="noarch")
    write_channel(channel, read_channel(channel))
    return channel


def brought(client: ForgeClient, elsewhere: Path, *specs: str) -> set[str]:
    packages = wanted(elsewhere.as_uri(), specs, ["linux-64"])
    done = mirror(client, "experimental", packages, ca_file=None, progress=NoProgress())
    return {path.removesuffix("-h1_0.conda") for path in done.new}


def test_what_is_asked_for_comes_with_all_that_it_needs_and_nothing_else(client: ForgeClient, elsewhere: Path) -> None:
    assert brought(client, elsewhere, "curl") == {"linux-64/curl-8.0", "linux-64/zlib-1.5"}
    assert {one.path for one in client.packages("experimental")} == {
        "linux-64/curl-8.0-h1_0.conda",
        "linux-64/zlib-1.5-h1_0.conda",
    }


def test_called_again_it_brings_what_is_newer_by_then(client: ForgeClient, elsewhere: Path) -> None:
    assert brought(client, elsewhere, "curl", "words") == {"linux-64/curl-8.0", "linux-64/zlib-1.5", "noarch/words-1.0"}
    assert brought(client, elsewhere, "curl", "words") == set()
    make_package(elsewhere / "linux-64", "curl", "8.1", depends=["zlib <2"])
    write_channel(elsewhere, read_channel(elsewhere))
    assert brought(client, elsewhere, "curl", "words") == {"linux-64/curl-8.1"}


def test_what_the_organisation_does_not_take_is_told_before_anything_is_sent(elsewhere: Path) -> None:
    packages = wanted(elsewhere.as_uri(), ["curl"], ["linux-64"])
    check_licences(packages, Licences())
    with pytest.raises(NoError, match=r"linux-64/curl-8\.0-h1_0\.conda: its licence isn't taken: curl"):
        check_licences(packages, Licences(allowed=("BlueOak-*",)))


def test_what_cannot_be_installed_there_is_not_brought(elsewhere: Path) -> None:
    with pytest.raises(NoError, match="nix"):
        wanted(elsewhere.as_uri(), ["nix"], ["linux-64"])


def test_a_file_that_is_not_what_the_index_says_is_refused(client: ForgeClient, elsewhere: Path) -> None:
    (elsewhere / "linux-64" / "zlib-2.0-h1_0.conda").write_bytes(b"something else")
    with pytest.raises(OutsideError, match="isn't what the channel lists"):
        brought(client, elsewhere, "zlib")
    assert client.packages("experimental") == ()


def test_the_command_mirrors_from_one_channel_of_a_forge_to_another(
    client: ForgeClient, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_URL", client.url)
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", client._session.auth._token)  # type: ignore[union-attr]  # noqa: SLF001
    command = ["channel", "mirror", str(elsewhere), "experimental", "curl", "--subdir", "linux-64"]
    assert run([*command, "--dry-run"]) == DONE
    assert client.packages("experimental") == ()
    assert run(command) == DONE
    assert "+ linux-64/zlib-1.5-h1_0.conda" in capsys.readouterr().out
    monkeypatch.setenv("OWNCONDA_POLICY_LICENCES_DENIED", "curl")
    assert run(command) == NO
