"""`ownconda channel where-used` and `check` with a real forge."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run
from ownconda.errors import WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.questions import report


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """A forge in whose channel testing curl needs a newer zlib, and xz any; staging lacks what curl needs."""
    root = tmp_path_factory.mktemp("questions")
    folder, token = new_forge(root / "forge")
    with running_forge(folder) as running, ForgeClient(running.url, token=token) as client:
        curl = make_package(root, "curl", depends=["zlib >=2"])
        old = [make_package(root, "zlib", "1.0"), make_package(root, "xz", depends=["zlib"])]
        client.upload("testing", old)
        client.upload("testing", [make_package(root, "zlib", "2.0"), curl, make_package(root, "zlib-tools")])
        client.act("testing", "yank", specs=["zlib ==1.0"])
        client.upload("staging", [curl])
        digest = hashlib.sha256((root / "zlib-2.0-h1_0.conda").read_bytes()).hexdigest()
        report(client, "lock", "shop/pixi.lock", {"zlib-2.0-h1_0.conda": digest})
        yield running.url, token, folder


@pytest.fixture(autouse=True)
def _settings(home: tuple[str, str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", home[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", home[1])


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()[1:]]


def test_what_needs_a_package_is_listed_with_channels_and_snapshots(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "where-used", "zlib 1.*"]) == 0
    [zlib, xz] = table(capsys.readouterr().out)
    assert zlib[0] == "linux-64/zlib-1.0-h1_0.conda"
    assert zlib[2] == "testing"
    assert int(zlib[4]) == int(zlib[3]) + 2  # yanked by the third act
    assert xz == ["linux-64/xz-1.0-h1_0.conda", "zlib", "testing", zlib[3], "now"]


def test_a_requirement_that_can_not_be_met_by_it_does_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "where-used", "zlib", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["needs"]) for one in told["dependents"]] == [
        ("linux-64/curl-1.0-h1_0.conda", ["zlib >=2"]),
        ("linux-64/xz-1.0-h1_0.conda", ["zlib"]),
    ]
    assert [span["channel"] for span in told["dependents"][0]["listed"]] == ["staging", "testing"]


def test_only_what_is_listed_now_is_told_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "where-used", "zlib 1.*", "--now"]) == 0
    assert [row[0] for row in table(capsys.readouterr().out)] == ["linux-64/xz-1.0-h1_0.conda"]


def test_who_was_reported_to_hold_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "where-used", "zlib ==2.0"]) == 0
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last[:4] == ["lock", "shop/pixi.lock", "zlib-2.0-h1_0.conda", "init"]


def test_what_nothing_matches_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "where-used", "nix"]) == 2
    assert "nothing matches 'nix'" in capsys.readouterr().err


def test_a_sound_channel_is_told_as_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "check", "testing", "--deep"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "5 packages checked, 0 problems" in told.err


def test_what_can_not_be_installed_is_told_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "check", "staging"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("staging/linux-64/curl-1.0-h1_0.conda: can't be installed on linux-64")
    assert "zlib >=2" in told
    assert run(["channel", "check", "staging", "--no-solve"]) == 0


def test_a_missing_channel_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["channel", "check", "nix"]) == 2
    assert "there is no channel 'nix'" in capsys.readouterr().err


def test_what_a_lock_file_holds_is_reported_and_forgotten(
    home: tuple[str, str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digest = hashlib.sha256((home[2].parent / "xz-1.0-h1_0.conda").read_bytes()).hexdigest()
    lock = tmp_path / "web" / "explicit.txt"
    lock.parent.mkdir()
    lock.write_text(f"@EXPLICIT\n{home[0]}/conda/testing/linux-64/xz-1.0-h1_0.conda#{digest}\n")
    monkeypatch.setenv("CI_PROJECT_PATH", "shop/web")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    assert run(["channel", "report", str(lock)]) == 0
    assert "reported: shop/web/web/explicit.txt holds 1 package" in capsys.readouterr().err
    assert run(["channel", "where-used", "xz", "--json"]) == 0
    [holder] = json.loads(capsys.readouterr().out)["holders"]
    assert (holder["kind"], holder["name"], holder["files"]) == (
        "lock",
        "shop/web/web/explicit.txt",
        {"xz-1.0-h1_0.conda": digest},
    )
    lock.unlink()
    assert run(["channel", "report", str(lock), "--forget"]) == 0
    capsys.readouterr()
    assert run(["channel", "where-used", "xz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holders"] == []


def test_an_environment_is_reported_when_it_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["-p", str(tmp_path / "env"), "-c", "testing", "zlib-tools"]
    assert run(["env", "create", "--report", *asked]) == 0
    assert f":{tmp_path}/env holds 1 package" in capsys.readouterr().err
    assert run(["channel", "where-used", "zlib-tools", "--json"]) == 0
    [holder] = json.loads(capsys.readouterr().out)["holders"]
    assert holder["kind"] == "prefix"


@pytest.mark.parametrize("content", ["@EXPLICIT\nhttp://x/linux-64/xz-1-0.conda#0123456789abcdef\n", "nothing\n"])
def test_what_can_not_be_reported_is_told(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.txt").write_text(content)
    assert run(["channel", "report", str(tmp_path / "list.txt")]) == 2
    assert "list.txt" in capsys.readouterr().err
    assert run(["channel", "report", "list.txt", "--name", " "]) == 2


@pytest.mark.parametrize("name", ["", "  "])
def test_a_report_without_a_name_is_refused(home: tuple[str, str, Path], name: str) -> None:
    with ForgeClient(home[0], token=home[1]) as client, pytest.raises(WrongInputError, match="name"):
        report(client, "lock", name, {"x-1-0.conda": "0" * 64})


def test_packages_that_carry_a_copy_of_a_library_are_listed(
    home: tuple[str, str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = "lib/python3.12/site-packages/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.so"
    numpy = make_package(tmp_path, "numpy", files={copy: b"elf"})
    blas = make_package(tmp_path, "openblas", files={"lib/libopenblas.so.0": b"elf"})
    with ForgeClient(home[0], token=home[1]) as client:
        client.upload("experimental", [numpy, blas])
    assert run(["channel", "where-used", "openblas"]) == 0
    [_, _, _, heading, row] = capsys.readouterr().out.splitlines()
    assert heading.split()[1:4] == ["CARRIES", "A", "COPY"]
    assert row.split()[:3] == ["linux-64/numpy-1.0-h1_0.conda", copy, "experimental"]
