"""Channels that people make while the forge runs: who sees them, who may what in them, and that they stay."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.own_channels import OwnChannel
from ownconda.access.tokens import make_token
from ownconda.channels.charters import Charter
from ownconda.channels.ledger.made import make_channel
from ownconda.channels.opening import open_channels
from ownconda.forge.own_channels import refresh
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import CacheSettings, ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

RULES = {
    "readers": RuleSettings(who=["anybody"], may=["read"]),
    "packagers": RuleSettings(who=["group:packagers"], may=["upload"]),
    "teams": RuleSettings(who=["group:packagers"], may=["create"], channels=["team.*"]),
}
FORGE = ForgeSettings(caches={"team.cached": CacheSettings(url="http://127.0.0.1:9/elsewhere")})
SETTINGS = Settings(access=AccessSettings(rules=RULES), forge=FORGE)
ANN = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}))
BOB = Caller(name="bob", principals=frozenset({"person:bob", "group:packagers"}))
CAMERA = Caller(name="vision/camera@main", principals=frozenset({"pipeline:vision/camera"}))
NOBODY = Caller()


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, SETTINGS) as forge:
        yield forge


def calling(forge: Forged, caller: Caller, scope: Scope | None = None) -> Forged:
    text, token = make_token(
        caller.name, at=1, scope=scope or Scope(may=frozenset({Action.ADMINISTER})), stands_for=caller
    )
    forge.services.tokens.add(token)
    return replace(forge, token=text)


def post(forge: Forged, path: str, **body: object) -> httpx2.Response:
    return forge.client.post(f"/api/v1/channels{path}", json=body, headers=forge.bearer)


def made(forge: Forged, name: str = "team.x", **body: object) -> Forged:
    ann = calling(forge, ANN)
    answer = post(ann, "", name=name, **body)
    assert answer.status_code == 201, answer.text
    return ann


def test_a_channel_is_there_at_once_and_its_makers(forge: Forged, tmp_path: Path) -> None:
    ann = made(forge, base="stable")
    assert ann.upload("team.x", make_package(tmp_path, "camera")).status_code == 200
    index = forge.client.get("/conda/team.x/linux-64/repodata.json", headers=ann.bearer)
    assert set(index.json()["packages.conda"]) == {"camera-1.0-h1_0.conda"}
    assert forge.services.channels.state("team.x").terms.base == "stable"


@pytest.mark.parametrize("caller", [NOBODY, BOB])
def test_for_others_the_answers_are_those_of_a_channel_that_is_not_there(caller: Caller, forge: Forged) -> None:
    made(forge)
    headers = calling(forge, caller).bearer if caller.is_known else {}
    paths = [
        ("GET", "/conda/{}/noarch/repodata.json"),
        ("GET", "/conda/{}/"),
        ("GET", "/conda/{}.at.2026-11-20/noarch/repodata.json"),
        ("GET", "/api/v1/channels/{}"),
        ("GET", "/api/v1/channels/{}/history"),
        ("GET", "/api/v1/channels/stable/diff?from={}"),
        ("GET", "/api/v1/channels/{}/access"),
        ("GET", "/upload/{}"),
        ("POST", "/upload/{}"),
        ("POST", "/api/v1/channels/{}/yank"),
        ("POST", "/api/v1/channels/{}/allow"),
    ]
    for method, path in paths:
        hidden, missing = (
            forge.client.request(method, path.format(name), headers=headers) for name in ("team.x", "team.y")
        )
        assert hidden.status_code == missing.status_code, path
        assert hidden.text.replace("team.x", "team.y") == missing.text


@pytest.mark.parametrize("path", ["/api/v1/channels/{}", "/api/v1/channels/stable/diff?from={}", "/conda/{}/"])
def test_the_number_of_a_snapshot_tells_nothing_of_it(path: str, forge: Forged) -> None:
    made(forge)
    number = forge.services.channels.state("team.x").snapshot.id
    headers = calling(forge, BOB).bearer
    hidden, missing = (forge.client.get(path.format(one), headers=headers) for one in (number, 999))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.text.replace(str(number), "999") == missing.text


def test_no_list_names_it_but_to_those_who_may_read_it(forge: Forged) -> None:
    ann = made(forge)

    def named(headers: dict[str, str]) -> bool:
        listed = forge.client.get("/api/v1/channels", headers=headers).json()["channels"]
        page = forge.client.get("/", headers={"Accept": "text/html", **headers}).text
        assert ("team.x" in page) == ("team.x" in [one["name"] for one in listed])
        return "team.x" in page

    assert not named({})
    assert not named(calling(forge, BOB).bearer)
    assert (named(ann.bearer), named(forge.bearer)) == (True, True)


def test_a_token_for_all_channels_is_for_none_that_is_private(forge: Forged) -> None:
    made(forge)
    for channels, status in ((("*",), 404), (("team.*",), 200)):
        text, token = make_token("t", at=1, scope=Scope(may=frozenset({Action.READ}), channels=channels))
        forge.services.tokens.add(token)
        answer = forge.client.get("/api/v1/channels/team.x", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == status
        forge.services.tokens.revoke([token.sha256])


def test_a_public_one_goes_by_the_rules_about_all(forge: Forged) -> None:
    made(forge, public=True)
    assert forge.client.get("/api/v1/channels/team.x").status_code == 200


def test_owners_say_who_else_may_what(forge: Forged, tmp_path: Path) -> None:
    ann, bob, camera = made(forge), calling(forge, BOB), calling(forge, CAMERA)
    package = make_package(tmp_path, "camera")
    assert camera.upload("team.x", package).status_code == 404
    assert post(ann, "/team.x/allow", who="pipeline:vision/*", may=["upload"]).status_code == 200
    assert camera.upload("team.x", package).status_code == 200
    assert forge.client.get("/api/v1/channels/team.x", headers=camera.bearer).status_code == 404
    assert post(ann, "/team.x/allow", who="person:bob", may=["read"]).status_code == 200
    assert forge.client.get("/api/v1/channels/team.x", headers=bob.bearer).status_code == 200
    assert post(bob, "/team.x/allow", who="person:bob", may=["administer"]).status_code == 403
    assert post(ann, "/team.x/disallow", who="person:bob", may=[]).json()["granted"] == {
        "person:ann": ["administer"],
        "pipeline:vision/*": ["upload"],
    }
    assert forge.client.get("/api/v1/channels/team.x", headers=bob.bearer).status_code == 404


def test_an_owner_may_nothing_outside_their_channel(forge: Forged) -> None:
    owner = calling(forge, CAMERA)
    made(forge, owners=["pipeline:vision/camera"])
    assert post(owner, "/team.x/allow", who="person:bob", may=["read"]).status_code == 200
    for path in ("/api/v1/usage", "/api/v1/tokens", "/api/v1/audit", "/api/v1/access/channels"):
        assert forge.client.get(path, headers=owner.bearer).status_code == 403
    assert forge.client.put(f"/sources/{'0' * 64}/x.tar", headers=owner.bearer).status_code == 403
    assert post(owner, "/stable/allow", who="person:bob", may=["read"]).status_code == 403
    assert post(owner, "/team.x/allow", who="person:bob", may=["purge"]).status_code == 422


def test_who_may_create_what_is_said_by_rules(forge: Forged) -> None:
    for caller, name, status in ((ANN, "other", 403), (CAMERA, "team.x", 403), (ANN, "team.x", 201)):
        assert post(calling(forge, caller), "", name=name).status_code == status
    assert forge.client.post("/api/v1/channels", json={"name": "team.y"}).status_code == 401


def test_no_channel_that_is_there_is_taken_over(forge: Forged) -> None:
    made(forge)
    for name in ("team.x", "stable", "team.cached"):
        answer = post(forge, "", name=name)
        assert (answer.status_code, f"there is a channel '{name}' already" in answer.text) == (409, True)
    assert list(forge.services.own_channels.one("team.x").grants[0].who) == list("person:ann")
    assert post(forge, "/stable/allow", who="person:ann", may=["upload"]).status_code == 422
    for name in ("Team.X", "team.x.at.1", "team.x.tar-bz2", "noarch", "../x"):
        assert post(forge, "", name=name).status_code == 422


def test_one_stands_only_on_what_its_maker_may_read(forge: Forged) -> None:
    made(forge)
    bob = calling(forge, BOB)
    hidden, missing = (post(bob, "", name="team.z", base=base) for base in ("team.x", "nothing"))
    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_a_restart_keeps_it(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, SETTINGS) as forge:
        made(forge, base="stable")
    with opened_forge(folder, token, SETTINGS) as again:
        assert again.services.channels.state("team.x").terms.base == "stable"
        assert again.services.own_channels.one("team.x").private
        assert again.client.get("/api/v1/channels/team.x").status_code == 404
    with open_channels(again.services.folder) as channels:
        assert channels.charter("team.x").base == "stable"


def test_settings_that_name_it_later_win(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, SETTINGS) as forge:
        ann = made(forge)
    named = ForgeSettings(channels={"stable": ChannelSettings(), "team.x": ChannelSettings()})
    with opened_forge(folder, token, replace(SETTINGS, forge=named)) as again:
        assert again.client.get("/api/v1/channels/team.x").status_code == 200
        answer = again.client.get("/api/v1/channels/team.x/access", headers=ann.bearer)
        assert answer.status_code == 403


def test_what_another_process_made_is_served_after_a_refresh(forge: Forged) -> None:
    own = OwnChannel(name="team.y")
    engine = forge.services.channels.ledger.engine
    make_channel(
        engine,
        Charter(name="team.y", base="stable"),
        author="ann",
        at=1,
        also=lambda connection: forge.services.own_channels.add(connection, own, by="ann"),
    )
    assert refresh(forge.services) == ("team.y",)
    assert refresh(forge.services) == ()
    assert forge.client.get("/api/v1/channels/team.y").status_code == 404
    assert forge.client.get("/conda/team.y/noarch/repodata.json", headers=forge.bearer).status_code == 200
    assert forge.services.channels.state("team.y").terms.base == "stable"


def test_every_change_is_in_the_audit_log(forge: Forged) -> None:
    ann = made(forge)
    post(ann, "/team.x/allow", who="person:bob", may=["read", "upload"])
    post(ann, "/team.x/disallow", who="person:bob", may=["upload"])
    lines = forge.client.get("/api/v1/audit?who=ann", headers=forge.bearer).json()["lines"]
    told = [(one["kind"], one["what"]) for one in lines if one["kind"].startswith(("channel", "access"))]
    assert told == [
        ("channel made", "team.x: private, owned by person:ann"),
        ("access given", "team.x: person:bob: read, upload"),
        ("access taken", "team.x: person:bob: upload"),
    ]


def test_revoking_somebody_ends_what_they_may_in_channels(forge: Forged) -> None:
    ann = made(forge)
    post(ann, "/team.x/allow", who="person:bob", may=["read"])
    body = {"who": "person:bob"}
    told = forge.client.post("/api/v1/access/revoke", json=body, headers=forge.bearer).json()
    assert told["channels"] == ["team.x"]
    assert [grant.who for grant in forge.services.own_channels.one("team.x").grants] == ["person:ann"]
