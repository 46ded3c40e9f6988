"""`ownconda upload` in a job with an id token, and `ownconda attestation` of what it signed, against real services."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import trustme
from attesting import claimed_provenance, new_key, subject_of
from forging import new_forge, running_forge
from making import make_package
from serving import closed_address
from sigstore_at_home import (
    ISSUER,
    JOB,
    GitLab,
    Sigstore,
    running_second_sigstore,
    running_sigstore,
    server_tls,
)

from ownconda.cli.main import run

TRUSTED = ["--identity", JOB, ISSUER]


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """One forge for the module; each test uses package names of its own."""
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder) as running:
        yield running.url, token


@pytest.fixture
def sigstore(forge: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sigstore]:
    """Services of one's own, and a job that has an id token for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", forge[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", forge[1])
    with running_sigstore(tmp_path) as running:
        monkeypatch.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(running.config))
        monkeypatch.setenv("SIGSTORE_ID_TOKEN", running.gitlab.token())
        yield running


def built(folder: Path, name: str) -> Path:
    """A package with provenance beside it, as a build leaves it."""
    package = make_package(folder, name)
    beside = package.with_name(f"{package.name}.provenance.json")
    beside.write_bytes(claimed_provenance(subject_of(package)).json)
    return package


def address(forge: tuple[str, str], package: Path) -> str:
    return f"{forge[0]}/conda/testing/linux-64/{package.name}"


def is_there(forge: tuple[str, str], package: Path) -> bool:
    return requests.head(address(forge, package), timeout=10).ok


def taken_home(forge: tuple[str, str], package: Path) -> Path:
    """Lay the signatures that the forge has beside the package."""
    beside = package.with_name(f"{package.name}.sigs")
    beside.write_bytes(requests.get(f"{address(forge, package)}.sigs", timeout=10).content)
    return beside


def verify(*words: str) -> int:
    return run(["attestation", "verify", *words])


def test_what_a_job_uploads_is_verified_by_its_identity(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = built(tmp_path, "signed")
    assert run(["upload", str(package)]) == 0
    assert "1 added, 0 there already, signed" in capsys.readouterr().err
    asked = sigstore.fulcio.issued, len(sigstore.rekor.leaves)
    assert asked == (1, 2)
    assert verify(*TRUSTED, "--target-channel", f"{forge[0]}/conda/testing", address(forge, package)) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"verified  {address(forge, package)}\n")
    assert f"provenance: signed by {JOB} (of {ISSUER})" in told
    assert (sigstore.fulcio.issued, len(sigstore.rekor.leaves)) == asked, "verifying asks nobody"


def test_the_identities_of_the_settings_are_trusted(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = built(tmp_path, "set")
    assert run(["upload", str(package)]) == 0
    settings = f'[signing]\nsigstore_config = "{sigstore.config}"\n[signing.trusted_identities]\n"{JOB}" = "{ISSUER}"\n'
    (tmp_path / "ownconda.toml").write_text(settings)
    capsys.readouterr()
    assert verify("--json", address(forge, package)) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["verified"]
    assert {(one["trusted_key"], one["trusted_identity"]["name"]) for one in told["claims"]} == {(None, JOB)}


def test_sigstores_own_tool_verifies_the_bundles(forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path) -> None:
    package = built(tmp_path, "bundled")
    assert run(["upload", str(package)]) == 0
    element = json.loads(taken_home(forge, package).read_bytes())[0]
    assert element["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    bundle = tmp_path / "bundle.sigstore.json"
    bundle.write_text(json.dumps(element))
    words = ["--trust-config", str(sigstore.config), "verify", "identity", "--offline", "--bundle", str(bundle)]
    signer = ["--cert-identity", JOB, "--cert-oidc-issuer", ISSUER]
    done = subprocess.run(
        [sys.executable, "-m", "sigstore", *words, *signer, str(package)], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("sigstore")
def test_another_identity_is_told_with_what_would_trust_it(
    forge: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = built(tmp_path, "stranger")
    assert run(["upload", str(package)]) == 0
    capsys.readouterr()
    other = JOB.replace("heads/main", "heads/feature")
    for identity in ([other, ISSUER], [JOB, "https://gitlab.example.org"]):
        assert verify("--identity", *identity, address(forge, package)) == 1
        told = capsys.readouterr()
        assert told.out.startswith("NOT verified")
        assert f"signed by {JOB} (of {ISSUER}), which isn't trusted" in told.out
        assert f'set signing.trusted_identities to {{"{JOB}" = "{ISSUER}"}}' in told.err


@pytest.mark.usefixtures("sigstore")
def test_without_anybody_trusted_it_is_told_who_signed(
    forge: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = built(tmp_path, "nobody")
    assert run(["upload", str(package)]) == 0
    assert verify(address(forge, package)) == 2
    assert f'set signing.trusted_identities to {{"{JOB}" = "{ISSUER}"}}' in capsys.readouterr().err
    assert run(["attestation", "show", address(forge, package)]) == 0
    assert f"signed by  {JOB} (of {ISSUER}) (not verified)" in capsys.readouterr().out


def test_a_key_goes_before_the_id_token(
    sigstore: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forge: tuple[str, str]
) -> None:
    key = new_key(tmp_path / "keys")
    monkeypatch.setenv("OWNCONDA_SIGNING_KEY", str(key))
    package = built(tmp_path, "keyed")
    assert run(["upload", str(package)]) == 0
    assert sigstore.fulcio.issued == 0
    assert verify("--key", str(key.with_suffix(".pub")), address(forge, package)) == 0


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (GitLab().token(lasts=timedelta(minutes=-1)), "signature has expired"),
        (GitLab().token(audience="https://vault.example.com"), "audience doesn't match"),
        ("rubbish", "not enough segments"),
    ],
)
def test_a_token_that_cannot_do_is_told_before_anybody_is_asked(  # noqa: PLR0913, PLR0917  (fixtures and parameters)
    forge: tuple[str, str],
    sigstore: Sigstore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str,
    told: str,
) -> None:
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", token)
    package = built(tmp_path, "badtoken")
    assert run(["upload", str(package)]) == 2
    said = capsys.readouterr().err
    assert f"SIGSTORE_ID_TOKEN: can't be used as an id token: {told}" in said
    assert "id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}" in said
    assert token not in said
    assert sigstore.fulcio.issued == 0
    assert not is_there(forge, package)


@pytest.mark.usefixtures("sigstore")
def test_a_token_of_an_issuer_that_fulcio_does_not_know_is_refused(
    forge: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", GitLab().token())
    package = built(tmp_path, "unknown")
    assert run(["upload", str(package)]) == 3
    said = capsys.readouterr().err
    assert "/api/v2/signingCert: it answers 401: There was an error processing the identity token" in said
    assert "nothing was uploaded" in said
    assert not is_there(forge, package)


def test_when_the_log_breaks_down_in_the_middle_nothing_is_uploaded(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = [built(tmp_path / "many", f"half{number}") for number in range(2)]
    sigstore.rekor.room = 3
    assert run(["upload", str(tmp_path / "many")]) == 3
    assert "/api/v1/log/entries: it answers 503: the log is out of order" in capsys.readouterr().err
    assert not any(is_there(forge, package) for package in packages)
    sigstore.rekor.room = 100
    assert run(["upload", str(tmp_path / "many")]) == 0
    assert all(is_there(forge, package) for package in packages)


def test_when_nobody_answers_nothing_is_uploaded(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = json.loads(sigstore.config.read_bytes())
    config["signingConfig"]["caUrls"][0]["url"] = closed_address()
    sigstore.config.write_text(json.dumps(config))
    package = built(tmp_path, "down")
    assert run(["upload", str(package)]) == 3
    said = capsys.readouterr().err
    assert "/api/v2/signingCert: can't be reached" in said
    assert "nothing was uploaded" in said
    assert not is_there(forge, package)


def test_what_the_described_services_did_not_sign_is_not_uploaded(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "others").mkdir()
    with running_sigstore(tmp_path / "others") as others:
        config, other = json.loads(sigstore.config.read_bytes()), json.loads(others.config.read_bytes())
        config["trustedRoot"]["tlogs"] = other["trustedRoot"]["tlogs"]
        sigstore.config.write_text(json.dumps(config))
        package = built(tmp_path, "mismatch")
        assert run(["upload", str(package)]) == 3
    said = capsys.readouterr().err
    assert "what Sigstore signed can't be verified" in said
    assert "does signing.sigstore_config describe these services as they are?" in said
    assert not is_there(forge, package)


def test_a_certificate_that_is_too_old_is_renewed(forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path) -> None:
    sigstore.fulcio.lasts = timedelta(seconds=50)
    package = built(tmp_path, "renewed")
    assert run(["upload", str(package)]) == 0
    assert sigstore.fulcio.issued == 2
    assert verify(*TRUSTED, address(forge, package)) == 0


def test_many_packages_are_signed_with_one_certificate(
    forge: tuple[str, str], sigstore: Sigstore, tmp_path: Path
) -> None:
    packages = [built(tmp_path / "many", f"one{number}") for number in range(9)]
    assert run(["upload", str(tmp_path / "many")]) == 0
    assert (sigstore.fulcio.issued, len(sigstore.rekor.leaves)) == (1, 18)
    assert verify(*TRUSTED, *(address(forge, package) for package in packages)) == 0


@pytest.fixture
def second_sigstore(sigstore: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sigstore]:
    """Services whose log has version 2, in place of the others."""
    assert sigstore.config.is_file()
    folder = tmp_path / "second"
    folder.mkdir()
    with running_second_sigstore(folder) as running:
        monkeypatch.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(running.config))
        monkeypatch.setenv("SIGSTORE_ID_TOKEN", running.gitlab.token())
        yield running


def test_a_log_of_version_2_needs_a_time_stamp(
    forge: tuple[str, str], second_sigstore: Sigstore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, later = built(tmp_path, "stamped"), built(tmp_path, "unstamped")
    assert run(["upload", str(package)]) == 0
    assert verify(*TRUSTED, address(forge, package)) == 0
    assert second_sigstore.clock
    second_sigstore.clock.stopped = True
    capsys.readouterr()
    assert run(["upload", str(later)]) == 3
    assert "does the time stamp authority answer" in capsys.readouterr().err
    assert not is_there(forge, later)


@pytest.mark.usefixtures("sigstore")
def test_bundles_of_an_older_version_are_verified(forge: tuple[str, str], tmp_path: Path) -> None:
    package = built(tmp_path, "older")
    assert run(["upload", str(package)]) == 0
    beside = taken_home(forge, package)
    elements = json.loads(beside.read_bytes())
    for element in elements:
        material = element["verificationMaterial"]
        element["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"
        material["x509CertificateChain"] = {"certificates": [material.pop("certificate")]}
    beside.write_text(json.dumps(elements))
    assert verify(*TRUSTED, str(package)) == 0


def change_statement(package: Path, beside: Path) -> None:
    elements = json.loads(beside.read_bytes())
    for element in elements:
        envelope = element["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"]).replace(b"builder.example", b"builder.invalid")
        envelope["payload"] = base64.b64encode(payload).decode()
    beside.write_text(json.dumps(elements))
    package.with_name(f"{package.name}.provenance.json").unlink()


def change_package(package: Path, beside: Path) -> None:
    assert beside.is_file()
    package.write_bytes(package.read_bytes() + b"x")


def take_proof_away(_package: Path, beside: Path) -> None:
    elements = json.loads(beside.read_bytes())
    for element in elements:
        del element["verificationMaterial"]["tlogEntries"]
    beside.write_text(json.dumps(elements))


@pytest.mark.usefixtures("sigstore")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_statement, "its certificate or signature doesn't hold: DSSE: invalid signature"),
        (change_package, "the package's is"),
        (take_proof_away, "its certificate or signature doesn't hold: failed to load bundle"),
    ],
)
def test_what_was_changed_since_is_not_verified(
    forge: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], change: object, told: str
) -> None:
    package = built(tmp_path / "here", f"changed{getattr(change, '__name__', '').replace('_', '')}")
    assert run(["upload", str(package)]) == 0
    beside = taken_home(forge, package)
    assert verify(*TRUSTED, str(package)) == 0
    assert callable(change)
    change(package, beside)
    capsys.readouterr()
    assert verify(*TRUSTED, str(package)) == 1
    assert told in capsys.readouterr().out


def test_the_same_identity_by_another_authority_proves_nothing(
    forge: tuple[str, str],
    sigstore: Sigstore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "forged").mkdir()
    package = built(tmp_path, "forged")
    with running_sigstore(tmp_path / "forged") as forgers, monkeypatch.context() as theirs:
        theirs.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(forgers.config))
        theirs.setenv("SIGSTORE_ID_TOKEN", forgers.gitlab.token())
        assert run(["upload", str(package)]) == 0
        assert verify(*TRUSTED, address(forge, package)) == 0
    assert sigstore.fulcio.issued == 0
    capsys.readouterr()
    assert verify(*TRUSTED, address(forge, package)) == 1
    assert "its certificate or signature doesn't hold" in capsys.readouterr().out


def test_services_with_a_certificate_of_the_organisation_are_trusted_by_ca_file(
    sigstore: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, folder = trustme.CA(), tmp_path / "tls"
    folder.mkdir()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    with running_sigstore(folder, tls=server_tls(authority)) as secured:
        monkeypatch.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(secured.config))
        monkeypatch.setenv("SIGSTORE_ID_TOKEN", secured.gitlab.token())
        assert run(["upload", str(built(tmp_path, "secured"))]) == 3
        assert "its certificate isn't trusted" in capsys.readouterr().err
        monkeypatch.setenv("OWNCONDA_CA_FILE", str(folder / "ca.pem"))
        assert run(["upload", str(built(tmp_path, "secured"))]) == 0
    assert sigstore.fulcio.issued == 0


def test_without_services_of_ones_own_the_public_ones_are_asked(
    forge: tuple[str, str],
    sigstore: Sigstore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = built(tmp_path, "public")
    assert run(["upload", str(package)]) == 0
    monkeypatch.delenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG")
    capsys.readouterr()
    assert verify(*TRUSTED, address(forge, package)) == 1  # by the keys that the library knows: nobody is asked
    assert "its certificate or signature doesn't hold" in capsys.readouterr().out
    monkeypatch.setenv("HTTPS_PROXY", closed_address())
    assert run(["upload", str(built(tmp_path, "later"))]) == 3
    said = capsys.readouterr().err
    assert "the public good instance of Sigstore can't be asked for its keys" in said
    assert "set signing.sigstore_config" in said
    assert sigstore.fulcio.issued == 1


@pytest.mark.usefixtures("sigstore")
@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (None, 3, "the trust config can't be read"),
        ("{", 2, "isn't a trust config of Sigstore"),
        ('{"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"}', 2, "trustedRoot: Field required"),
    ],
)
def test_a_trust_config_that_is_none_is_told(  # noqa: PLR0913, PLR0917  (fixtures and parameters)
    content: str | None,
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "config.json"
    if content is not None:
        config.write_text(content)
    monkeypatch.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(config))
    assert run(["upload", str(built(tmp_path, "config"))]) == code
    said = capsys.readouterr().err
    assert str(config) in said
    assert told in said


@pytest.mark.usefixtures("sigstore")
def test_without_the_library_it_is_told_how_to_get_it(
    forge: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signed, unsigned = built(tmp_path, "before"), built(tmp_path, "without")
    assert run(["upload", str(signed)]) == 0
    monkeypatch.setitem(sys.modules, "sigstore", None)
    assert run(["upload", str(unsigned)]) == 3
    assert "pip install 'ownconda[sigstore]', or unset SIGSTORE_ID_TOKEN" in capsys.readouterr().err
    assert not is_there(forge, unsigned)
    assert verify(*TRUSTED, address(forge, signed)) == 3
    assert "pip install 'ownconda[sigstore]'" in capsys.readouterr().err
    monkeypatch.delenv("SIGSTORE_ID_TOKEN")
    assert run(["upload", str(unsigned)]) == 0
    assert ", not signed" in capsys.readouterr().err


def test_the_library_is_loaded_for_id_tokens_alone(tmp_path: Path) -> None:
    program = """
import sys
from ownconda.cli.main import run
for words in (["--help"], ["upload", "--help"], ["attestation", "verify", "--help"], ["upload", "none.conda"]):
    run(words)
print("sigstore" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "False"
