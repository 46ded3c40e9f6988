"""Channels that teams made, and whose names are, as another forge has them."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from forging import Forged, new_forge, opened_forge
from making import make_package
from siting import zipped

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.first_come import write_brought
from ownconda.access.tokens import make_token
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.following import Following, following, want_all_beside
from ownconda.channels.ledger.made import made_charters
from ownconda.channels.transfers.applying import apply, wanted_bytes
from ownconda.channels.transfers.beginning import begin_following
from ownconda.channels.transfers.transfer import read_transfer
from ownconda.journeys.carried_access import taking_access
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings
from ownconda.wires.database import transaction

SETTINGS = Settings(
    access=AccessSettings(
        rules={
            "readers": RuleSettings(who=["anybody"], may=["read"]),
            "teams": RuleSettings(who=["group:vision"], may=["create", "upload"]),
        }
    )
)
CAMERA = Caller(name="vision/camera@main", principals=frozenset({"pipeline:vision/camera", "group:vision"}))


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "leader")
    with opened_forge(folder, token, SETTINGS) as forge:
        yield forge


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Forged]:
    begin_following(ForgeFolder(root=tmp_path / "follower"), "http://leader")
    with opened_forge(tmp_path / "follower", "", SETTINGS) as forge:
        yield forge


def calling(forge: Forged, caller: Caller) -> Forged:
    scope = Scope(may=frozenset({Action.ADMINISTER}))
    text, token = make_token(caller.name, at=1, scope=scope, stands_for=caller)
    forge.services.tokens.add(token)
    return replace(forge, token=text)


def bring(leader: Forged, follower: Forged, since: int = 0) -> None:
    channels = follower.services.channels
    told = following(channels.ledger.engine) or Following()
    asked = f"since={since}&docs=new&beside={told.beside}"
    answer = leader.client.get(f"/api/v1/history?{asked}", headers=leader.bearer)
    transfer = read_transfer(answer.json())
    for sha256 in wanted_bytes(channels, transfer):
        copy = channels.folder.incoming / sha256
        shutil.copyfile(leader.services.channels.store.path_of(sha256), copy)
        channels.store.take(copy, sha256)
    apply(channels, transfer, also=taking_access(channels, transfer))


def post(forge: Forged, path: str, **body: object) -> int:
    return int(forge.client.post(f"/api/v1/channels{path}", json=body, headers=forge.bearer).status_code)


def test_a_private_channel_is_private_and_its_owners_are_the_same(
    leader: Forged, follower: Forged, tmp_path: Path
) -> None:
    camera = calling(leader, CAMERA)
    assert post(camera, "", name="team.x", base="stable") == 201
    assert camera.upload("team.x", make_package(tmp_path, "lens")).status_code == 200
    bring(leader, follower)
    own = follower.services.own_channels
    own.refresh()
    assert own.all() == leader.services.own_channels.all()
    assert made_charters(follower.services.channels.ledger.engine) == (Charter(name="team.x", base="stable"),)
    assert follower.services.channels.charter("team.x").base == "stable"
    place = "/conda/team.x/linux-64/repodata.json"
    assert follower.client.get(place).status_code in {401, 404}
    assert follower.client.get(place, headers=calling(follower, CAMERA).bearer).status_code == 200
    assert post(camera, "/team.x/allow", who="person:ann", may=["read"]) == 200
    assert post(camera, "/team.x/disallow", who="pipeline:vision/camera", may=["upload"]) == 200
    bring(leader, follower, since=leader.services.channels.state("team.x").snapshot.id)
    own.refresh()
    assert own.all() == leader.services.own_channels.all()


def test_a_follower_says_nothing_itself_of_who_may_what_in_such_channels(leader: Forged, follower: Forged) -> None:
    assert post(calling(leader, CAMERA), "", name="team.x") == 201
    bring(leader, follower)
    assert post(calling(follower, CAMERA), "/team.x/allow", who="person:ann", may=["read"]) == 409


def test_names_are_whose_they_are_at_the_leader(leader: Forged, follower: Forged, tmp_path: Path) -> None:
    assert calling(leader, CAMERA).upload("testing", make_package(tmp_path, "lens")).status_code == 200
    leader.upload("testing", make_package(tmp_path, "zlib"))
    bring(leader, follower)
    assert follower.services.first_come.of(["lens", "zlib"]) == leader.services.first_come.of(["lens", "zlib"])
    assert follower.services.first_come.of(["lens"]) == {"lens": "pipeline:vision/camera"}


def test_a_name_that_was_noted_otherwise_becomes_the_leaders(leader: Forged, follower: Forged, tmp_path: Path) -> None:
    engine = follower.services.channels.ledger.engine
    with transaction(engine, immediate=True) as connection:
        write_brought(connection, [{"name": "lens", "who": "pipeline:somebody/else"}])
    assert calling(leader, CAMERA).upload("testing", make_package(tmp_path, "lens")).status_code == 200
    bring(leader, follower)
    assert follower.services.first_come.of(["lens"]) == {"lens": "pipeline:vision/camera"}


def test_documentation_comes_and_goes_with_the_leaders(leader: Forged, follower: Forged) -> None:
    def pages(forge: Forged) -> int:
        return int(forge.client.get("/docs/shop/main/").status_code)

    def send(forge: Forged) -> int:
        return int(forge.client.put("/docs/shop/main", content=zipped(), headers=forge.bearer).status_code)

    assert send(leader) == 201
    bring(leader, follower)
    assert (pages(leader), pages(follower)) == (200, 200)
    assert send(calling(follower, CAMERA)) == 409
    assert leader.client.delete("/docs/shop/main", headers=leader.bearer).status_code == 200
    bring(leader, follower)
    assert (pages(leader), pages(follower)) == (404, 404)
    assert not list(follower.services.folder.docs.glob("*"))


def test_what_is_lost_at_the_follower_is_told_again_once_it_asks_for_all(leader: Forged, follower: Forged) -> None:
    engine, folder = follower.services.channels.ledger.engine, follower.services.folder
    source = leader.services.channels.store.keep(b"upstream")
    leader.services.channels.shelf.show({leader.services.folder.sources / source / "a.tar": source})
    bring(leader, follower)
    place = folder.sources / source / "a.tar"
    assert place.read_bytes() == b"upstream"
    place.unlink()
    follower.services.channels.store.discard(source)
    bring(leader, follower)
    assert not place.exists()
    want_all_beside(engine)
    bring(leader, follower)
    assert place.read_bytes() == b"upstream"


def test_a_leader_that_was_put_back_tells_everything_again(leader: Forged) -> None:
    source = leader.services.channels.store.keep(b"upstream")
    leader.services.channels.shelf.show({leader.services.folder.sources / source / "a.tar": source})
    told = leader.client.get("/api/v1/history?beside=99", headers=leader.bearer).json()["standing"]
    assert told["beside"] == {f"sources/{source}/a.tar": source}
    assert told["beside_until"] == 1
    again = leader.client.get("/api/v1/history?beside=1", headers=leader.bearer).json()["standing"]
    assert (again["beside"], again["beside_until"]) == ({}, 1)


def test_documentation_is_told_when_it_is_asked_for(leader: Forged) -> None:
    assert leader.client.put("/docs/shop/main", content=zipped(), headers=leader.bearer).status_code == 201
    for asked, there in (("", False), ("docs=none", False), ("docs=new", True), ("docs=all&channel=stable", True)):
        told = leader.client.get(f"/api/v1/history?{asked}", headers=leader.bearer).json()["standing"]["beside"]
        assert any(place.startswith("docs/shop/") for place in told) == there
    assert leader.client.get("/api/v1/history?docs=some", headers=leader.bearer).status_code == 400
