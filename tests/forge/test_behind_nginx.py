"""A forge behind Debian's nginx, which asks clients for certificates; and rattler with a token got by one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import trustme
from certifying import YEAR, new_authority, new_key
from cryptography.hazmat.primitives.serialization import Encoding
from forging import new_forge, running_forge

from ownconda.access.authority import Authority, enrol, private_pem, revoke
from ownconda.cli.main import run
from ownconda.wires.ports import bindable_port
from ownconda.wires.processes import start, stop

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="needs nginx: sh scripts/system-packages proxy")
HEADER = "X-Client-Certificate"
SETTINGS = f"""
[forge]
public_url = "http://127.0.0.1:{{port}}"
proxies = ["127.0.0.2/32"]
certificate_header = "{HEADER}"
user_header = "X-Remote-User"
[access.rules.machines]
who = ["certificate:build-*"]
may = ["administer"]
"""
CONFIGURATION = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{}}
http {{
    access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxied;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {home}/server.pem; ssl_certificate_key {home}/server.pem;
        ssl_client_certificate {authority}/authority.pem;
        ssl_verify_client optional;
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_bind 127.0.0.2;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Client-Certificate $ssl_client_escaped_cert;
            proxy_set_header X-Remote-User "";
        }}
    }}
}}
"""
ASK = """
import asyncio, os, sys, rattler
client = rattler.Client.authenticated_client()
got = asyncio.run(rattler.fetch_repo_data(
    channels=[rattler.Channel(sys.argv[1])], platforms=[rattler.Platform("noarch")], cache_path=sys.argv[2],
    callback=None, client=client))
print(len(got), flush=True)
os._exit(0)  # its threads may crash while the interpreter is taken down
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A forge, the addresses of nginx before it and of itself, and its authority."""

    url: str
    direct: str
    authority: Authority
    home: Path

    def usage(self, name: str | None = None, **headers: str) -> requests.Response:
        """Ask nginx for what administrators may know, with somebody's certificate."""
        cert = str(self.home / f"{name}.pem") if name else None
        trusted = str(self.home / "server-authority.pem")
        return requests.get(f"{self.url}/api/v1/usage", cert=cert, verify=trusted, headers=headers, timeout=10)


def certify(authority: Authority, name: str, home: Path) -> bytes:
    """Write a certificate and its key into one file, as conda's ``client_ssl_cert`` may have them."""
    key = new_key()
    issued = enrol(authority, name, key.public_key(), now=datetime.now(UTC), lasts=YEAR)
    pem = issued.public_bytes(Encoding.PEM)
    (home / f"{name}.pem").write_bytes(pem + private_pem(key))
    return pem


@contextmanager
def nginx(home: Path, authority: Authority, behind: str) -> Iterator[str]:
    port = bindable_port("127.0.0.1", 0)
    made = trustme.CA()
    made.cert_pem.write_to_path(str(home / "server-authority.pem"))
    made.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))
    text = CONFIGURATION.format(home=home, port=port, authority=authority.root, behind=behind)
    (home / "nginx.conf").write_text(text)
    process = start([str(NGINX), "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")])
    try:
        session = requests.Session()
        retry = requests.adapters.HTTPAdapter(max_retries=requests.adapters.Retry(connect=8, backoff_factor=0.02))
        session.mount("https://", retry)
        session.get(f"https://127.0.0.1:{port}/healthz", verify=str(home / "server-authority.pem"), timeout=10)
        yield f"https://127.0.0.1:{port}"
    finally:
        stop(process)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder, _ = new_forge(tmp_path / "forge")
    port = bindable_port("127.0.0.1", 0)
    (folder / "ownconda.toml").write_text(SETTINGS.format(port=port))
    authority = new_authority(folder / "authority", datetime.now(UTC))
    with running_forge(folder, "--port", str(port)) as forge, nginx(tmp_path, authority, str(port)) as url:
        yield Site(url=url, direct=forge.url, authority=authority, home=tmp_path)


@needs_nginx
def test_nginx_passes_certificates_on_and_nobody_else_can(site: Site) -> None:
    pem = certify(site.authority, "build-7", site.home)
    certify(site.authority, "desk-1", site.home)
    statuses = [site.usage(name).status_code for name in ("build-7", "desk-1", None)]
    assert statuses == [200, 403, 401]
    forged = {HEADER: quote(pem.decode()), "X-Remote-User": "build-7", "X-Forwarded-For": "127.0.0.2"}
    assert site.usage(None, **forged).status_code == 401
    assert requests.get(f"{site.direct}/api/v1/usage", headers=forged, timeout=10).status_code == 401
    stranger = new_authority(site.home / "another", datetime.now(UTC))
    certify(stranger, "build-8", site.home)
    assert site.usage("build-8").status_code == 400
    assert revoke(site.authority, "build-7", now=datetime.now(UTC)) == 1
    refused = site.usage("build-7")
    assert (refused.status_code, "was revoked" in refused.text) == (401, True)


@needs_nginx
def test_rattler_reads_what_only_certified_machines_may_after_a_login(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", ASK, f"{site.direct}/conda/testing", str(site.home / "cache")]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    monkeypatch.setenv("RATTLER_AUTH_FILE", str(site.home / "credentials.json"))
    (site.home / "credentials.json").write_text("{}")
    pem = str(site.home / "build-7.pem")
    certify(site.authority, "build-7", site.home)
    refused = asked()
    assert refused.returncode != 0
    assert "401" in refused.stderr
    assert run(["login", "--forge", site.direct, "--certificate", pem, "--key", pem]) == 0
    assert json.loads((site.home / "credentials.json").read_text())["127.0.0.1"]["BearerToken"].startswith("own-")
    answered = asked()
    assert (answered.returncode, answered.stdout) == (0, "1\n"), answered.stderr
