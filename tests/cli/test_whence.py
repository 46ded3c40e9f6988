"""`ownconda whence` on a real prefix, real packages and a real forge."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attesting import new_key
from forging import new_forge, running_forge
from making import make_package

from ownconda.attestations.bundles import bundle_array, signed_bundle
from ownconda.attestations.keys import load_private_key
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.attestations.statements import PROVENANCE, Statement, Subject
from ownconda.cli.main import run
from ownconda.environments.creating import create
from ownconda.exit_codes import DONE, NO, USAGE
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.wires.progress import NoProgress

SOURCE = "ab" * 32
RECIPE = {
    "recipe.yaml": "package: {name: zlib}\n",
    "rendered_recipe.yaml": "recipe:\n  source:\n  - url: https://x.invalid/zlib.tar.gz\n"
    f"    sha256: {SOURCE}\n    patches: [a.patch]\n",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    files = {"lib/libz.so.1": b"a library", "share/zlib.txt": b"/placeholder is it\n"}
    return make_package(tmp_path / "channel" / "linux-64", "zlib", files=files, recipe=RECIPE)


@pytest.fixture
def prefix(package: Path, tmp_path: Path) -> Path:
    channel = package.parents[1]
    write_channel(channel, read_channel(channel))
    return create(tmp_path / "env", [channel.as_uri()], ["zlib"], NoProgress()).prefix


def told(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = DONE) -> Mapping[str, Mapping[str, Any]]:
    assert run(["whence", *map(str, arguments), "--json"]) == code
    links: Sequence[Mapping[str, Any]] = json.loads(capsys.readouterr().out)
    return {link["step"]: link for link in links}


def test_an_installed_file_leads_to_its_source_without_any_forge(
    prefix: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = told(capsys, prefix / "lib" / "libz.so.1", "--offline")
    assert links["file"]["told"][0]["state"] == "unchanged since it was installed"
    assert links["package"]["told"][0]["sha256"] == digest(package)
    assert links["package"]["told"][0]["file"] == "linux-64/zlib-1.0-h1_0.conda"
    assert links["channels"]["unknown"] == "no forge was asked"
    assert links["recipe"]["told"][0]["files"] == ["recipe.yaml", "rendered_recipe.yaml"]
    source = {"url": "https://x.invalid/zlib.tar.gz", "sha256": SOURCE, "patches": ["a.patch"]}
    assert links["sources"]["told"] == [source]
    assert "package cache" in links["sources"]["by"]


def test_a_file_that_was_changed_since_is_said_so(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = prefix / "lib" / "libz.so.1"
    file.unlink()
    file.write_bytes(b"another library")
    assert "CHANGED" in told(capsys, file, "--offline")["file"]["told"][0]["state"]


def test_what_is_not_at_hand_is_said_with_the_reason(
    prefix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").rename(tmp_path / "gone")
    links = told(capsys, "zlib", "-p", prefix, "--offline")
    assert "give the package file" in links["sources"]["unknown"]
    assert links["recipe"]["told"] == []


def test_a_package_file_tells_what_lies_beside_it_and_that_nobody_signed_it(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim(package)
    links = told(capsys, package, "--offline")
    [built] = links["provenance"]["told"]
    assert built["standing"] == "only claimed: not signed"
    assert (built["commit"], built["recipe"]) == ("c" * 40, "recipes/zlib/recipe.yaml")
    assert built["builder"] == "https://gitlab.invalid/runner"
    assert links["sources"]["by"] == f"info/recipe/rendered_recipe.yaml in {package}"


def test_a_forge_tells_who_brought_it_and_whether_it_keeps_the_source(
    prefix: Path, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, token = new_forge(tmp_path / "forge")
    claim(package)
    with running_forge(folder) as forge:
        monkeypatch.setenv("OWNCONDA_FORGE_URL", forge.url)
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)
        assert run(["upload", "-c", "testing", str(package)]) == DONE
        (tmp_path / "cache").rename(tmp_path / "gone")
        capsys.readouterr()
        links = told(capsys, prefix / "lib" / "libz.so.1")
        act = links["channels"]["told"][0]
        assert (act["channel"], act["act"], act["who"]) == ("testing", "upload", "init")
        assert links["provenance"]["told"][0]["commit"] == "c" * 40
        assert links["provenance"]["by"] == forge.url
        assert links["sources"]["told"][0]["kept"] == "not by this forge"
        assert told(capsys, digest(package))["sources"] == links["sources"]
        assert told(capsys, "zlib >=1", "-c", "testing")["package"]["told"][0]["sha256"] == digest(package)
        assert told(capsys, package.name, "-c", "testing")["package"]["told"][0]["sha256"] == digest(package)
        assert told(capsys, SOURCE)["packages"]["told"][0]["file"] == "linux-64/zlib-1.0-h1_0.conda"
        assert run(["whence", "0" * 64]) == NO
        assert "nothing is known" in capsys.readouterr().err
    assert "can't be reached" in told(capsys, package)["channels"]["unknown"]


def test_what_a_trusted_key_has_signed_counts_as_verified(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim(package)
    key = new_key(tmp_path / "keys")
    statement = Path(f"{package}{SUFFIXES['provenance']}").read_bytes()
    signed = bundle_array([signed_bundle(statement, load_private_key(key))])
    Path(f"{package}{SUFFIXES['signatures']}").write_bytes(signed)
    assert "which isn't trusted" in told(capsys, package, "--offline")["provenance"]["told"][0]["standing"]
    (tmp_path / "ownconda.toml").write_text(f'[signing]\ntrusted_keys = ["{key.with_suffix(".pub")}"]\n')
    assert told(capsys, package, "--offline")["provenance"]["told"][0]["standing"].startswith("verified: signed by")


def test_a_file_that_pip_installed_is_its_projects(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = prefix / "lib" / "python3.11" / "site-packages"
    info = site / "tool-2.0.dist-info"
    info.mkdir(parents=True)
    (site / "tool.py").touch()
    (info / "RECORD").write_text("tool.py,sha256=x,0\n")
    (info / "INSTALLER").write_text("pip\n")
    links = told(capsys, site / "tool.py", "--offline")
    assert links["file"]["told"][0]["state"] == "no package has installed it"
    assert links["project"]["told"] == [{"name": "tool", "version": "2.0", "installed_by": "pip"}]


def test_a_file_of_nobody_is_a_no_and_what_is_no_file_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").touch()
    assert run(["whence", "mine", "--offline"]) == NO
    assert "isn't in an installed prefix" in capsys.readouterr().err
    assert run(["whence", "zlib", "--offline"]) == USAGE
    assert "say where: -p PREFIX, or -c CHANNEL" in capsys.readouterr().err
    assert run(["whence", "0" * 64, "--offline"]) == NO


def test_people_read_who_says_what(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["whence", str(package), "--offline"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"package  (says {package})"
    assert "  not known: no forge was asked" in lines
    assert f"  sha256: {SOURCE}" in lines


def claim(package: Path) -> None:
    predicate = {
        "buildDefinition": {
            "externalParameters": {"recipe": "recipes/zlib/recipe.yaml"},
            "resolvedDependencies": [{"name": "recipe", "digest": {"gitCommit": "c" * 40}}],
        },
        "runDetails": {"builder": {"id": "https://gitlab.invalid/runner"}},
    }
    subject = Subject(name=package.name, sha256=digest(package))
    statement = Statement(subject=subject, predicate_type=PROVENANCE, predicate=predicate)
    Path(f"{package}{SUFFIXES['provenance']}").write_bytes(statement.json)


def digest(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()
