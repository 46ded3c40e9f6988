"""Who is let through to what: each route, and each kind of caller."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from forging import Forged, new_forge, opened_forge
from making import make_package
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.tokens import make_token
from ownconda.forge.app import make_app
from ownconda.forge.permissions import PERMISSIONS
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

RULES = {
    "readers": RuleSettings(who=["anybody"], may=["read"], channels=["stable"]),
    "packagers": RuleSettings(
        who=["group:packagers"], may=["read", "upload", "promote"], channels=["testing", "stable"]
    ),
    "own": RuleSettings(who=["pipeline:own/*"], may=["read", "upload"], channels=["testing"], names=["own_*"]),
    "operators": RuleSettings(who=["person:olga"], may=["administer"]),
}
NAMES = {"own_hello": ["pipeline:own/hello"], "openssl": ["group:packagers"]}
ANN = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}))
HELLO = Caller(name="own/hello@main", principals=frozenset({"pipeline:own/hello", "pipeline:own/hello@main"}))
OLGA = Caller(name="olga", principals=frozenset({"person:olga"}))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, Settings(access=AccessSettings(rules=RULES, names=NAMES))) as forge:
        yield forge


def calling(forge: Forged, caller: Caller, scope: Scope | None = None) -> Forged:
    """Give the forge as somebody sees it who has a token that stands for them."""
    limit = scope or Scope(may=frozenset({Action.ADMINISTER}))
    text, token = make_token(caller.name, at=1, scope=limit, stands_for=caller)
    forge.services.tokens.add(token)
    return replace(forge, token=text)


def test_the_table_tells_what_every_route_asks_for(forge: Forged) -> None:
    routes = [route for route in make_app(forge.services).routes if isinstance(route, Route)]
    there = {(method, route.path) for route in routes for method in (route.methods or ()) if method != "HEAD"}
    assert there == set(PERMISSIONS)


def test_a_channel_that_somebody_may_not_read_does_not_exist_for_them(forge: Forged) -> None:
    assert forge.client.get("/conda/stable/noarch/repodata.json").status_code == 200
    then = forge.services.channels.state("testing").snapshot.id
    for path in ("testing/noarch/repodata.json", "testing/", f"testing.at.{then}/noarch/repodata.json"):
        assert forge.client.get(f"/conda/{path}").status_code == 401
        assert forge.client.get(f"/conda/{path}", headers=calling(forge, HELLO).bearer).status_code == 200
    hidden = forge.client.get("/conda/staging/noarch/repodata.json", headers=calling(forge, HELLO).bearer)
    missing = forge.client.get("/conda/nothing/noarch/repodata.json", headers=calling(forge, OLGA).bearer)
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert "there is no channel 'staging'" in hidden.text


def test_lists_name_only_what_may_be_read(forge: Forged) -> None:
    def named(headers: dict[str, str]) -> list[str]:
        return [one["name"] for one in forge.client.get("/api/v1/channels", headers=headers).json()["channels"]]

    assert named({}) == ["stable"]
    assert named(calling(forge, ANN).bearer) == ["testing", "stable"]
    assert "staging" not in forge.client.get("/", headers={"Accept": "text/html"}).text


def test_a_number_of_a_snapshot_is_no_way_round(forge: Forged) -> None:
    number = forge.services.channels.state("staging").snapshot.id
    assert forge.client.get(f"/api/v1/channels/{number}", headers=calling(forge, ANN).bearer).status_code == 404
    diff = forge.client.get(f"/api/v1/channels/stable/diff?from={number}", headers=calling(forge, ANN).bearer)
    assert diff.status_code == 404


def test_a_name_belongs_to_its_project_whoever_else_may_upload(forge: Forged, tmp_path: Path) -> None:
    own, openssl = (make_package(tmp_path, name, version="99") for name in ("own_hello", "openssl"))
    for caller, package, status in ((HELLO, own, 200), (HELLO, openssl, 403), (ANN, own, 403), (ANN, openssl, 200)):
        answer = calling(forge, caller).upload("testing", package)
        assert (answer.status_code, caller.name, package.name) == (status, caller.name, package.name), answer.text
    foreign = make_package(tmp_path, "own_hello", version="100")
    answer = calling(forge, ANN).upload("testing", foreign)
    assert "the name 'own_hello' belongs to pipeline:own/hello, and ann is none of them" in answer.text


def test_nothing_is_taken_of_an_upload_with_one_foreign_name(forge: Forged, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, name) for name in ("own_hello", "own_other", "zlib")]
    answer = calling(forge, HELLO).upload("testing", *packages)
    assert (answer.status_code, forge.services.channels.state("testing").contents) == (403, {})
    assert "may not upload 'zlib' in testing" in answer.text


def test_who_promotes_has_to_be_able_to_read_the_source(forge: Forged) -> None:
    body = {"from": "staging", "specs": []}
    answer = forge.client.post("/api/v1/channels/stable/promote", json=body, headers=calling(forge, ANN).bearer)
    assert (answer.status_code, "there is no channel 'staging'" in answer.text) == (404, True)


def test_to_waive_a_rule_is_a_right_of_its_own(forge: Forged) -> None:
    body = {"from": "testing", "specs": [], "waive": {"held": "because"}}
    answer = forge.client.post("/api/v1/channels/stable/promote", json=body, headers=calling(forge, ANN).bearer)
    assert (answer.status_code, "ann may not waive in stable" in answer.text) == (403, True)


def test_a_token_that_stands_for_somebody_may_never_do_more_than_it_is_for(forge: Forged) -> None:
    narrow = calling(forge, OLGA, Scope(may=frozenset({Action.READ}), channels=("testing",)))
    assert forge.client.get("/conda/testing/noarch/repodata.json", headers=narrow.bearer).status_code == 200
    assert forge.client.get("/api/v1/usage", headers=narrow.bearer).status_code == 403
    assert forge.client.get("/api/v1/usage", headers=calling(forge, OLGA).bearer).status_code == 200


def test_an_expired_token_and_one_that_is_unknown_are_refused_even_where_everybody_may_read(forge: Forged) -> None:
    text, token = make_token("old", at=1, expires=2)
    forge.services.tokens.add(token)
    for sent, told in ((text, "the token 'old' has expired"), ("own-guess", "doesn't know the token")):
        answer = forge.client.get("/conda/stable/noarch/repodata.json", headers={"Authorization": f"Bearer {sent}"})
        assert (answer.status_code, told in answer.text) == (401, True)
