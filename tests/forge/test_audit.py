from pathlib import Path
from typing import Any

from forging import Forged
from making import make_package


def audit(forge: Forged, **asked: str) -> list[dict[str, Any]]:
    answer = forge.client.get("/api/v1/audit", params=asked, headers=forge.bearer)
    return list(answer.json()["lines"])


def test_what_happens_is_told_in_order_of_time(forge: Forged, tmp_path: Path) -> None:
    body = {"name": "nightly", "may": ["upload"], "channels": ["testing"], "names": ["own_*"]}
    made = forge.client.post("/api/v1/tokens", json=body, headers=forge.bearer).json()
    forge.upload("testing", make_package(tmp_path, "zlib"))
    bearer = {"Authorization": f"Bearer {made['token']}"}
    zlib = {"file": ("zlib-2-0.conda", make_package(tmp_path, "zlib", "2.0").read_bytes())}
    assert forge.client.post("/upload/stable", files=zlib, headers=bearer).status_code == 403
    forge.client.post("/api/v1/tokens/revoke", json={"name": "nightly"}, headers=forge.bearer)
    lines = audit(forge)
    kinds = [(one["kind"], one["who"]) for one in lines if one["kind"] != "created"]
    assert kinds == [
        ("token made", "operator"),
        ("token used from a new address", "init"),
        ("token made", "init"),
        ("upload", "init"),
        ("token used from a new address", "nightly"),
        ("refused", "nightly"),
        ("token revoked", "init"),
    ]
    assert [one["what"] for one in lines if one["kind"] == "refused"] == [
        "POST /upload/stable: nightly may not upload in stable"
    ]
    assert {one["who"] for one in audit(forge, who="night*")} == {"nightly"}
    assert audit(forge, since="9999999999999") == []


def test_no_token_is_in_it_not_even_a_wrong_one(forge: Forged) -> None:
    for _ in range(3):
        forge.client.get("/t/own-guess/conda/stable/noarch/repodata.json")
    [refused] = [one for one in audit(forge) if one["kind"] == "refused"]
    assert refused["what"] == "GET /conda/stable/noarch/repodata.json: this forge doesn't know the token"
    ledger = b"".join(path.read_bytes() for path in forge.services.folder.root.glob("ledger.sqlite*"))
    assert not any(text in ledger for text in (b"own-guess", forge.token.encode()))


def test_a_flood_of_refusals_fills_no_disk(forge: Forged) -> None:
    for number in range(130):
        forge.client.get(f"/conda/x{number}/noarch/repodata.json", headers={"Authorization": "Bearer own-guess"})
    assert len([one for one in audit(forge) if one["kind"] == "refused"]) == 100


def test_only_administrators_read_it(forge: Forged) -> None:
    assert forge.client.get("/api/v1/audit").status_code == 401
