"""Everything that nobody should take, sent to a real forge: refused with a reason, and nothing of it stays."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from forging import Running, new_forge, running_forge
from hostile import Maker, packages
from making import make_package


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path, str]]:
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder, "--port", "0", "--largest-upload", str(64 << 20), "--keep-free", "0") as forge:
        yield forge, folder, token


def state(url: str, folder: Path) -> tuple[object, ...]:
    history = httpx2.get(f"{url}/api/v1/channels/testing/history").json()
    files = sorted(str(path) for name in ("files", "incoming", "public") for path in (folder / name).rglob("*"))
    return history, files


@pytest.mark.parametrize(("what", "make"), packages().items())
def test_it_is_refused_and_nothing_stays(
    running: tuple[Running, Path, str], tmp_path: Path, what: str, make: Maker
) -> None:
    forge, folder, token = running
    before = state(forge.url, folder)
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.post(f"{forge.url}/upload/testing", files={"file": make(tmp_path)}, headers=headers, timeout=20)
    assert answer.status_code == 422, (what, answer.text)
    assert all(problem["what"] and len(str(problem)) < 1000 for problem in answer.json()["problems"])
    assert state(forge.url, folder) == before
    assert httpx2.get(f"{forge.url}/healthz", timeout=5).status_code == 200


def test_after_all_that_a_sound_package_is_taken(running: tuple[Running, Path, str], tmp_path: Path) -> None:
    forge, _, token = running
    package = make_package(tmp_path, "good")
    answer = httpx2.post(
        f"{forge.url}/upload/testing",
        files={"file": (package.name, package.read_bytes())},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200
