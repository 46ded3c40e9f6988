"""What every answer tells browsers and caches, whatever it is of."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from forging import Forged, opened_forge
from making import make_package
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.strict_transport import LASTING
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

CONTENT = b"<html><script>alert(1)</script></html>"
PUBLIC = {"anybody": RuleSettings(who=["anybody"], may=["read"], channels=["stable"])}


@pytest.fixture
def private(blank: tuple[Path, str], tmp_path: Path) -> Iterator[Forged]:
    folder = shutil.copytree(blank[0], tmp_path / "private")
    with opened_forge(folder, blank[1], Settings(access=AccessSettings(rules=PUBLIC))) as forge:
        yield forge


def test_no_answer_lets_a_browser_guess(forge: Forged) -> None:
    for path in ("/healthz", "/api/v1/channels", "/api/v1/openapi.json", "/conda/stable/noarch/repodata.json", "/nix"):
        assert forge.client.get(path).headers["X-Content-Type-Options"] == "nosniff", path
    shutil.rmtree(forge.services.folder.root / "incoming")
    forge.services.channels.ledger.engine.dispose()
    broken = TestClient(make_app(replace(forge.services, tokens=None)), raise_server_exceptions=False)  # type: ignore[arg-type]
    answer = broken.get("/api/v1/tokens", headers=forge.bearer)
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (500, "nosniff")


@pytest.mark.parametrize(
    "name", ["x.html", "x.xhtml", "x.svg", "x.xml", "x.js", "x.mjs", "x.css", "x.pdf", "x.wasm", "x.htm", "x", "x.HTML"]
)
def test_nothing_that_was_uploaded_runs_as_a_page_of_ours(forge: Forged, name: str) -> None:
    address = f"/sources/{sha256(CONTENT).hexdigest()}/{name}"
    assert forge.client.put(address, content=CONTENT, headers=forge.bearer).status_code == 201
    for asked in ({}, {"Range": "bytes=0-5"}, {"Range": "bytes=0-1,3-4"}, {"Accept": "text/html"}):
        answer = forge.client.get(address, headers=asked)
        kind = "multipart/byteranges" if "," in asked.get("Range", "") else "application/octet-stream"
        assert answer.headers["Content-Type"].partition(";")[0] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_not_everybody_may_have_is_kept_by_no_shared_cache(private: Forged, tmp_path: Path) -> None:
    private.upload("testing", make_package(tmp_path, "zlib"))
    hidden = (
        "/conda/testing/linux-64/repodata.json",
        "/conda/testing/linux-64/zlib-1.0-h1_0.conda",
        "/api/v1/channels/testing",
        "/api/v1/channels",
        "/api/v1/login",
        "/api/v1/where-used?spec=zlib",
        "/api/v1/usage",
        "/metrics",
    )
    for path in hidden:
        told = private.client.get(path, headers=private.bearer).headers["Cache-Control"].split(", ")
        assert told[0] == "private", path
        assert "public" not in told, path


def test_answers_are_asked_for_again_and_errors_never_kept(private: Forged) -> None:
    assert private.client.get("/api/v1/channels").headers["Cache-Control"] == "no-cache"
    assert private.client.get("/api/v1/channels/stable").headers["Cache-Control"] == "no-cache"
    for path in ("/conda/stable/noarch/x-1-0.conda", "/conda/testing/noarch/repodata.json", "/nix"):
        assert "no-store" in private.client.get(path).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("public_url", "asked", "told"),
    [
        ("https://conda.example.org", "http://127.0.0.1:8765", LASTING),
        ("https://conda.example.org:443/forge", "http://127.0.0.1:8765", LASTING),
        ("https://conda.example.org:8443", "https://conda.example.org:8443", None),
        ("http://conda.example.org", "http://conda.example.org", None),
        ("", "http://conda.example.org", None),
        ("", "https://conda.example.org", LASTING),
        ("", "https://conda.example.org:443", LASTING),
        ("", "https://conda.example.org:8443", None),
        ("", "https://[::1]:8443", None),
        ("", "https://[::1]", LASTING),
    ],
)
def test_tls_is_kept_to_where_the_forge_has_its_host_to_itself(
    forge: Forged, public_url: str, asked: str, told: str | None
) -> None:
    client = TestClient(make_app(replace(forge.services, public_url=public_url)), base_url=asked)
    for path in ("/healthz", "/nix"):
        assert client.get(path).headers.get("Strict-Transport-Security") == told
