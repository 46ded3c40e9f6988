"""How containers are called for, and what of this machine is seen in them, without running any."""

import json
import os
import stat
from pathlib import Path

import pytest

from ownconda.building.container.engine import Engine, engine, look_at
from ownconda.building.container.image import image_of
from ownconda.building.container.mounts import Mount, mounts
from ownconda.building.container.own_python import ROOT, own_python
from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.progress import NoProgress

TOLD = {"newest": {"GLIBC": [2, 28]}, "path": "/opt/bin:/bin", "programs": {"bash": "/bin/bash"}}


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_what_is_written_stays_writable_inside_of_what_is_only_read(tmp_path: Path) -> None:
    channel, logs = tmp_path / "channel", tmp_path / "channel" / "logs"
    assert mounts(written=[logs], read=[channel, logs]) == (
        Mount(source=channel, at=str(channel)),
        Mount(source=logs, at=str(logs), writable=True),
    )


def test_a_path_with_a_comma_or_a_colon_is_one_path(tmp_path: Path) -> None:
    [one] = mounts(written=[], read=[tmp_path / "a,b:c"])
    assert one.words == ("--mount", f'type=bind,"source={tmp_path}/a,b:c","target={tmp_path}/a,b:c",readonly')


def test_nothing_of_this_python_is_seen_but_below_one_folder_and_none_of_it_can_be_written() -> None:
    brought = own_python()
    assert all(one.source.exists() for one in brought.mounts)
    assert all(one.at.startswith(f"{ROOT}/") and not one.writable for one in brought.mounts)
    assert len({one.at for one in brought.mounts}) == len(brought.mounts)
    assert all(word.startswith((ROOT, "--")) for word in brought.interpreter)


def test_a_container_has_no_network_unless_it_needs_one_or_the_options_say_otherwise() -> None:
    plain, own = Engine(program=("podman",)), Engine(program=("podman",), options=("--network=host",))
    assert "--network=none" in plain.run("image", ["true"], mounts=())
    assert "--network=none" not in plain.run("image", ["true"], mounts=(), network=True)
    assert [word for word in own.run("image", ["true"], mounts=()) if "network" in word] == ["--network=host"]


def test_options_come_last_so_that_they_win_and_it_runs_as_the_caller() -> None:
    words = Engine(program=("docker",), options=("--user=7:7",)).run("image", ["true", "-x"], mounts=())
    assert words[0:2] == ["docker", "run"]
    assert words.index(f"--user={os.getuid()}:{os.getgid()}") < words.index("--user=7:7")
    assert words[-2:] == ["image", "-x"]
    assert "--entrypoint=true" in words


def test_podman_is_taken_before_docker_and_the_setting_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideError, match="neither podman nor docker"):
        engine("", "")
    program(tmp_path, "docker", "exit 1")
    assert engine("", "").program == ("docker",)
    program(tmp_path, "podman", "exit 1")
    assert engine("", "--memory 1g") == Engine(program=("podman",), options=("--memory", "1g"))
    assert engine("docker --context other", "").program == ("docker", "--context", "other")
    with pytest.raises(OutsideError, match="nerdctl isn't installed"):
        engine("nerdctl", "")
    with pytest.raises(WrongInputError, match=r"build\.container"):
        engine("'", "")


def test_an_image_is_known_by_its_digest_and_says_what_it_has() -> None:
    image = image_of("some", "sha256:12", json.dumps(TOLD))
    assert (image.id, image.path, str(image.floor)) == ("sha256:12", "/opt/bin:/bin", "glibc 2.28 (the image some)")


def test_all_that_an_image_lacks_is_told() -> None:
    with pytest.raises(OutsideError) as raised:
        image_of("some", "sha256:12", json.dumps({**TOLD, "newest": {}, "programs": {}}))
    assert [one.what for one in raised.value.problems] == [
        "the image some has no bash",
        "the image some has no GNU C library, which conda's packages are built against",
    ]


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("exit 1", "the image some can't be had"),
        ("case $1 in image) echo 12 s390x ;; esac", "the image some is for s390x, and this machine is"),
        ("echo hello", "doesn't say what an image is: hello"),
        ("case $1 in image) echo 12 $MACHINE ;; *) echo hello ;; esac", "doesn't say what is in it, but 'hello'"),
        ("case $1 in image) echo 12 $MACHINE ;; *) echo no such thing >&2; exit 125 ;; esac", "no such thing"),
    ],
)
def test_why_there_is_no_container_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, what: str
) -> None:
    monkeypatch.setenv("MACHINE", {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine))
    found = Engine(program=(str(program(tmp_path, "podman", script)),))
    with pytest.raises(OutsideError, match=what):
        look_at("some", found, NoProgress())
