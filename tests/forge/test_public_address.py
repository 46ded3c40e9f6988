"""The address that a forge names as its own."""

import shutil
from pathlib import Path

import pytest
from forging import opened_forge
from making import make_package

from ownconda.errors import WrongInputError
from ownconda.forge.opening import open_services
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings


def public(url: str) -> Settings:
    return Settings(forge=ForgeSettings(public_url=url))


def test_an_address_that_is_set_is_named_whatever_a_request_says(blank: tuple[Path, str], tmp_path: Path) -> None:
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    with opened_forge(folder, blank[1], public("https://conda.example.org/")) as forge:
        snapshot = forge.upload("testing", make_package(tmp_path)).json()["snapshot"]
        for odd in ({}, {"Host": "elsewhere.example.org"}, {"X-Forwarded-Proto": "http"}):
            index = forge.client.get(f"/conda/testing.at.{snapshot}/linux-64/repodata.json", headers=odd).json()
            assert index["info"]["base_url"] == "https://conda.example.org/conda/testing/linux-64/"
            page = forge.client.get("/conda/testing/", headers=odd | {"Accept": "text/html"}).text
            assert "-c https://conda.example.org/conda/testing" in page
        missing = forge.client.get("/conda/nix/", headers={"Accept": "text/html"})
        assert missing.status_code == 404
        assert len(list((folder / "views").iterdir())) == 1


@pytest.mark.parametrize(
    "url", ["conda.example.org", "ftp://x", "https://", "https://u:p@x", "http://x/?y", "http://x:y"]
)
def test_what_is_no_address_is_told_when_the_forge_starts(blank: tuple[Path, str], url: str) -> None:
    with (
        pytest.raises(WrongInputError, match="isn't an address") as caught,
        open_services(blank[0], settings=public(url)),
    ):
        pass
    assert "forge.public_url" in str(caught.value)
