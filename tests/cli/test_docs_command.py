"""`ownconda docs` against a forge that runs, with a site that Sphinx built."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from forging import new_forge, running_forge
from siting import built_by_sphinx, tarred

from ownconda.cli.main import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A forge, and a folder with the pages of a real site."""

    url: str
    pages: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    root, token = new_forge(folder / "forge")
    with running_forge(root) as forge, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWNCONDA_FORGE_URL", forge.url)
        patch.setenv("OWNCONDA_FORGE_TOKEN", token)
        yield Place(url=forge.url, pages=built_by_sphinx(folder))


def test_a_folder_that_sphinx_built_is_hosted_when_the_command_returns(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    upload = ["docs", "upload", "shop", "1.0", str(place.pages)]
    outcomes = []
    for _ in range(2):
        assert run(upload) == 0
        outcomes.append(" ".join(capsys.readouterr().out.split()))
    address = f"{place.url}/docs/shop/1.0/"
    assert outcomes == [f"added {address}", f"there already {address}"]
    assert "Fill a basket" in requests.get(f"{place.url}/docs/shop/stable/guide.html", timeout=10).text
    assert "Shop &amp; Co" in requests.get(f"{place.url}/docs/?q=Basket", timeout=10).text


@pytest.mark.usefixtures("place")
def test_what_is_hosted_is_listed_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.tar").write_bytes(tarred())
    for version in ("1.0", "2.0rc1"):
        assert run(["docs", "upload", "till", version, str(tmp_path / "site.tar")]) == 0
    capsys.readouterr()
    assert run(["docs", "list", "till"]) == 0
    rows = [line.split()[:4] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["till", "2.0rc1", "latest", "3"], ["till", "1.0", "stable", "3"]]
    assert run(["docs", "remove", "till", "2.0rc1"]) == 0
    capsys.readouterr()
    assert run(["docs", "list", "till", "--json"]) == 0
    [project] = json.loads(capsys.readouterr().out)
    assert (project["latest"], [one["version"] for one in project["versions"]]) == ("1.0", ["1.0"])


@pytest.mark.usefixtures("place")
def test_what_is_refused_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.tar").write_bytes(tarred())
    other = tmp_path / "other.tar"
    other.write_bytes(tarred({"index.html": b"x"}))
    assert run(["docs", "upload", "kept", "1.0", str(tmp_path / "site.tar")]) == 0
    for arguments, code, told in (
        (["upload", "kept", "1.0", str(other)], 1, "kept 1.0 is there already, with other pages"),
        (["upload", "kept", "1.0", str(other), "--replace"], 0, ""),
        (["upload", "kept", "1.1", str(tmp_path)], 2, "has no index.html"),
        (["upload", "kept", "stable", str(other)], 2, "'stable' can't be uploaded"),
        (["remove", "kept", "9"], 2, "kept has no documentation of '9'"),
    ):
        capsys.readouterr()
        assert (run(["docs", *arguments]), told in capsys.readouterr().err) == (code, True), arguments
