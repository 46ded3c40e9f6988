"""The forge as it runs: in a process of its own, started, stopped and killed."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from forging import Running, running_forge, serve_command
from making import make_package

from ownconda.wires.files import sha256_of


@pytest.fixture
def folder(blank: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(blank[0], tmp_path / "forge"))


@pytest.fixture
def token(blank: tuple[Path, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {blank[1]}"}


def listed(url: str, channel: str) -> set[str]:
    answer = requests.get(f"{url}/conda/{channel}/linux-64/repodata.json", timeout=10)
    return set(answer.json()["packages.conda"]) if answer.ok else set()


def upload(url: str, token: dict[str, str], *packages: Path) -> requests.Response:
    files = [("file", (path.name, path.read_bytes())) for path in packages]
    return requests.post(f"{url}/upload/testing", files=files, headers=token, timeout=30)


def failed(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(serve_command(folder, *options), check=False, capture_output=True, text=True, timeout=20)


def test_it_serves_answers_and_ends_cleanly_on_sigterm(folder: Path, token: dict[str, str], tmp_path: Path) -> None:
    with running_forge(folder) as forge:
        assert upload(forge.url, token, make_package(tmp_path, "zlib")).json()["files"][0]["outcome"] == "added"
        assert listed(forge.url, "testing") == {"zlib-1.0-h1_0.conda"}
        kept = requests.Session()  # a connection that stays open doesn't hold the end up
        kept.get(f"{forge.url}/", timeout=10)
        forge.process.send_signal(signal.SIGTERM)
        assert forge.process.wait(15) == 0
        kept.close()


def test_ctrl_c_ends_it_with_130(folder: Path) -> None:
    with running_forge(folder) as forge:
        forge.process.send_signal(signal.SIGINT)
        assert forge.process.wait(15) == 130


def test_a_port_in_use_is_told_with_the_way_out(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = failed(folder, "--port", str(port))
    assert ended.returncode == 3
    assert f"port {port} on 127.0.0.1 is in use" in ended.stderr
    assert f"--port {port + 1}" in ended.stderr


def test_a_second_forge_on_the_same_folder_is_refused(folder: Path) -> None:
    with running_forge(folder):
        ended = failed(folder)
    assert ended.returncode == 3
    assert "another forge is running on this folder" in ended.stderr


def test_a_folder_without_forge_is_told(tmp_path: Path) -> None:
    ended = failed(tmp_path / "nothing")
    assert ended.returncode == 2
    assert "there is no forge in this folder" in ended.stderr
    assert "ownconda forge init" in ended.stderr


def test_a_client_that_leaves_in_the_middle_leaves_nothing(folder: Path, token: dict[str, str]) -> None:
    with running_forge(folder) as forge:
        with half_an_upload(forge, token):
            _until(lambda: any((folder / "incoming").iterdir()))
        _until(lambda: not any((folder / "incoming").iterdir()))
        assert listed(forge.url, "testing") == set()


def test_a_kill_in_the_middle_of_an_upload_leaves_nothing(folder: Path, token: dict[str, str], tmp_path: Path) -> None:
    with running_forge(folder) as forge, half_an_upload(forge, token):
        _until(lambda: any((folder / "incoming").iterdir()))
        forge.process.kill()
        forge.process.wait(10)
    with running_forge(folder) as forge:
        assert not any((folder / "incoming").iterdir())
        assert upload(forge.url, token, make_package(tmp_path, "zlib")).ok
        assert listed(forge.url, "testing") == {"zlib-1.0-h1_0.conda"}


def test_kills_at_random_moments_lose_nothing_that_was_acknowledged(
    folder: Path, token: dict[str, str], tmp_path: Path
) -> None:
    packages = [make_package(tmp_path, f"p{number}") for number in range(60)]
    acknowledged: set[str] = set()
    promoted = False
    for kill_after in (0.06, 0.15, 0.31):
        with running_forge(folder) as forge, ThreadPoolExecutor(4) as pool:
            left = [package for package in packages if package.name not in acknowledged]
            futures = {pool.submit(upload, forge.url, token, package): package.name for package in left}
            promotion = pool.submit(_promote, forge.url, token)
            time.sleep(kill_after)
            forge.process.kill()
            acknowledged |= {name for future, name in futures.items() if not future.exception() and future.result().ok}
            promoted = promoted or promotion.exception() is None
        assert acknowledged <= _whole(folder / "public" / "conda" / "testing" / "linux-64", acknowledged)
    with running_forge(folder) as forge:
        assert acknowledged <= listed(forge.url, "testing")
        for package in packages:
            assert upload(forge.url, token, package).ok
        assert listed(forge.url, "testing") == {package.name for package in packages}
        _promote(forge.url, token)
        assert listed(forge.url, "staging") == {package.name for package in packages}
        _whole(folder / "public" / "conda" / "staging" / "linux-64", set())


def test_a_full_disk_is_told_and_nothing_is_half_there(
    blank: tuple[Path, str], token: dict[str, str], tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        folder = Path(shutil.copytree(blank[0], disk / "forge"))
        with running_forge(folder) as forge:
            large = make_package(tmp_path, "large", files={"x": os.urandom(4 << 20)})
            answer = upload(forge.url, token, large)
            assert answer.status_code == 507, answer.text
            assert "free some space" in answer.json()["problems"][0]["hint"]
            outcomes = [
                upload(forge.url, token, make_package(tmp_path, f"p{n}", files={"x": os.urandom(100_000)})).status_code
                for n in range(40)
            ]
            assert set(outcomes) <= {200, 507}, outcomes
            good = listed(forge.url, "testing")
            assert outcomes.count(200) <= len(good)
            assert good <= _whole(folder / "public" / "conda" / "testing" / "linux-64", good)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_readers_always_see_a_whole_index_while_it_changes(folder: Path, token: dict[str, str], tmp_path: Path) -> None:
    with running_forge(folder) as forge, ThreadPoolExecutor(3) as pool:
        first = make_package(tmp_path, "first")
        upload(forge.url, token, first)
        packages = [make_package(tmp_path, f"p{number}") for number in range(25)]
        writing = pool.submit(lambda: [upload(forge.url, token, package).status_code for package in packages])
        readers = [pool.submit(_read_until, forge.url, writing.done) for _ in range(2)]
        assert set(writing.result()) == {200}
        for reader in readers:
            counts = reader.result()
            assert counts == sorted(counts)
            assert len(counts) > 5


def half_an_upload(forge: Running, token: dict[str, str]) -> socket.socket:
    host, port = forge.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    head = (
        "POST /upload/testing HTTP/1.1\r\nHost: forge\r\nContent-Length: 5000000\r\n"
        f"Authorization: {token['Authorization']}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="x-1-0.conda"\r\n\r\n'
    )
    connection.sendall(head.encode() + bytes(1_500_000))
    return connection


def _promote(url: str, token: dict[str, str]) -> None:
    body = {"from": "testing"}
    answer = requests.post(f"{url}/api/v1/channels/staging/promote", json=body, headers=token, timeout=30)
    answer.raise_for_status()


def _whole(subdir: Path, names: set[str]) -> set[str]:
    """Check that each package that the index lists is there as listed, and give those of the names that are there."""
    index = subdir / "repodata.json"
    if index.exists():
        for name, record in json.loads(index.read_text())["packages.conda"].items():
            assert sha256_of(subdir / name) == record["sha256"]
    return {name for name in names if (subdir / name).is_file()}


def _read_until(url: str, done: object) -> list[int]:
    counts: list[int] = []
    with requests.Session() as session:
        while not done():  # type: ignore[operator]
            answer = session.get(f"{url}/conda/testing/linux-64/repodata.json", timeout=10)
            counts.append(len(answer.json()["packages.conda"]))
    return counts


def _until(condition: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_module_tells_its_own_options() -> None:
    command = [sys.executable, "-m", "ownconda.forge", "--help"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "--largest-upload" in told.stdout


def test_a_damaged_ledger_ends_it_with_3_and_what_to_do(folder: Path) -> None:
    for beside in folder.glob("ledger.sqlite-*"):
        beside.unlink()
    content = bytearray((folder / "ledger.sqlite").read_bytes())
    content[2 * 4096 :] = b"\xff" * (len(content) - 2 * 4096)
    (folder / "ledger.sqlite").write_bytes(content)
    ended = failed(folder, "--port", "0")
    assert ended.returncode == 3, ended.stderr
    assert "error: " in ended.stderr
    assert "hint: stop the forge and put back its last backup" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_defect_ends_it_with_4_and_what_to_report(folder: Path) -> None:
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        connection.execute("UPDATE snapshots SET kind = 'unheard of'")
    connection.close()
    for marker in folder.rglob(".snapshot"):
        marker.unlink()
    ended = failed(folder, "--port", "0")
    assert ended.returncode == 4, ended.stderr
    assert "itself broke; please report" in ended.stderr
