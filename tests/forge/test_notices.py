"""Notices of channels (CEP 6), as clients read them and as they are posted over HTTP."""

import pytest
from forging import Forged

from ownconda.channels.telling.noticeboard import Noticeboard
from ownconda.repodata.notices import Level

DAY = 24 * 3600 * 1000


def post(forge: Forged, **body: str) -> dict[str, str]:
    answer = forge.client.post("/api/v1/channels/testing/notices", json=body, headers=forge.bearer)
    assert answer.status_code == 200, answer.text
    [notice] = answer.json()["notices"]
    told: dict[str, str] = notice
    return told


def shown(forge: Forged) -> list[str]:
    answer = forge.client.get("/conda/testing/notices.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return [notice["message"] for notice in answer.json()["notices"]]


def test_a_notice_is_what_clients_read(forge: Forged) -> None:
    assert forge.client.get("/conda/testing/notices.json").status_code == 404
    told = post(forge, message="Python 3.9 goes in May", level="warning", expires="2999-05-31")
    assert forge.client.get("/conda/testing/notices.json").json() == {"notices": [told]}
    assert told["level"] == "warning"
    assert told["expires_at"] == "2999-05-31T23:59:59+00:00"
    assert forge.client.get("/conda/staging/notices.json").status_code == 404


def test_it_lies_beside_the_index_for_any_web_server(forge: Forged) -> None:
    post(forge, message="hello")
    beside = forge.services.folder.channel("testing") / "notices.json"
    assert beside.read_bytes() == forge.client.get("/conda/testing/notices.json").content
    old = forge.client.get(f"/conda/testing.at.{forge.services.channels.state('testing').snapshot.id}/notices.json")
    assert old.content == beside.read_bytes()


def test_a_notice_is_taken_away_again(forge: Forged) -> None:
    first, _ = post(forge, message="one"), post(forge, message="two")
    body = {"id": first["id"]}
    assert forge.client.post("/api/v1/channels/testing/notices/remove", json=body, headers=forge.bearer).is_success
    assert shown(forge) == ["two"]
    again = forge.client.post("/api/v1/channels/testing/notices/remove", json=body, headers=forge.bearer)
    assert again.status_code == 404


def test_an_expired_notice_is_shown_no_more(forge: Forged) -> None:
    board: Noticeboard = forge.services.noticeboard
    board.post("testing", "long ago", level=Level.INFO, expires_at=2 * DAY, author="ann", now=DAY)
    beside = forge.services.folder.channel("testing") / "notices.json"
    assert b"long ago" in beside.read_bytes()
    assert shown(forge) == []
    assert b"long ago" not in beside.read_bytes()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"message": " "}, 422),
        ({"message": "x" * 5000}, 422),
        ({"message": "x", "level": "loud"}, 400),
        ({"message": "x", "expires": "soon"}, 400),
        ({"message": "x", "expires": "1999-01-01"}, 422),
    ],
)
def test_what_is_no_notice_is_refused(forge: Forged, body: dict[str, str], status: int) -> None:
    answer = forge.client.post("/api/v1/channels/testing/notices", json=body, headers=forge.bearer)
    assert answer.status_code == status, answer.text


def test_a_notice_needs_a_token_and_a_channel(forge: Forged) -> None:
    assert forge.client.post("/api/v1/channels/testing/notices", json={"message": "x"}).status_code == 401
    assert forge.client.get("/api/v1/channels/nix/notices").status_code == 404


def test_a_lost_file_is_written_again_when_somebody_asks(forge: Forged) -> None:
    post(forge, message="hello")
    (forge.services.folder.channel("testing") / "notices.json").unlink()
    assert shown(forge) == ["hello"]


def test_where_the_file_can_not_be_written_the_old_one_is_answered(forge: Forged) -> None:
    forge.services.noticeboard.post("testing", "old", level=Level.INFO, expires_at=2 * DAY, author="ann", now=DAY)
    folder = forge.services.folder.channel("testing")
    away = folder.rename(folder.with_name("away"))
    folder.write_bytes(b"no folder")
    forge.services.noticeboard.refresh("testing", now=3 * DAY)
    folder.unlink()
    away.rename(folder)
    assert b"old" in (folder / "notices.json").read_bytes()
