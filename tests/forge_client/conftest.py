from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Running, new_forge, running_forge

from ownconda.forge_client.client import ForgeClient


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """One forge in a process of its own for a whole module; each test uses package names of its own."""
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder, "--port", "0", "--largest-upload", "3000000") as forge:
        yield forge, token


@pytest.fixture
def client(running: tuple[Running, str]) -> Iterator[ForgeClient]:
    with ForgeClient(running[0].url, token=running[1]) as made:
        yield made


@pytest.fixture
def nobody(running: tuple[Running, str]) -> Iterator[ForgeClient]:
    with ForgeClient(running[0].url) as made:
        yield made


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    return tmp_path / "packages"
