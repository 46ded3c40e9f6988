"""Hosted documentation through the doors of a forge."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from forging import Forged, new_forge, opened_forge
from siting import PAGE, PAGES, tarred, zipped

from ownconda.access.callers import read_scope
from ownconda.access.tokens import make_token
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.keeping import read_past
from ownconda.channels.upkeep.backup import back_up
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.garbage import A_DAY, find_garbage
from ownconda.channels.upkeep.restoring import restore
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings


def put(
    forge: Forged, version: str, content: bytes = b"", *, project: str = "shop", query: str = ""
) -> httpx2.Response:
    content = content or zipped()
    return forge.client.put(f"/docs/{project}/{version}{query}", content=content, headers=forge.bearer)


def test_an_archive_is_sent_as_the_body_or_as_a_form(forge: Forged) -> None:
    assert put(forge, "1.0").status_code == 201
    files = {"file": ("site.tar.gz", tarred(compression="gz"))}
    sent = forge.client.post("/docs/shop/1.1", files=files, headers=forge.bearer)
    assert (sent.status_code, sent.json()["outcome"], sent.json()["files"]) == (201, "added", 3)
    assert sent.json()["address"] == "http://testserver/docs/shop/1.1/"
    assert b"<h1>Shop</h1>" in forge.client.get("/docs/shop/1.1/guide/").content
    assert not list(forge.services.folder.incoming.iterdir())


def test_the_same_archive_again_is_fine_and_another_one_only_where_it_is_asked_for(forge: Forged) -> None:
    assert put(forge, "1.0").status_code == 201
    again = put(forge, "1.0")
    assert (again.status_code, again.json()["outcome"]) == (200, "there already")
    assert put(forge, "1.0", tarred()).status_code == 409
    replaced = put(forge, "1.0", tarred(), query="?replace=true")
    assert (replaced.status_code, replaced.json()["outcome"]) == (201, "replaced")
    assert [put(forge, "main", one).status_code for one in (zipped(), tarred())] == [201, 201]


def test_what_can_be_no_site_is_refused_and_nothing_stays(forge: Forged) -> None:
    for content, told in ((PAGE, "damaged, or is none"), (zipped({"a.html": PAGE}), "no index.html")):
        answer = put(forge, "1.0", content)
        assert (answer.status_code, told in answer.text) == (422, True)
    assert put(forge, "stable").status_code == 422
    assert put(forge, "1.0", project="Shop").status_code == 422
    assert put(forge, "1.0", bytes(2 << 20)).status_code == 413
    two = [("file", ("a.zip", zipped())), ("file", ("b.zip", zipped()))]
    assert forge.client.post("/docs/shop/1.0", files=two, headers=forge.bearer).status_code == 400
    damaged = {"X-File-SHA256": "0" * 64, **forge.bearer}
    assert "arrived damaged" in forge.client.put("/docs/shop/1.0", content=zipped(), headers=damaged).text
    assert forge.client.get("/docs/shop/1.0/").status_code == 404
    assert not list(forge.services.folder.incoming.iterdir())


def test_aliases_are_served_in_place_and_a_page_is_known_by_the_one_that_stays(forge: Forged) -> None:
    for version in ("1.0", "2.0", "2.1rc1", "main"):
        put(forge, version, zipped({**PAGES, "which.txt": version.encode()}))
    assert [forge.client.get(f"/docs/shop/{alias}/which.txt").text for alias in ("stable", "latest")] == ["2.0", "main"]
    to_stable = forge.client.get("/docs/shop/", follow_redirects=False)
    assert (to_stable.status_code, to_stable.headers["location"]) == (302, "/docs/shop/stable/")
    canonical = forge.client.get("/docs/shop/1.0/guide/").headers["link"]
    assert canonical == '<http://testserver/docs/shop/stable/guide/>; rel="canonical"'
    assert forge.client.get("/docs/shop/3.0/").status_code == 404


def test_a_project_without_a_release_begins_with_its_latest_version(forge: Forged) -> None:
    put(forge, "feature-x")
    assert forge.client.get("/docs/shop", follow_redirects=False).headers["location"] == "/docs/shop/"
    assert forge.client.get("/docs/shop/", follow_redirects=False).headers["location"] == "/docs/shop/latest/"
    assert 'rel="canonical"' in forge.client.get("/docs/shop/feature-x/").headers["link"]
    assert forge.client.get("/docs/shop/stable/").status_code == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.woff2", "font/woff2"),
        ("objects.inv", "application/octet-stream"),
        ("a.html", "text/html"),
        ("a.exe", "application/octet-stream"),
        ("A.PNG", "image/png"),
    ],
)
def test_files_have_their_types_and_run_in_a_sandbox(forge: Forged, name: str, kind: str) -> None:
    put(forge, "1.0", zipped({**PAGES, name: b"x"}))
    headers = forge.client.get(f"/docs/shop/1.0/{name}").headers
    assert headers["content-type"] == kind
    assert headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert ("access-control-allow-origin" in headers) == name.endswith("woff2")


def test_a_file_is_asked_for_as_any_other(forge: Forged) -> None:
    put(forge, "1.0", zipped({**PAGES, "a.bin": bytes(range(100))}))
    url = "/docs/shop/1.0/a.bin"
    whole = forge.client.get(url)
    assert (whole.headers["cache-control"], forge.client.head(url).headers["content-length"]) == ("no-cache", "100")
    part = forge.client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    for path in (url, "/docs/shop/1.0/", "/docs/shop/switcher.js"):
        tag = forge.client.get(path).headers["etag"]
        assert forge.client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_only_a_page_has_the_switcher_and_what_it_is_changes_nothing_else(forge: Forged) -> None:
    put(forge, "1.0", zipped({**PAGES, "plain.html": b"<p>no head</p>", "header.html": b"<header>x</header>"}))
    page = forge.client.get("/docs/shop/1.0/")
    script = b'<script src="/docs/shop/switcher.js"></script>'
    assert page.content == PAGE.replace(b"<head>", b"<head>" + script)
    assert forge.client.head("/docs/shop/1.0/").headers["content-length"] == str(len(page.content))
    assert forge.client.get("/docs/shop/1.0/plain.html").content == b"<p>no head</p>"
    assert forge.client.get("/docs/shop/1.0/header.html").content == b"<header>x</header>"
    put(forge, "2.0")
    told = forge.client.get("/docs/shop/switcher.js")
    assert told.headers["content-type"].startswith("text/javascript")
    assert '"http://testserver/docs/shop/2.0/"' in told.text


def test_versions_are_told_as_themes_read_them(forge: Forged) -> None:
    for version in ("1.0", "2.0", "main"):
        put(forge, version)
    told = forge.client.get("/docs/shop/versions.json")
    assert told.headers["access-control-allow-origin"] == "*"
    assert [(one["name"], one.get("preferred", False)) for one in told.json()] == [
        ("stable (2.0)", False),
        ("latest (main)", False),
        ("2.0", True),
        ("1.0", False),
        ("main", False),
    ]


def test_no_path_leads_out_and_a_folder_leads_to_its_first_page(forge: Forged) -> None:
    put(forge, "1.0")
    for path in (
        "../../ledger.sqlite",
        "%2e%2e/%2e%2e/ledger.sqlite",
        "..%2f..%2fledger.sqlite",
        ".boot",
        "a%00b",
        "/etc/passwd",
    ):
        assert forge.client.get(f"/docs/shop/1.0/{path}").status_code == 404, path
    folder = forge.client.get("/docs/shop/1.0/guide", follow_redirects=False)
    assert (folder.status_code, folder.headers["location"]) == (302, "/docs/shop/1.0/guide/")
    assert "begins at /docs/shop/1.0/" in forge.client.get("/docs/shop/1.0/nothing.html").text


def test_what_is_removed_is_nowhere_and_the_audit_log_tells_who_did_it(forge: Forged) -> None:
    put(forge, "1.0")
    assert forge.client.delete("/docs/shop/1.0", headers=forge.bearer).status_code == 200
    assert forge.client.get("/docs/shop/1.0/").status_code == 404
    assert forge.client.delete("/docs/shop/1.0", headers=forge.bearer).status_code == 404
    lines = forge.client.get("/api/v1/audit", headers=forge.bearer).json()["lines"]
    told = [(one["kind"], one["who"], one["what"].rpartition(" ")[0]) for one in lines if "docs" in one["kind"]]
    assert told == [("docs uploaded", "init", "shop 1.0"), ("docs removed", "init", "shop 1.0")]


def test_the_index_finds_projects_and_what_they_explain(forge: Forged, inventory: bytes) -> None:
    assert "Nothing is hosted yet" in forge.client.get("/docs/").text
    put(forge, "1.0", zipped({**PAGES, "objects.inv": inventory}))
    put(forge, "main", project="till")
    whole = forge.client.get("/docs/").text
    assert "Shop &amp; Co" in whole
    assert "till" in whole
    found = forge.client.get("/docs/?q=bask").text
    assert "/docs/shop/stable/api.html#shop.Basket" in found
    assert "till" not in found
    assert "till" in forge.client.get("/docs/?q=TILL").text
    assert "Nothing is called so" in forge.client.get("/docs/?q=<script>").text


@pytest.fixture
def inventory() -> bytes:
    head = b"# Sphinx inventory version 2\n# Project: Shop & Co\n# Version: 1.0\n# zlib\n"
    return head + zlib.compress(b"shop.Basket py:class 1 api.html#$ -\n")


RULES = {
    "readers": RuleSettings(who=["anybody"], may=["read"], channels=["stable", "docs:shop"]),
    "own": RuleSettings(who=["token:own"], may=["upload"], channels=["docs:*"], names=["shop", "secret"]),
    "team": RuleSettings(who=["token:team"], may=["read"], channels=["docs:secret"]),
}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    names = {"secret": ["token:team"]}
    with opened_forge(folder, token, Settings(access=AccessSettings(rules=RULES, names=names))) as forge:
        yield forge


def bearer(forge: Forged, name: str) -> dict[str, str]:
    text, token = make_token(name, at=1, scope=read_scope(["read"], ["nothing"], ["*"]))
    forge.services.tokens.add(token)
    return {"Authorization": f"Bearer {text}"}


def test_rules_say_who_may_read_and_upload_which_documentation(guarded: Forged) -> None:
    own, team = bearer(guarded, "own"), bearer(guarded, "team")
    for project in ("shop", "secret", "till"):
        assert put(guarded, "1.0", project=project).status_code == 201
    statuses = {name: guarded.client.get(f"/docs/{name}/1.0/").status_code for name in ("shop", "secret", "nothing")}
    assert statuses == {"shop": 200, "secret": 401, "nothing": 401}
    private = guarded.client.get("/docs/secret/1.0/", headers=team)
    assert (private.status_code, private.headers["cache-control"]) == (200, "private, no-cache")
    listed = [guarded.client.get("/api/v1/docs", headers=one).json()["projects"] for one in ({}, team)]
    assert [[one["name"] for one in some] for some in listed] == [["shop"], ["secret", "shop"]]
    assert "secret" not in guarded.client.get("/docs/").text

    def sent(project: str, headers: dict[str, str]) -> int:
        return guarded.client.put(f"/docs/{project}/2.0", content=zipped(), headers=headers).status_code

    assert [sent("shop", own), sent("till", own), sent("secret", own), sent("shop", team), sent("shop", {})] == [
        201,
        403,
        403,
        403,
        401,
    ]
    assert guarded.client.delete("/docs/shop/1.0", headers=own).status_code == 403


def test_what_is_hosted_comes_back_from_a_backup_and_is_no_garbage(forge: Forged, tmp_path: Path) -> None:
    put(forge, "1.0")
    put(forge, "main", tarred())
    folder, back = forge.services.folder, ForgeFolder(root=tmp_path / "back")
    channels = forge.services.channels
    assert find_garbage(channels, read_past(channels.ledger), {}, at=channels.now() + 2 * A_DAY).orphans == {}
    [hosted] = forge.client.get("/api/v1/usage", headers=forge.bearer).json()["docs"]
    assert (hosted["project"], hosted["versions"], hosted["size"] > 2 * len(PAGE)) == ("shop", 2, True)
    back_up(folder, tmp_path / "backup", at=1)
    assert not restore(tmp_path / "backup", back, ()).lost
    with opened_forge(back.root, forge.token, Settings()) as restored:
        pages = [restored.client.get(f"/docs/shop/{version}/guide/").content for version in ("stable", "latest")]
        assert all(b"<h1>Shop</h1>" in page for page in pages)
    assert not check(back, (), mend=False)


def test_a_page_of_the_documentation_can_not_change_anything(forge: Forged) -> None:
    put(forge, "1.0")
    from_page = {"Origin": "null", "Sec-Fetch-Site": "cross-site", **forge.bearer}
    assert forge.client.put("/docs/shop/1.1", content=zipped(), headers=from_page).status_code == 403
    assert forge.client.delete("/docs/shop/1.0", headers=from_page).status_code == 403
