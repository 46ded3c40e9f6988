import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Forged, new_forge
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A new forge that was started once; tests work on copies of it."""
    folder, token = new_forge(tmp_path_factory.mktemp("blank") / "forge")
    with open_services(folder):
        pass
    return folder, token


@pytest.fixture
def forge(blank: tuple[Path, str], tmp_path: Path) -> Iterator[Forged]:
    """A forge's real application, in this process."""
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    with (
        open_services(folder, largest_upload=1 << 20, keep_free=0) as services,
        TestClient(make_app(services), raise_server_exceptions=False, client=("127.0.0.1", 50000)) as client,
    ):
        yield Forged(services=services, client=client, token=blank[1])
