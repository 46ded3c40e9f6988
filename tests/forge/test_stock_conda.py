"""conda as its users have it, against a running forge: nothing is configured but the channel's address."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forging import running_forge
from making import make_package
from peers import python_with_conda

from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.credentials import conda_token_file, store_conda_token

SETTINGS = "[forge.channels.testing]\ncurrent_repodata = true\n\n[forge.channels.experimental]\n"
SOLVERS = {"classic": "pycosat", "libmamba": "conda_libmamba_solver", "rattler": "conda_rattler_solver"}
CHANNELS = ("testing", "experimental")  # with and without current_repodata.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A forge that runs, in whose channels app 1.1 was yanked after the snapshots of ``whole``."""

    client: ForgeClient
    token: str
    whole: dict[str, int]

    def url(self, channel: str) -> str:
        return f"{self.client.url}/conda/{channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conda:
    """conda with a home, caches and environments of its own."""

    python: str
    home: Path

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command with no settings but these; caches are as new."""
        shutil.rmtree(self.home, ignore_errors=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONDA")}
        own = {"HOME": str(self.home), "CONDA_PKGS_DIRS": str(self.home / "pkgs"), "CONDA_SOLVER": "classic"}
        return subprocess.run(
            [self.python, "-m", "conda", *arguments],
            env=kept | own | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, *arguments: str, **variables: str) -> dict[str, Any]:
        """Give what a command says as JSON."""
        said: dict[str, Any] = json.loads(self.run(*arguments, "--json", **variables).stdout)
        return said

    def created(self, *arguments: str, **variables: str) -> set[str]:
        """Make an environment, and give what is in it; the environment goes."""
        prefix = self.home.with_name("prefix")
        done = self.run("create", "-y", "-q", "-p", str(prefix), *arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        files = {path.stem for path in (prefix / "conda-meta").glob("*.json")}
        assert all((prefix / "share" / f"{name.split('-')[0]}.txt").is_file() for name in files)
        shutil.rmtree(prefix)
        return files


@pytest.fixture(scope="module")
def served(blank: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    python_with_conda("conda")
    place = tmp_path_factory.mktemp("served")
    packages = [
        make_package(place, "zlib", "1.3"),
        make_package(place, "app", "1.0", depends=["zlib >=1.2"]),
        make_package(place, "app", "1.1", depends=["zlib >=1.2"]),
        make_package(place, "tool", subdir="noarch", noarch="generic", extension=".tar.bz2"),
        make_package(place, "newer", depends=['zlib[version=">=1",when="__unix"]']),
    ]
    folder = Path(shutil.copytree(blank[0], place / "forge"))
    (folder / "ownconda.toml").write_text(SETTINGS)
    with running_forge(folder) as forge, ForgeClient(forge.url, token=blank[1]) as client:
        for channel in CHANNELS:
            client.upload(channel, packages)
        whole = {channel: client.history(channel)[0].id for channel in CHANNELS}
        for channel in CHANNELS:
            client.act(channel, "yank", specs=["app ==1.1"])
        yield Served(client=client, token=blank[1], whole=whole)


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    return Conda(python=python_with_conda("conda"), home=tmp_path / "home")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_it_installs_what_is_listed_and_nothing_yanked(served: Served, conda: Conda, solver: str, channel: str) -> None:
    has_solver(conda, solver)
    made = conda.created("--override-channels", "-c", served.url(channel), "app", "tool", CONDA_SOLVER=solver)
    assert made == {"app-1.0-h1_0", "zlib-1.3-h1_0", "tool-1.0-h1_0"}


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_channel_as_it_was_has_what_was_yanked_since(served: Served, conda: Conda, solver: str) -> None:
    has_solver(conda, solver)
    then = served.url(f"testing.at.{served.whole['testing']}")
    assert conda.created("--override-channels", "-c", then, "app", CONDA_SOLVER=solver) == {
        "app-1.1-h1_0",
        "zlib-1.3-h1_0",
    }


@pytest.mark.parametrize(("shards", "zst"), [("true", "true"), ("false", "true"), ("false", "false")])
def test_it_finds_the_same_in_every_form_of_the_index(served: Served, conda: Conda, shards: str, zst: str) -> None:
    files = {"app": "app-1.0-h1_0.conda", "zlib": "zlib-1.3-h1_0.conda", "tool": "tool-1.0-h1_0.tar.bz2"}
    forms = {"CONDA_REPODATA_USE_SHARDS": shards, "CONDA_REPODATA_USE_ZST": zst}
    for name, file in files.items():
        found = conda.told("search", "--override-channels", "-c", served.url("testing"), name, **forms)
        assert [record["fn"] for record in found[name]] == [file]


def test_a_lock_file_installs_the_same_files_yanked_ones_as_well(served: Served, conda: Conda, tmp_path: Path) -> None:
    then, prefix = served.url(f"testing.at.{served.whole['testing']}"), str(tmp_path / "locked")
    assert conda.run("create", "-y", "-q", "-p", prefix, "--override-channels", "-c", then, "app").returncode == 0
    lock = tmp_path / "lock.txt"
    lock.write_text(
        conda.run("list", "--explicit", "--sha256", "-p", prefix).stdout.replace(then, served.url("testing"))
    )
    assert conda.created("--file", str(lock)) == {"app-1.1-h1_0", "zlib-1.3-h1_0"}


def test_a_name_is_enough_where_the_forge_is_the_alias(served: Served, conda: Conda) -> None:
    assert conda.created("--override-channels", "-c", "testing", "tool", CONDA_CHANNEL_ALIAS=served.url("")) == {
        "tool-1.0-h1_0"
    }


def test_a_token_in_the_address_as_user_and_password_is_fine(served: Served, conda: Conda) -> None:
    url = served.url("testing").replace("://", f"://anybody:{served.token}@")
    assert conda.created("--override-channels", "-c", url, "tool") == {"tool-1.0-h1_0"}


@pytest.fixture
def private(blank: tuple[Path, str], tmp_path: Path) -> Iterator[ForgeClient]:
    """A forge whose channels nobody may read without a token."""
    python_with_conda("conda")
    folder = Path(shutil.copytree(blank[0], tmp_path / "private"))
    (folder / "ownconda.toml").write_text("[access.rules.ours]\nwho = ['group:ours']\nmay = ['read']\n")
    with running_forge(folder) as forge, ForgeClient(forge.url, token=blank[1]) as client:
        client.upload("testing", [make_package(tmp_path, "tool")])
        yield client


def test_it_reads_a_private_channel_with_a_token_in_the_address(
    private: ForgeClient, blank: tuple[Path, str], conda: Conda
) -> None:
    url = f"{private.url}/t/{blank[1]}/conda/testing"
    assert conda.created("--override-channels", "-c", url, "tool") == {"tool-1.0-h1_0"}


def test_it_reads_a_private_channel_with_the_token_that_a_login_left(
    private: ForgeClient, blank: tuple[Path, str], conda: Conda, tmp_path: Path
) -> None:
    url, kept = f"{private.url}/conda/testing", {"BINSTAR_CONFIG_DIR": str(tmp_path / "settings")}
    refused = conda.told("search", "--override-channels", "-c", url, "tool", **kept)
    assert refused["status_code"] == 401
    store_conda_token(conda_token_file(kept, private.url), blank[1])
    assert conda.created("--override-channels", "-c", url, "tool", **kept) == {"tool-1.0-h1_0"}


def test_it_shows_notices(served: Served, conda: Conda) -> None:
    served.client.ask("POST", "channels/experimental/notices", json={"message": "Python 3.9 goes in May"})
    done = conda.run("notices", "--override-channels", "-c", served.url("experimental"))
    assert "Python 3.9 goes in May" in done.stdout


def test_a_channel_that_is_not_there_is_told_as_that(served: Served, conda: Conda) -> None:
    told = conda.told("search", "--override-channels", "-c", served.url("nothing"), "app")
    assert (told["exception_name"], told["status_code"]) == ("UnavailableInvalidChannel", 404)


def has_solver(conda: Conda, solver: str) -> None:
    there = subprocess.run([conda.python, "-c", f"import {SOLVERS[solver]}"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip(f"this conda has no solver {solver}")
