"""nginx as `ownconda forge nginx` configures it, before a real forge."""

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run
from ownconda.wires.ports import bindable_port
from ownconda.wires.processes import start, stop

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx: sh scripts/system-packages proxy")
SETTINGS = """
[access.rules.everybody]
who = ["anybody"]
may = ["read"]
channels = ["testing", "archive"]
[access.rules.desk]
who = ["anybody"]
may = ["read"]
channels = ["staging"]
networks = ["10.0.0.0/8"]
[forge]
proxies = ["127.0.0.1/32"]
count_downloads = false
"""
MAIN = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{}}
http {{
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxied;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    include {home}/forge.conf;
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    url: str
    folder: Path
    token: str
    package: Path
    log: Path

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers=headers, timeout=10, allow_redirects=False)


@contextmanager
def site(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    """Run a forge that has a package in two channels, of which everybody may read one, behind nginx."""
    folder, token = new_forge(home / "forge")
    (folder / "ownconda.toml").write_text(SETTINGS)
    package, port, behind = make_package(home, "one"), bindable_port("127.0.0.1", 0), bindable_port("127.0.0.1", 0)
    options = ["--listen", f"127.0.0.1:{port}", "--to", f"127.0.0.1:{behind}", "--log", str(home / "access.log")]
    capsys.readouterr()
    assert run(["forge", "nginx", str(folder), *options]) == 0
    (home / "forge.conf").write_text(capsys.readouterr().out)
    (home / "main.conf").write_text(MAIN.format(home=home))
    with running_forge(folder, "--port", str(behind)):
        process = start([str(NGINX), "-c", str(home / "main.conf"), "-e", str(home / "error.log")])
        try:
            made = Site(
                url=f"http://127.0.0.1:{port}", folder=folder, token=token, package=package, log=home / "access.log"
            )
            with requests.Session() as session:
                retry = requests.adapters.HTTPAdapter(
                    max_retries=requests.adapters.Retry(connect=8, backoff_factor=0.02)
                )
                session.mount("http://", retry)
                for channel in ("testing", "stable"):
                    with package.open("rb") as file:
                        answer = session.post(
                            f"{made.url}/upload/{channel}", files={"file": file}, headers=made.bearer, timeout=30
                        )
                    assert answer.status_code == 200, answer.text
            yield made
        finally:
            stop(process)


def test_nginx_hands_out_what_everybody_may_read_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with site(tmp_path, capsys) as made:
        name, content = made.package.name, made.package.read_bytes()
        package = made.get(f"/conda/testing/linux-64/{name}")
        assert (package.content, package.headers["Server"][:5]) == (content, "nginx")
        assert package.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        index = made.get("/conda/testing/noarch/repodata.json.zst")
        assert (index.status_code, index.headers["Cache-Control"]) == (200, "no-cache")
        assert index.headers["Content-Type"] == "application/zstd"
        for private in ("stable", "staging"):
            assert made.get(f"/conda/{private}/noarch/repodata.json").status_code == 401, private
        assert made.get(f"/conda/stable/linux-64/{name}", **made.bearer).content == content
        assert made.get(f"/t/{made.token}/conda/stable/linux-64/{name}").content == content
        hidden = (
            "/conda/testing/.snapshot",
            "/conda/testing/noarch/.x",
            "/conda/testing/../stable/noarch/repodata.json",
        )
        assert [made.get(path).status_code for path in hidden] == [404, 404, 401]
        assert made.get("/conda/testing/").text.count("testing") > 1  # a page
        snapshot = made.get("/api/v1/channels/testing").json()["snapshot"]["id"]
        then = made.get(f"/conda/testing.at.{snapshot}/linux-64/{name}")
        assert then.content == content, then.text
        purge = {"file": f"linux-64/{name}", "reason": "a secret"}
        assert requests.post(f"{made.url}/api/v1/purge", json=purge, headers=made.bearer, timeout=10).status_code == 200
        assert made.get(f"/conda/testing/linux-64/{name}").status_code == 410
    log = made.log.read_text()
    assert made.token not in log
    assert f"GET /t/***/conda/stable/linux-64/{name} HTTP/1.1" in log


def test_what_nginx_hands_out_goes_on_while_the_forge_is_gone_and_is_counted_by_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(tmp_path, capsys) as made:
        subprocess.run(["pkill", "-9", "-f", f"ownconda.forge {made.folder} "], check=True)
        name = made.package.name
        assert made.get(f"/conda/testing/linux-64/{name}").status_code == 200
        assert made.get("/conda/testing/linux-64/repodata.json").json()["packages.conda"].keys() == {name}
        assert made.get(f"/conda/stable/linux-64/{name}").status_code == 502
    packed = tmp_path / "access.log.1.gz"
    packed.write_bytes(gzip.compress(made.log.read_bytes()))
    with running_forge(made.folder) as forge:
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", made.token)
        assert run(["forge", "count-downloads", str(packed), "--forge", forge.url]) == 0
    assert "1 download more" in capsys.readouterr().err


def test_an_old_configuration_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = new_forge(tmp_path / "forge")
    assert run(["forge", "nginx", str(folder)]) == 0
    (tmp_path / "forge.conf").write_text(capsys.readouterr().out)
    assert run(["forge", "nginx", str(folder), "--check", str(tmp_path / "forge.conf")]) == 0
    (folder / "ownconda.toml").write_text(SETTINGS)
    assert run(["forge", "nginx", str(folder), "--check", str(tmp_path / "forge.conf")]) == 1
    assert "write it anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--name", "a; }"], "'a; }' can't stand in nginx's configuration"),
        (["--to", "127.0.0.1:80;x"], "can't stand"),
        (["--certificate", "x.pem"], "belong together"),
    ],
)
def test_what_nginx_would_take_for_something_else_is_refused(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = new_forge(tmp_path / "forge")
    assert run(["forge", "nginx", str(folder), *options]) == 2
    assert said in capsys.readouterr().err
