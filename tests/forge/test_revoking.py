from pathlib import Path
from typing import Any

from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.access.callers import Caller
from ownconda.access.tokens import make_token
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

RULES = {
    "readers": RuleSettings(who=["anybody"], may=["read"]),
    "ann": RuleSettings(who=["person:ann"], may=["upload"]),
    "people": RuleSettings(who=["person:*"], may=["read"]),
    "bob": RuleSettings(who=["person:bob"], may=["upload"]),
}


def revoke(forge: Forged, who: str, **fields: object) -> dict[str, Any]:
    answer = forge.client.post("/api/v1/access/revoke", json={"who": who, **fields}, headers=forge.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_somebodys_tokens_end_and_what_is_left_of_them_is_told(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    settings = Settings(access=AccessSettings(rules=RULES, names={"zlib": ["person:ann"]}))
    with opened_forge(folder, token, settings) as forge:
        ann, bearers = Caller(name="ann", principals=frozenset({"person:ann"})), []
        for at in (1, 2):
            text, made = make_token("ann", at=at, stands_for=ann)
            forge.services.tokens.add(made)
            bearers.append({"Authorization": f"Bearer {text}"})
        package = make_package(tmp_path, "zlib")
        files = {"file": (package.name, package.read_bytes())}
        assert forge.client.post("/upload/testing", files=files, headers=bearers[0]).status_code == 200
        assert revoke(forge, "person:ann", dry_run=True)["dry_run"]
        assert forge.client.get("/upload/testing", headers=bearers[1]).status_code == 200
        told = revoke(forge, "person:ann")
        assert [one["name"] for one in told["tokens"]] == ["ann", "ann"]
        assert told["settings"] == ["access.rules.ann", "access.rules.people", "access.names.zlib"]
        assert [(one["channel"], one["added"]) for one in told["uploads"]] == [("testing", 1)]
        assert [forge.client.get("/upload/testing", headers=one).status_code for one in bearers] == [401, 401]
        assert revoke(forge, "person:nobody")["tokens"] == []


def test_a_token_is_meant_by_its_name_alone_or_by_a_pattern(forge: Forged) -> None:
    for name in ("night-1", "night-2"):
        forge.services.tokens.add(make_token(name, at=1)[1])
    assert [one["name"] for one in revoke(forge, "night-1")["tokens"]] == ["night-1"]
    assert [one["name"] for one in revoke(forge, "token:night-*")["tokens"]] == ["night-2"]
