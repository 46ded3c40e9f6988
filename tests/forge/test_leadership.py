"""What a forge refuses that follows another one, route by route."""

import re

from forging import Forged

from ownconda.channels.ledger.following import follow
from ownconda.forge.leadership import OF_ITS_OWN, take_lead
from ownconda.forge.permissions import PERMISSIONS

CHANGING = sorted((method, path) for method, path in PERMISSIONS if method != "GET")


def test_all_that_changes_history_is_refused_with_the_leaders_address(forge: Forged) -> None:
    follow(forge.services.channels.ledger.engine, "https://first.example.org")
    refused = set()
    for method, path in [one for one in CHANGING if one[1] not in OF_ITS_OWN]:
        address = re.sub(r"\{channel\}", "testing", re.sub(r"\{(?!channel)[^}]*\}", "x", path))
        answer = forge.client.request(method, address, headers=forge.bearer, json={"dry_run": True})
        if answer.status_code == 409 and "this forge follows https://first.example.org" in answer.text:
            refused.add(path)
    assert refused == {path for _, path in CHANGING} - OF_ITS_OWN
    assert {path for _, path in CHANGING} >= OF_ITS_OWN
    assert forge.client.get("/conda/testing/noarch/repodata.json").status_code == 200
    take_lead(forge.services)
    answer = forge.client.post("/api/v1/channels/testing/tag", headers=forge.bearer, json={"name": "mine"})
    assert answer.status_code == 200


def test_the_history_is_for_those_who_may_follow(forge: Forged) -> None:
    assert forge.client.get("/api/v1/history").status_code == 401
    told = forge.client.get("/api/v1/history", headers=forge.bearer)
    assert [one["channel"] for one in told.json()["stretches"]] == list(forge.services.channels.names())
    again = forge.client.get("/api/v1/history", headers=forge.bearer | {"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert forge.client.get("/api/v1/history?channel=nowhere", headers=forge.bearer).status_code == 422
    assert forge.client.get("/api/v1/history?since=x", headers=forge.bearer).status_code == 400
    for sha256 in ("0" * 64, "..%2f..%2fledger.sqlite", "ab"):
        assert forge.client.get(f"/api/v1/history/bytes/{sha256}", headers=forge.bearer).status_code == 404
