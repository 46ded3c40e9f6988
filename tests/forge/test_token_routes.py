from dataclasses import replace

import httpx2
import pytest
from forging import Forged


def create(forge: Forged, name: str, *may: str, **fields: object) -> httpx2.Response:
    return forge.client.post("/api/v1/tokens", json={"name": name, "may": may, **fields}, headers=forge.bearer)


def may_upload(forge: Forged, token: str, channel: str) -> int:
    return forge.client.get(f"/upload/{channel}", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_for_what_it_was_made_for_until_it_is_revoked(forge: Forged) -> None:
    answer = create(forge, "nightly", "upload", channels=["testing"], names=["own_*"])
    made = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "private, no-store")
    assert (made["author"], made["names"], made["expires"] > made["created"]) == ("init", ["own_*"], True)
    assert [may_upload(forge, made["token"], channel) for channel in ("testing", "stable")] == [200, 403]
    gone = forge.client.post("/api/v1/tokens/revoke", json={"name": "nightly"}, headers=forge.bearer)
    assert [one["id"] for one in gone.json()["tokens"]] == [made["id"]]
    assert may_upload(forge, made["token"], "testing") == 401


def test_what_is_listed_is_no_token(forge: Forged) -> None:
    made = create(forge, "nightly", "upload", hours=0).json()
    listed = forge.client.get("/api/v1/tokens", headers=forge.bearer)
    assert made["token"] not in listed.text
    assert [(one["name"], one["expires"]) for one in listed.json()["tokens"]] == [("init", None), ("nightly", None)]


def test_only_administrators_make_tokens_and_none_more_than_they_may(forge: Forged) -> None:
    uploader = create(forge, "uploader", "upload").json()["token"]
    narrow = create(forge, "narrow", "administer", names=["own_*"], hours=1).json()
    assert create(replace(forge, token=uploader), "more", "upload").status_code == 403
    refused = create(replace(forge, token=narrow["token"]), "more", "upload")
    assert (refused.status_code, "narrow may not upload '*' in * and so can't give it" in refused.text) == (403, True)
    within = create(replace(forge, token=narrow["token"]), "less", "upload", names=["own_a"], hours=0).json()
    assert within["expires"] == narrow["expires"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"may": ["fly"]}, "there is no action 'fly'"),
        ({"may": []}, "'may' has to name actions"),
        ({"channels": [""]}, "no channel or name may be empty"),
        ({"hours": -1}, "'hours' has to be a whole number"),
        ({"name": "init"}, "there is a token 'init' already"),
        ({"name": " "}, "can't be a token's name"),
    ],
)
def test_what_can_be_no_token_is_told(forge: Forged, fields: dict[str, object], told: str) -> None:
    body = {"name": "new", "may": ["upload"], **fields}
    answer = forge.client.post("/api/v1/tokens", json=body, headers=forge.bearer)
    assert (answer.status_code in {400, 422}, told in answer.text) == (True, True), answer.text


def test_a_token_that_is_not_there_can_not_be_revoked(forge: Forged) -> None:
    answer = forge.client.post("/api/v1/tokens/revoke", json={"name": "nobody"}, headers=forge.bearer)
    assert (answer.status_code, "there is no token 'nobody'" in answer.text) == (422, True)
