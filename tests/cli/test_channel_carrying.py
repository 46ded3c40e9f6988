"""`ownconda channel export` and `import`: a forge's channels on media, tampered with and not."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attesting import new_key
from forging import new_forge, running_forge
from making import make_package
from siting import zipped

from ownconda.channels.charters import DEFAULT_CHARTERS
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import Ledger, open_ledger
from ownconda.channels.upkeep.checking import check
from ownconda.cli.main import run
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.docs import remove_site, upload_site
from ownconda.journeys.forge_tokens import add_token
from ownconda.wires.files import sha256_of
from ownconda.wires.progress import NoProgress


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    folder, token = new_forge(tmp_path_factory.mktemp("carrying") / "forge")
    with running_forge(folder) as running:
        yield running.url, token, folder


@pytest.fixture
def forge(site: tuple[str, str, Path]) -> Iterator[ForgeClient]:
    with ForgeClient(site[0], token=site[1]) as client:
        yield client


@pytest.fixture(autouse=True)
def _settings(site: tuple[str, str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", site[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", site[1])
    key = new_key(tmp_path)
    trusting(tmp_path, key, key)


def trusting(folder: Path, key: Path, trusted: Path) -> None:
    text = f'[signing]\nkey = "{key}"\ntrusted_keys = ["{trusted.with_suffix(".pub")}"]\n'
    (folder / "ownconda.toml").write_text(text)


def upload(forge: ForgeClient, folder: Path, *names: str) -> int:
    """Upload packages, and give the number of the snapshot."""
    forge.upload("testing", [make_package(folder, name, files={"x": name.encode() * 400}) for name in names])
    return forge.channel("testing").snapshot.id


def ledger(folder: Path) -> Ledger:
    return open_ledger(folder / "ledger.sqlite")


def numbers(folder: Path, channel: str = "testing") -> list[int]:
    opened = ledger(folder)
    try:
        return [step.snapshot.id for step in opened.history(channel, limit=999)]
    finally:
        opened.close()


def indexed(folder: Path, channel: str = "testing") -> set[str]:
    index = json.loads((folder / "public/conda" / channel / "linux-64/repodata.json").read_text())
    return {name.partition("-")[0] for name in index["packages.conda"]}


def test_a_channel_is_carried_with_its_history_and_more_later(
    forge: ForgeClient, site: tuple[str, str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_package(tmp_path, "upstream")
    forge.put_source(sha256_of(source), source)
    since = upload(forge, tmp_path, "one", "two")
    assert run(["channel", "export", "first", "testing", "--split", "1kB"]) == 0
    assert len(list(Path("first").glob("part-*"))) > 3
    assert run(["channel", "import", "first", "--into", "inside"]) == 0
    assert numbers(Path("inside")) == numbers(site[2])
    assert indexed(Path("inside")) >= {"one", "two"}
    assert (Path("inside/public/sources") / sha256_of(source) / source.name).is_file()
    assert check(ForgeFolder(root=tmp_path / "inside"), DEFAULT_CHARTERS, mend=False) == ()
    upload(forge, tmp_path, "three")
    newest = upload(forge, tmp_path, "four")
    capsys.readouterr()
    assert run(["channel", "export", "second", "testing", "--since", str(since), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"]) == 2  # neither what is there already nor the source
    assert run(["channel", "export", "last", "testing", "--since", str(newest - 1)]) == 0
    capsys.readouterr()
    assert run(["channel", "import", "last", "--into", "inside"]) == 1
    told = capsys.readouterr().err
    assert f"testing: the snapshots after {since} up to {newest - 1} are missing" in told
    assert f"--since {since}" in told
    for media in ("second", "last", "first"):  # what is older changes nothing
        assert run(["channel", "import", media, "--into", "inside"]) == 0
    assert "no snapshots are new here" in capsys.readouterr().err
    assert numbers(Path("inside")) == numbers(site[2])
    assert indexed(Path("inside")) >= {"three", "four"}
    assert run(["channel", "import", "second", "--into", "elsewhere"]) == 1
    assert not Path("elsewhere").exists()


def test_documentation_is_carried_when_it_is_asked_for(
    forge: ForgeClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def host(version: str) -> None:
        (tmp_path / "site.zip").write_bytes(zipped({"index.html": version.encode()}))
        upload_site(forge, "shop", version, tmp_path / "site.zip", replace=False, progress=NoProgress())

    def inside() -> set[str]:
        return {path.parent.name for path in Path("inside/public/docs/shop").glob("*/*.zip")}

    host("1.0")
    since = upload(forge, tmp_path, "documented")
    assert run(["channel", "export", "without", "testing"]) == 0
    assert run(["channel", "import", "without", "--into", "inside"]) == 0
    assert inside() == set()
    host("2.0")
    capsys.readouterr()
    assert run(["channel", "export", "new", "testing", "--since", str(since), "--docs"]) == 0
    assert run(["channel", "import", "new", "--into", "inside"]) == 0
    told = capsys.readouterr().err
    assert "2 files beside packages are lacking, such as docs/shop/1.0/" in told
    assert "export with --all-docs" in told
    assert inside() == {"2.0"}
    assert run(["channel", "export", "all", "testing", "--since", str(since), "--all-docs"]) == 0
    assert run(["channel", "import", "all", "--into", "inside"]) == 0
    assert "lacking" not in capsys.readouterr().err
    assert inside() == {"1.0", "2.0"}
    remove_site(forge, "shop", "1.0")
    upload(forge, tmp_path, "undocumented")
    assert run(["channel", "export", "gone", "testing", "--since", str(since)]) == 0
    assert run(["channel", "import", "gone", "--into", "inside"]) == 0
    assert inside() == {"2.0"}  # what is gone is told, though no documentation was asked for
    orphans = check(ForgeFolder(root=tmp_path / "inside"), DEFAULT_CHARTERS, mend=False)
    assert {one.what for one in orphans} == {"nobody refers to it"}  # until `forge gc`, a day later


def test_a_forge_that_runs_takes_media_by_its_own_trust(
    forge: ForgeClient, site: tuple[str, str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since = upload(forge, tmp_path, "begun")
    assert run(["channel", "export", "first", "testing"]) == 0
    assert run(["channel", "import", "first", "--into", "inside"]) == 0
    token, _ = add_token(tmp_path / "inside", token_name="inside")
    source = make_package(tmp_path / "source", "upstream", files={"x": b"more"})
    forge.put_source(sha256_of(source), source)
    upload(forge, tmp_path, "running")
    assert run(["channel", "export", "second", "testing", "--since", str(since), "--split", "1kB"]) == 0
    other = new_key(tmp_path / "source")
    trusting(tmp_path / "inside", other, other)
    with running_forge(tmp_path / "inside") as running, pytest.MonkeyPatch.context() as patch:
        capsys.readouterr()
        assert run(["channel", "import", "second", "--into", "inside"]) == 3
        assert "leave out --into: then it takes them while it runs" in capsys.readouterr().err
        assert run(["channel", "import", "second"]) == 1
        assert "this forge leads" in capsys.readouterr().err
        patch.setenv("OWNCONDA_FORGE_URL", running.url)
        patch.setenv("OWNCONDA_FORGE_TOKEN", token)
        assert run(["channel", "import", "second"]) == 2
        assert "no trusted key signed it" in capsys.readouterr().err
        assert "running" not in indexed(Path("inside"))
    trusting(tmp_path / "inside", tmp_path / "key.pem", tmp_path / "key.pem")
    with running_forge(tmp_path / "inside") as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWNCONDA_FORGE_URL", running.url)
        patch.setenv("OWNCONDA_FORGE_TOKEN", token)
        for told in ("1 snapshots are new here", "no snapshots are new here"):
            assert run(["channel", "import", "second"]) == 0
            assert told in capsys.readouterr().err
        with ForgeClient(running.url, token=token) as inside:
            assert {one.name for one in inside.packages("testing")} >= {"begun", "running"}
            assert inside.has_source(sha256_of(source), source.name)
            assert "media taken" in json.dumps(inside.ask("GET", "audit"))
    assert numbers(Path("inside")) == numbers(site[2])
    assert check(ForgeFolder(root=tmp_path / "inside"), DEFAULT_CHARTERS, mend=False) == ()


def test_parts_may_lie_on_several_media(forge: ForgeClient, tmp_path: Path) -> None:
    upload(forge, tmp_path, "spread")
    assert run(["channel", "export", "media", "testing", "--split", "1kB"]) == 0
    Path("more").mkdir()
    shutil.move("media/part-0002", "more")
    assert run(["channel", "import", "media", "--into", "inside"]) == 2
    assert not Path("inside").exists()
    assert run(["channel", "import", "media", "more", "--into", "inside"]) == 0
    assert "spread" in indexed(Path("inside"))


def test_an_import_that_is_killed_goes_on(forge: ForgeClient, site: tuple[str, str, Path], tmp_path: Path) -> None:
    upload(forge, tmp_path, *(f"many{number}" for number in range(40)))
    assert run(["channel", "export", "media", "testing"]) == 0
    command = [sys.executable, "-m", "ownconda", "channel", "import", "media", "--into", "inside"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list(Path("inside/files").glob("??/*"))) < 10:
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert run(["channel", "import", "media", "--into", "inside"]) == 0
    assert numbers(Path("inside")) == numbers(site[2])
    assert check(ForgeFolder(root=tmp_path / "inside"), DEFAULT_CHARTERS, mend=False) == ()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_media_that_were_tampered_with_change_nothing(
    forge: ForgeClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since = upload(forge, tmp_path, "before")
    assert run(["channel", "export", "old", "testing"]) == 0
    assert run(["channel", "import", "old", "--into", "inside"]) == 0
    upload(forge, tmp_path, "after")
    assert run(["channel", "export", "sound", "testing", "--since", str(since), "--split", "1kB"]) == 0
    there = numbers(Path("inside"))

    def refused(what: str) -> None:
        capsys.readouterr()
        assert run(["channel", "import", "media", "--into", "inside"]) == 2
        assert what in capsys.readouterr().err
        assert numbers(Path("inside")) == there
        assert "after" not in indexed(Path("inside"))
        shutil.rmtree("media")

    shutil.copytree("sound", "media")
    flip(Path("media/part-0001"))
    Path("media/part-0002").unlink()
    refused("part-0002: is missing")
    shutil.copytree("sound", "media")
    flip(Path("media/part-0003"))
    refused("part-0003: isn't what the manifest says")
    shutil.copytree("sound", "media")
    Path("media/manifest.json.sigs").unlink()
    refused("manifest.json.sigs: isn't there")
    shutil.copytree("sound", "media")
    told = Path("media/manifest.json")
    told.write_text(told.read_text().replace('"since": ', '"since": 1'))
    refused("the signature is of another manifest")
    shutil.copytree("sound", "media")
    shutil.copy("old/manifest.json", "media")
    refused("the signature is of another manifest")
    shutil.copytree("sound", "media")
    for name in ("manifest.json", "manifest.json.sigs"):
        shutil.copy(f"old/{name}", "media")
    refused("isn't what the manifest says")
    shutil.copytree("sound", "media")
    trusting(tmp_path, tmp_path / "key.pem", new_key(tmp_path, "other"))
    refused("no trusted key signed it")
    shutil.copytree("sound", "media")
    (tmp_path / "ownconda.toml").write_text("")
    refused("no key is trusted")
    assert run(["channel", "export", "unsigned", "testing"]) == 2
    assert not Path("unsigned").exists()


def test_what_was_purged_is_obeyed_inside(forge: ForgeClient, tmp_path: Path) -> None:
    since = upload(forge, tmp_path, "leaked")
    assert run(["channel", "export", "before", "testing"]) == 0
    assert run(["channel", "import", "before", "--into", "inside"]) == 0
    held = [path for path in Path("inside").rglob("*") if path.name == "leaked-1.0-h1_0.conda"]
    assert len(held) == 1
    forge.purge("leaked-1.0-h1_0.conda", reason="a secret")
    assert run(["channel", "export", "after", "testing", "--since", str(since)]) == 0
    assert run(["channel", "import", "after", "--into", "inside"]) == 0
    assert run(["channel", "import", "before", "--into", "inside"]) == 0
    assert not held[0].exists()
    assert "leaked" not in indexed(Path("inside"))
    digest = sha256_of(tmp_path / "leaked-1.0-h1_0.conda")
    assert not [path for path in Path("inside/files").rglob("*") if path.name == digest]


def test_the_packages_of_a_lock_file_are_uploaded_to_a_channel(
    forge: ForgeClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(forge, tmp_path, "locked", "loose")
    package = tmp_path / "locked-1.0-h1_0.conda"
    address = f"{forge.url}/conda/testing/linux-64/{package.name}"
    Path("lock.txt").write_text(f"@EXPLICIT\n{address}#{sha256_of(package)}\n")
    assert run(["channel", "export", "media", "--lock", "lock.txt"]) == 0
    assert run(["channel", "import", "media", "--into", "inside"]) == 2
    other, token = new_forge(tmp_path / "other")
    with running_forge(other) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWNCONDA_FORGE_TOKEN", token)
        for told in ("1 packages are new in staging", "0 packages are new in staging, 1 were there"):
            assert run(["channel", "import", "media", "-c", "staging", "--forge", running.url]) == 0
            assert told in capsys.readouterr().err
    assert indexed(other, "staging") == {"locked"}
    Path("lock.txt").write_text(f"@EXPLICIT\n{address.replace('locked', 'nowhere')}#{'0' * 64}\n")
    assert run(["channel", "export", "none", "--lock", "lock.txt"]) == 2
    assert "no channel lists nowhere-1.0-h1_0.conda" in capsys.readouterr().err


def test_an_export_spares_what_is_there_and_goes_on_where_one_was_killed(forge: ForgeClient, tmp_path: Path) -> None:
    upload(forge, tmp_path, "spared")
    Path("media").mkdir()
    Path("media/part-0001").write_bytes(b"half")
    assert run(["channel", "export", "media", "testing"]) == 0
    assert run(["channel", "export", "media", "testing"]) == 2
    Path("full").mkdir()
    Path("full/mine.txt").write_text("kept")
    assert run(["channel", "export", "full", "testing"]) == 2
    assert run(["channel", "export", "nothing", "testing", "--since", "99999"]) == 1
    assert run(["channel", "export", "where", "nowhere"]) == 2


def test_a_forge_that_leads_takes_no_history(forge: ForgeClient, tmp_path: Path) -> None:
    upload(forge, tmp_path, "history")
    leading, _ = new_forge(tmp_path / "leading")
    assert run(["channel", "export", "media", "testing"]) == 0
    before = numbers(leading)
    assert run(["channel", "import", "media", "--into", str(leading)]) == 1
    assert numbers(leading) == before
