"""`ownconda upload` with a key, and `ownconda attestation`, against a real forge."""

import base64
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from attesting import claimed_provenance, new_key, subject_of
from cryptography.hazmat.primitives.asymmetric import ec
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """One forge for the module; each test uses package names of its own."""
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder) as running:
        yield running.url, token


@pytest.fixture(autouse=True)
def key(forge: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key that uploads are signed with; its public one isn't trusted by any setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", forge[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", forge[1])
    made = new_key(tmp_path / "keys")
    monkeypatch.setenv("OWNCONDA_SIGNING_KEY", str(made))
    return made


def built(folder: Path, name: str) -> Path:
    """A package with provenance beside it, as a build leaves it."""
    package = make_package(folder, name)
    beside = package.with_name(f"{package.name}.provenance.json")
    beside.write_bytes(claimed_provenance(subject_of(package)).json)
    return package


def address(forge: tuple[str, str], package: Path, channel: str = "testing") -> str:
    return f"{forge[0]}/conda/{channel}/linux-64/{package.name}"


def verdicts(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    [told] = json.loads(capsys.readouterr().out)
    return {"verified": told["verified"]} | {
        one["predicate_type"].rsplit("/", 2)[-2]: (one["trusted_key"] is not None, one["problem"])
        for one in told["claims"]
    }


def test_what_is_uploaded_with_a_key_is_verified_from_the_forge(
    forge: tuple[str, str], key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = built(tmp_path, "signed")
    assert run(["upload", str(package)]) == 0
    assert "1 added, 0 there already, signed" in capsys.readouterr().err
    words = ["attestation", "verify", "--key", str(key.with_suffix(".pub")), address(forge, package)]
    assert run([*words, "--target-channel", f"{forge[0]}/conda/testing"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"verified  {address(forge, package)}\n")
    assert f"publish to {forge[0]}/conda/testing: signed by " in told.out
    assert "provenance: signed by " in told.out
    assert "1 of 1 verified" in told.err


def test_the_trusted_keys_of_the_settings_count(
    forge: tuple[str, str], key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = built(tmp_path, "trusted")
    run(["upload", str(package)])
    monkeypatch.setenv("OWNCONDA_SIGNING_TRUSTED_KEYS", str(key.with_suffix(".pub")))
    assert run(["attestation", "verify", address(forge, package)]) == 0


def test_a_wrong_key_or_channel_verifies_nothing(
    forge: tuple[str, str], key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, other = built(tmp_path, "wrong"), new_key(tmp_path, "other").with_suffix(".pub")
    run(["upload", str(package)])
    capsys.readouterr()
    words = ["attestation", "verify", address(forge, package)]
    assert run([*words, "--key", str(other)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("NOT verified")
    assert "which isn't trusted" in told
    elsewhere = f"{forge[0]}/conda/stable"
    assert run([*words, "--key", str(key.with_suffix(".pub")), "--target-channel", elsewhere]) == 1


def test_without_a_key_it_is_said_that_nothing_is_signed(
    forge: tuple[str, str],
    key: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OWNCONDA_SIGNING_KEY")
    package = built(tmp_path, "unsigned")
    assert run(["upload", str(package)]) == 0
    assert ", not signed" in capsys.readouterr().err
    words = ["attestation", "verify", "--json", "--key", str(key.with_suffix(".pub")), address(forge, package)]
    assert run(words) == 1
    assert verdicts(capsys) == {"verified": False, "provenance": (False, None), "publish": (False, None)}


def test_packages_that_are_signed_already_arent_signed_again(
    forge: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = built(tmp_path, "again")
    monkeypatch.setenv("OWNCONDA_SIGNING_KEY", str(new_key(tmp_path, "ecdsa", curve=ec.SECP256R1())))
    for _ in range(2):  # ECDSA gives another signature each time
        assert run(["upload", str(package)]) == 0
    assert len(json.loads(fetched(forge, package, ".sigs"))) == 2


def test_signed_packages_are_installed_like_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "cache"))
    assert run(["upload", str(built(tmp_path, "installed"))]) == 0
    assert run(["env", "create", "-p", str(tmp_path / "prefix"), "-c", "testing", "installed"]) == 0
    assert (tmp_path / "prefix" / "share" / "installed.txt").is_file()


@pytest.fixture
def here(forge: tuple[str, str], tmp_path: Path) -> Path:
    """A package on disk with all that the forge has of it beside it."""
    package = built(tmp_path / "here", f"here{next(NUMBERS)}")
    run(["upload", str(package)])
    for suffix in (".sigs", ".publish.json"):
        package.with_name(package.name + suffix).write_bytes(fetched(forge, package, suffix))
    return package


@pytest.mark.parametrize(
    ("suffix", "problem"),
    [("", "the package's is"), (".sigs", "its signature isn't of what it says"), (".provenance.json", "it is about")],
)
def test_what_was_changed_since_is_not_verified(
    here: Path, key: Path, suffix: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["attestation", "verify", "--key", str(key.with_suffix(".pub")), str(here.parent)]
    assert run(words) == 0
    CHANGES[suffix](here.with_name(here.name + suffix))
    capsys.readouterr()
    assert run(words) == 1
    assert problem in capsys.readouterr().out


def test_what_lies_beside_another_package_isnt_uploaded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _change_package(here)
    assert run(["upload", str(make_package(here.parent, here.name.split("-")[0], files={"a": b"another"}))]) == 2
    assert f"isn't about {here.name} as it is" in capsys.readouterr().err


def test_where_a_package_comes_from_is_shown(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    assert run(["attestation", "show", str(here)]) == 0
    told = capsys.readouterr().out
    assert "builder    https://builder.example" in told
    assert "(not verified)" in told
    assert run(["attestation", "show", "--json", str(here)]) == 0
    [shown] = json.loads(capsys.readouterr().out)
    kinds = {one["statement"]["predicateType"]: one["signed_by"] is not None for one in shown["claims"]}
    assert kinds["https://slsa.dev/provenance/v1"] is True
    monkeypatch.chdir(here.parent)
    assert run(["attestation", "show", str(make_package(here.parent / "bare", "bare"))]) == 0
    assert "there is no provenance beside it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["verify", "none-1-0.conda"], 2, "there is no such file"),
        (["show", "none-1-0.conda"], 2, "there is no such file"),
        (["verify", "--key", "none.pub", "x.conda"], 3, "can't be read"),
    ],
)
def test_what_is_missing_is_told(words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attestation", *words]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "definition",
    [{"resolvedDependencies": 7}, {"externalParameters": []}, [], {"externalParameters": {"recipe": "\ud800"}}],
)
def test_odd_provenance_is_shown_as_far_as_it_goes(
    definition: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = make_package(tmp_path, "tool")
    subject = {"name": package.name, "digest": {"sha256": hashlib.sha256(package.read_bytes()).hexdigest()}}
    fields = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": definition},
    }
    package.with_name(f"{package.name}.provenance.json").write_text(json.dumps(fields))
    assert run(["attestation", "show", str(package)]) == 0
    assert "not signed" in capsys.readouterr().out
    assert run(["attestation", "show", "--json", str(package)]) == 0
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["claims"] == [{"statement": fields, "signed_by": None}]


def test_a_package_that_may_not_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = make_package(tmp_path, "tool")
    package.chmod(0)
    if os.access(package, os.R_OK):
        pytest.skip("this user may read everything")
    assert run(["attestation", "show", str(package)]) == 3
    assert "can't be read: Permission denied" in capsys.readouterr().err


def test_somebody_has_to_be_trusted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attestation", "verify", str(here)]) == 2
    told = capsys.readouterr().err
    assert "nobody is trusted: no key, and no identity" in told
    assert "give --key PUBLIC.pem, or set signing.trusted_keys" in told


def test_a_package_that_no_channel_has_is_told(
    forge: tuple[str, str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{forge[0]}/conda/testing/linux-64/none-1-0.conda"
    assert run(["attestation", "verify", "--key", str(key.with_suffix(".pub")), url]) == 2
    assert "there is no such package" in capsys.readouterr().err


def fetched(forge: tuple[str, str], package: Path, suffix: str) -> bytes:
    answer = requests.get(address(forge, package) + suffix, timeout=10)
    answer.raise_for_status()
    return answer.content


def _change_package(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")


def _change_signed(file: Path) -> None:
    """Let the signed statement name another builder."""
    elements = json.loads(file.read_bytes())
    for element in elements:
        envelope = element["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"]).replace(b"builder.example", b"builder.invalid")
        envelope["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(elements))


def _change_claim(file: Path) -> None:
    """Let the claim be about another package."""
    file.write_bytes(file.read_bytes().replace(b"here", b"there"))


CHANGES: dict[str, Callable[[Path], None]] = {
    "": _change_package,
    ".sigs": _change_signed,
    ".provenance.json": _change_claim,
}
