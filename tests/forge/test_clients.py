"""py-rattler reads the forge's channels over HTTP, as any client does."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from forging import Running, running_forge
from making import make_package
from rattler import Channel, Gateway, SourceConfig, solve

from ownconda.forge_client.client import ForgeClient


@pytest.fixture(scope="module")
def filled(blank: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("clients")
    packages = [
        make_package(place, "certs", subdir="noarch", noarch="generic"),
        make_package(place, "libc", "2.41"),
        make_package(place, "zlib", "1.2", depends=["libc"]),
        make_package(place, "zlib", "1.10", depends=["libc >=2.4"], run_exports={"weak": ["zlib >=1.10"]}),
        make_package(place, "app", depends=["zlib >=1.2", "certs"], extension=".tar.bz2"),
    ]
    folder = Path(shutil.copytree(blank[0], place / "forge"))
    with running_forge(folder) as forge, ForgeClient(forge.url, token=blank[1]) as client:
        client.upload("testing", packages)
        yield forge


def solved(url: str, specs: Sequence[str], cache: Path, *, sharded: bool, zst: bool = True) -> set[tuple[str, str]]:
    gateway = Gateway(
        cache_dir=cache,
        default_config=SourceConfig(sharded_enabled=sharded, zstd_enabled=zst, cache_action="no-cache"),
    )
    records = asyncio.run(solve([Channel(url)], list(specs), platforms=["linux-64", "noarch"], gateway=gateway))
    return {(record.url, (record.sha256 or b"").hex()) for record in records}


@pytest.mark.parametrize("specs", [["app"], ["zlib <1.10"], ["app", "zlib 1.10.*"]])
def test_every_form_of_the_index_gives_the_same_solution(filled: Running, tmp_path: Path, specs: list[str]) -> None:
    url = f"{filled.url}/conda/testing"
    plain = solved(url, specs, tmp_path / "a", sharded=False, zst=False)
    assert plain
    assert all(found.startswith(f"{url}/") for found, _ in plain)
    assert solved(url, specs, tmp_path / "b", sharded=False) == plain
    assert solved(url, specs, tmp_path / "c", sharded=True) == plain


def test_a_channel_without_packages_can_be_asked(filled: Running, tmp_path: Path) -> None:
    for sharded in (True, False):
        url = f"{filled.url}/conda/stable"
        assert solved(url, [], tmp_path / str(sharded), sharded=sharded) == set()
