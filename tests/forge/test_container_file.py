"""The forge in a container, made by the container file that the project has."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests
from images import WITH_PYTHON, Image, image_of
from making import make_package

from ownconda.wires.ports import bindable_port

pytestmark = pytest.mark.containers

PROJECT = Path(__file__).parents[2]
NAME = "localhost/ownconda-tests-forge"


def podman(image: Image, *arguments: str) -> str:
    """Let podman do something, and give what it prints."""
    done = subprocess.run([*shlex.split(image.program), *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_options(image: Image, volume: str) -> Sequence[str]:
    return ["--rm", "--network=host", *shlex.split(image.options), "--volume", f"{volume}:/srv/forge", NAME]


@pytest.fixture(scope="module")
def forge_image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = image_of(WITH_PYTHON)
    mounts = _package_index(tmp_path_factory.mktemp("pip"))
    options = ["--isolation", "chroot", "--network", "host", "--format", "docker", "--build-arg", f"BASE={image.name}"]
    file = str(PROJECT / "deploy" / "Containerfile")
    podman(image, "build", "--quiet", *options, *mounts, "--tag", NAME, "--file", file, str(PROJECT))
    return image


@pytest.fixture
def volume(forge_image: Image) -> Iterator[str]:
    name = f"ownconda-tests-{os.getpid()}"
    podman(forge_image, "volume", "create", name)
    yield name
    podman(forge_image, "volume", "rm", "--force", name)


def test_a_forge_in_a_container_takes_packages_and_keeps_them(forge_image: Image, volume: str, tmp_path: Path) -> None:
    token = podman(forge_image, "run", *run_options(forge_image, volume), "forge", "init", "/srv/forge").strip()
    port = bindable_port("127.0.0.1", 0)
    serve = ["forge", "serve", "/srv/forge", "--port", str(port)]
    package, url = make_package(tmp_path, "zlib"), f"http://127.0.0.1:{port}"
    for lists in (False, True):
        running = podman(forge_image, "run", "--detach", *run_options(forge_image, volume), *serve).strip()
        _wait_for(url)
        listed = package.name in requests.get(f"{url}/conda/testing/linux-64/repodata.json", timeout=10).text
        assert listed is lists
        assert podman(forge_image, "exec", running, "id", "--user").strip() != "0"
        with package.open("rb") as file:
            sent = requests.post(
                f"{url}/upload/testing", files={"file": file}, headers={"Authorization": f"Bearer {token}"}, timeout=30
            )
        assert sent.status_code == 200, sent.text
        podman(forge_image, "stop", running)


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            requests.get(f"{url}/healthz", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the forge in the container doesn't answer")


def _package_index(folder: Path) -> Sequence[str]:
    """Give what mounts this machine's configuration of pip, with the authorities that it names."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    values = {}
    for line in told.stdout.splitlines():
        name, _, value = line.partition("=")
        values[name.rpartition(".")[2]] = value[1:-1]
    configuration = folder / "pip.conf"
    configuration.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in values.items()), ""]))
    places = {str(configuration): "/etc/pip.conf"}
    if values.get("cert"):
        places[values["cert"]] = values["cert"]
    return [word for source, target in places.items() for word in ("--volume", f"{source}:{target}:ro")]
