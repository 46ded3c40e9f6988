"""`ownconda forge ca` and `ownconda login` against a real forge that ends TLS itself, asked by real clients."""

import json
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import trustme
from forging import new_forge, running_forge

from ownconda.cli.main import run
from ownconda.forge.__main__ import main
from ownconda.wires.ports import bindable_port

RULES = """
[forge]
public_url = "{url}"
[access.rules.machines]
who = ["certificate:build-*"]
may = ["administer"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A forge's folder, its address, and the authority that certifies its server."""

    folder: Path
    url: str
    authority: Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    folder, _ = new_forge(tmp_path / "forge")
    url = f"https://127.0.0.1:{bindable_port('127.0.0.1', 0)}"
    (folder / "ownconda.toml").write_text(RULES.format(url=url))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    made = authority.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    monkeypatch.chdir(tmp_path)
    for name, value in (("HOME", "."), ("RATTLER_AUTH_FILE", "credentials.json"), ("OWNCONDA_FORGE_URL", url)):
        monkeypatch.setenv(name, value if name == "OWNCONDA_FORGE_URL" else str(tmp_path / value))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("OWNCONDA_CA_FILE", str(tmp_path / "authority.pem"))
    return Site(folder=folder, url=url, authority=tmp_path / "authority.pem")


@pytest.fixture
def enrolled(site: Site, capsys: pytest.CaptureFixture[str]) -> Site:
    for command in (["init"], ["enrol", "build-7"]):
        assert run(["forge", "ca", *command, "--folder", str(site.folder)]) == 0
    capsys.readouterr()
    return site


def options(site: Site) -> list[str]:
    server = str(site.folder.parent / "server.pem")
    return ["--port", site.url.rpartition(":")[2], "--tls-certificate", server, "--tls-key", server]


def ca(site: Site, *arguments: str) -> int:
    return run(["forge", "ca", *arguments, "--folder", str(site.folder)])


def test_a_certificate_is_exchanged_for_a_token_that_clients_find(
    enrolled: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "credentials.json").write_text('{"other.example.org": {"CondaToken": "x"}}')
    with running_forge(enrolled.folder, *options(enrolled)) as forge:
        assert forge.url == enrolled.url
        assert run(["login", "--certificate", "build-7.pem"]) == 0
        assert "build-7: a token until 20" in capsys.readouterr().err
        kept = json.loads((tmp_path / "credentials.json").read_text())
        assert set(kept) == {"other.example.org", "127.0.0.1"}
        assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600
        assert run(["forge", "usage", "--json"]) == 0
        logins = tmp_path / ".local" / "state" / "ownconda" / "logins.json"
        told = json.loads(logins.read_text())
        told["127.0.0.1"]["given"] -= 8 * 3_600_000
        told["127.0.0.1"]["expires"] -= 8 * 3_600_000  # as it is eight hours later
        logins.write_text(json.dumps(told))
        assert run(["forge", "usage", "--json"]) == 0
        assert json.loads((tmp_path / "credentials.json").read_text())["127.0.0.1"] != kept["127.0.0.1"]
        assert ca(enrolled, "revoke", "build-7") == 0
        assert "revoked: 1 certificates, 2 tokens" in capsys.readouterr().err
        assert run(["login", "--certificate", "build-7.pem", "--key", "build-7.key"]) == 2
        assert "the certificate was revoked" in capsys.readouterr().err


def test_with_client_certificates_nobody_else_connects(enrolled: Site) -> None:
    pair = ("build-7.pem", "build-7.key")
    with running_forge(enrolled.folder, *options(enrolled), "--client-certificates") as forge:
        answer = requests.get(f"{forge.url}/healthz", cert=pair, verify=str(enrolled.authority), timeout=10)
        assert answer.json() == {"status": "ok"}
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{forge.url}/healthz", verify=str(enrolled.authority), timeout=10)


def test_a_key_is_private_and_no_file_is_overwritten(enrolled: Site, tmp_path: Path) -> None:
    key = tmp_path / "build-7.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert ca(enrolled, "revoke", "build-7") == 0
    assert ca(enrolled, "enrol", "build-7") == 2
    assert key.read_bytes() == before
    assert ca(enrolled, "enrol", "build-7", "-o", "newer.pem") == 0
    assert (tmp_path / "newer.key").exists()


def test_a_request_is_certified_whose_key_never_leaves_its_machine(
    enrolled: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out r -subj /CN=root"
    subprocess.run(make.split(), check=True, capture_output=True, cwd=tmp_path)
    assert ca(enrolled, "enrol", "desk-1", "--csr", "r") == 0
    shown = subprocess.run(
        ["openssl", "verify", "-purpose", "sslclient", "-CAfile", enrolled.folder / "authority/authority.pem",
         "-CRLfile", enrolled.folder / "authority/revoked.pem", "-crl_check", "-x509_strict", "desk-1.pem"],
        check=True, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert shown.stdout == "desk-1.pem: OK\n"
    capsys.readouterr()
    assert ca(enrolled, "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["certificates"]
    assert [(one["name"], one["state"]) for one in listed] == [("build-7", "valid"), ("desk-1", "valid")]
    assert ca(enrolled, "enrol", "desk-2", "--csr", "k") == 2
    assert "isn't a certificate signing request" in capsys.readouterr().err


def test_what_is_needed_for_tls_is_told(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = str(tmp_path / "server.pem")
    for given, told in (
        (["--tls-certificate", server], "forge.tls_key: is needed for TLS"),
        (["--client-certificates"], "forge.tls_certificate: is needed for TLS"),
        (["--tls-certificate", server, "--tls-key", "none.key"], "none.key: isn't there"),
        (["--tls-certificate", str(site.authority), "--tls-key", server], "can't be used for TLS"),
        (["--tls-certificate", server, "--tls-key", server, "--client-certificates"], "forge ca init"),
    ):
        assert main([str(site.folder), "--port", "0", *given]) == 2
        assert told in capsys.readouterr().err
