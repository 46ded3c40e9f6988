import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from forging import Forged
from making import make_package
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def filled(forge: Forged, tmp_path: Path) -> Forged:
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "xz", "5.8"))
    return forge


def post(forge: Forged, path: str, **body: Any) -> Any:  # noqa: ANN401  (JSON)
    answer = forge.client.post(f"/api/v1/channels/{path}", json=body, headers=forge.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_is_healthy(forge: Forged) -> None:
    assert forge.client.get("/healthz").json() == {"status": "ok"}


def test_channels_are_told_in_figures(filled: Forged) -> None:
    channels = filled.client.get("/api/v1/channels").json()["channels"]
    assert [(one["name"], one["packages"]) for one in channels] == [
        ("experimental", 0),
        ("testing", 2),
        ("staging", 0),
        ("stable", 0),
        ("archive", 0),
    ]


def test_entries_are_told_all_or_by_specs(filled: Forged) -> None:
    everything = filled.client.get("/api/v1/channels/testing").json()["entries"]
    chosen = filled.client.get("/api/v1/channels/testing", params={"spec": ["xz >=5"]}).json()["entries"]
    assert [one["path"] for one in everything] == [
        "linux-64/xz-5.8-h1_0.conda",
        "linux-64/zlib-1.0-h1_0.conda",
    ]
    assert [one["name"] for one in chosen] == ["xz"]
    assert filled.client.get("/api/v1/channels/testing?spec=%3E%3E").status_code == 422


def test_a_dry_run_tells_and_changes_nothing(filled: Forged) -> None:
    told = post(filled, "staging/promote", **{"from": "testing", "specs": ["zlib"], "dry_run": True})
    assert [one["name"] for one in told["added"]] == ["zlib"]
    assert filled.listed("staging") == set()


def test_a_promotion_is_seen_at_once_and_can_be_rolled_back(filled: Forged) -> None:
    done = post(filled, "staging/promote", **{"from": "testing", "specs": ["zlib"], "reason": "tested"})
    assert filled.listed("staging") == {"zlib-1.0-h1_0.conda"}
    history = filled.client.get("/api/v1/channels/staging/history").json()["snapshots"]
    assert (history[0]["id"], history[0]["reason"]) == (done["snapshot"]["id"], "tested")
    post(filled, "staging/rollback", snapshot=history[1]["id"])
    assert filled.listed("staging") == set()


def test_differences_are_told_between_channels_and_snapshots(filled: Forged) -> None:
    diff = filled.client.get("/api/v1/channels/testing/diff", params={"from": "stable", "to": "testing"}).json()
    assert [one["name"] for one in diff["added"]] == ["xz", "zlib"]
    number = filled.client.get("/api/v1/channels/testing/history").json()["snapshots"][-1]["id"]
    assert filled.client.get(f"/api/v1/channels/testing/diff?from={number}").json()["added"] == diff["added"]


@pytest.mark.parametrize("path", ["staging/promote", "testing/rollback"])
def test_changes_need_a_token(filled: Forged, path: str) -> None:
    assert filled.client.post(f"/api/v1/channels/{path}", json={}).status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("staging/promote", {}, 400),
        ("staging/promote", {"from": "nix"}, 404),
        ("nix/promote", {"from": "testing"}, 404),
        ("staging/promote", {"from": "testing", "specs": "zlib"}, 400),
        ("staging/promote", {"from": "testing", "specs": ["nmupy"]}, 422),
        ("staging/promote", {"from": "testing", "dry_run": "yes"}, 400),
        ("staging/promote", {"from": "staging"}, 422),
        ("testing/rollback", {"snapshot": "x"}, 404),
        ("testing/rollback", {"snapshot": 10**30}, 400),
        ("testing/rollback", {"snapshot": 999}, 404),
        ("testing/rollback", {"snapshot": 3}, 404),
        ("testing/rollback", [], 400),
    ],
)
def test_what_makes_no_sense_is_refused(filled: Forged, path: str, body: object, status: int) -> None:
    answer = filled.client.post(f"/api/v1/channels/{path}", json=body, headers=filled.bearer)
    assert answer.status_code == status, answer.text
    assert answer.json()["problems"][0]["what"]


@pytest.mark.parametrize("body", [b"{", b"[" * 10**5, b'"' + b"x" * (2 << 20) + b'"', b"\xff"])
def test_a_body_that_is_no_json_is_refused(filled: Forged, body: bytes) -> None:
    answer = filled.client.post("/api/v1/channels/staging/promote", content=body, headers=filled.bearer | JSON)
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize(
    "path",
    [
        "nix",
        "nix/history",
        "nix/diff",
        "testing/diff?from=nix",
        "testing/diff?from=99",
        "testing/diff?from=" + "9" * 5000,
    ],
)
def test_what_is_not_there_is_404(filled: Forged, path: str) -> None:
    assert filled.client.get(f"/api/v1/channels/{path}").status_code == 404


@pytest.mark.parametrize("reason", ["\x1b[31mred", "two\nlines", "a\u202eb", "\ud800", "\x00", 5])
def test_a_reason_is_one_line_of_text(filled: Forged, reason: object) -> None:
    for act in ({"from": "testing"}, {"snapshot": 1}):
        content = json.dumps({**act, "reason": reason})
        path = "/api/v1/channels/staging/" + ("promote" if "from" in act else "rollback")
        answer = filled.client.post(path, content=content, headers=filled.bearer | JSON)
        assert (answer.status_code, "'reason'" in answer.text) == (400, True)
    assert filled.listed("staging") == set()


def test_half_a_character_anywhere_is_refused(filled: Forged) -> None:
    for body in ({"from": "\ud800"}, {"from": "testing", "specs": ["\ud800"]}):
        answer = filled.client.post(
            "/api/v1/channels/staging/promote", content=json.dumps(body), headers=filled.bearer | JSON
        )
        assert answer.status_code == 400


def test_a_forge_whose_folder_is_gone_is_not_healthy(forge: Forged) -> None:
    shutil.rmtree(forge.services.folder.public)
    answer = forge.client.get("/healthz")
    assert (answer.status_code, "public" in answer.text) == (503, True)


def test_a_broken_channel_is_told_and_the_others_answer(filled: Forged) -> None:
    with sqlite3.connect(filled.services.folder.ledger) as connection:
        connection.execute("UPDATE files SET record = '[]'")
    connection.close()
    (filled.services.folder.channel("testing") / ".snapshot").unlink()
    root = filled.services.folder.root
    copy = shutil.copytree(root, root.with_name("copy"))
    with open_services(copy) as services, TestClient(make_app(services)) as client:
        assert list(client.get("/healthz").json()["unavailable"]) == ["testing"]
        told = client.get("/api/v1/channels").json()
        assert [one["name"] for one in told["channels"]] == ["experimental", "staging", "stable", "archive"]
        assert [one["name"] for one in told["unavailable"]] == ["testing"]
        assert client.get("/api/v1/channels/testing").status_code == 503
        assert client.get("/conda/testing/", headers={"Accept": "text/html"}).status_code == 503
        assert "unavailable" in client.get("/").text
        assert client.get("/conda/testing/linux-64/repodata.json").status_code == 200
