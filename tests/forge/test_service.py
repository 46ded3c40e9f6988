"""The forge as a service: its systemd unit, and how it stops."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from forging import new_forge, running_forge
from making import make_package

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "ownconda-forge.service"
BOUNDARY = "between"
EXPOSED_AT_MOST = 25
"""In tenths, as `systemd-analyze security` counts: its own word for less is OK."""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Give the unit as it would be installed, with a program and a user that this machine has."""
    text = UNIT.read_text().replace("/opt/ownconda/bin/ownconda", "/bin/true").replace("=forge\n", "=daemon\n")
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    return unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd: sh scripts/system-packages service")
def test_systemd_finds_nothing_wrong_with_the_unit_and_lets_it_do_little(installed: Path) -> None:
    verified = subprocess.run(["systemd-analyze", "verify", installed], check=False, capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSED_AT_MOST}", str(installed)]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_an_upload_that_has_begun_is_finished_before_the_forge_stops(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    package = make_package(tmp_path, "zlib")
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{package.name}"\r\n\r\n'
    body = head.encode() + package.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    lines = [
        "POST /upload/testing HTTP/1.1",
        "Host: forge",
        f"Authorization: Bearer {token}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    with running_forge(folder) as forge:
        address = urlsplit(forge.url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + body[:100])
            while not any((folder / "incoming").iterdir()):
                time.sleep(0.01)
            forge.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            client.sendall(body[100:])
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
        assert forge.process.wait(15) == 0
    with running_forge(folder) as forge:
        index = requests.get(f"{forge.url}/conda/testing/linux-64/repodata.json", timeout=10).json()
        assert package.name in index["packages.conda"]
