"""Names at each door of a forge: others' names, names of a channel stood on, and who came first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.first_come import FirstCome
from ownconda.access.tokens import make_token
from ownconda.channels.ledger.first_authors import first_authors
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

CHANNELS = {
    "vendor": ChannelSettings(),
    "stable": ChannelSettings(base="vendor"),
    "testing": ChannelSettings(base="stable"),
    "apart": ChannelSettings(),
    "new": ChannelSettings(base="vendor"),
}
RULES = {
    "all": RuleSettings(who=["anybody"], may=["read"]),
    "projects": RuleSettings(who=["pipeline:own/*"], may=["upload"]),
    "adopters": RuleSettings(who=["anybody"], may=["manage"], channels=["new"]),
    "people": RuleSettings(who=["group:packagers"], may=["upload", "promote"]),
}
NAMES = {"claimed": ["pipeline:own/hello"], "shared_*": ["pipeline:own/*"]}
ANN = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}))


def pipeline(project: str) -> Caller:
    names = {f"pipeline:own/{project}", f"pipeline:own/{project}@main"}
    return Caller(name=f"own/{project}@main", principals=frozenset(names))


HELLO, OTHER = pipeline("hello"), pipeline("other")


def settings(*, first_come: bool = True) -> Settings:
    access = AccessSettings(rules=RULES, names=NAMES, first_come=first_come)
    return Settings(access=access, forge=ForgeSettings(channels=CHANNELS))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, settings()) as forge:
        assert forge.upload("vendor", make_package(tmp_path, "openssl", "3.0")).status_code == 200
        yield forge


def calling(forge: Forged, caller: Caller) -> Forged:
    limit = Scope(may=frozenset({Action.ADMINISTER}))
    text, token = make_token(caller.name, at=1, scope=limit, stands_for=caller)
    forge.services.tokens.add(token)
    return replace(forge, token=text)


def by_form(forge: Forged, channel: str, package: Path) -> httpx2.Response:
    return forge.upload(channel, package)


def by_prefix(forge: Forged, channel: str, package: Path) -> httpx2.Response:
    files = {"file": (package.name, package.read_bytes())}
    return forge.client.post(f"/api/v1/upload/{channel}", files=files, headers=forge.bearer)


def by_quetz(forge: Forged, channel: str, package: Path) -> httpx2.Response:
    path = f"/api/channels/{channel}/upload/{package.name}"
    return forge.client.post(path, content=package.read_bytes(), headers=forge.bearer)


def by_quetz_form(forge: Forged, channel: str, package: Path) -> httpx2.Response:
    files = {"files": (package.name, package.read_bytes())}
    return forge.client.post(f"/api/channels/{channel}/files/", files=files, headers=forge.bearer)


def by_adoption(forge: Forged, channel: str, package: Path) -> httpx2.Response:
    files = {"file": (package.name, package.read_bytes())}
    params: Mapping[str, str] = {"adopted_since": "1700000000000", "reason": "moved"}
    return forge.client.post(f"/upload/{channel}", files=files, headers=forge.bearer, params=params)


Door = Callable[[Forged, str, Path], httpx2.Response]
DOORS: tuple[Door, ...] = (by_form, by_prefix, by_quetz, by_quetz_form, by_adoption)


@pytest.mark.parametrize("door", DOORS)
def test_a_name_that_a_base_lists_is_closed(door: Door, forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "openssl", "99")
    for caller in (HELLO, ANN):
        answer = door(calling(forge, caller), "new", package)
        assert answer.status_code == 403
        assert "'openssl' in new would hide the package of that name in vendor" in answer.text
    assert door(forge, "new", package).is_success  # an administrator's


@pytest.mark.parametrize("door", DOORS)
def test_a_name_that_another_project_brought_is_closed(door: Door, forge: Forged, tmp_path: Path) -> None:
    assert calling(forge, HELLO).upload("apart", make_package(tmp_path, "tool", "1")).status_code == 200
    answer = door(calling(forge, OTHER), "new", make_package(tmp_path, "tool", "2"))
    assert (answer.status_code, "'tool' were brought by others first" in answer.text) == (403, True)
    assert door(calling(forge, HELLO), "new", make_package(tmp_path, "tool", "2")).is_success


@pytest.mark.parametrize("door", DOORS)
def test_a_claimed_name_is_closed_to_others(door: Door, forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "claimed")
    answer = door(calling(forge, OTHER), "new", package)
    assert (answer.status_code, "belongs to pipeline:own/hello" in answer.text) == (403, True)
    assert door(calling(forge, HELLO), "new", package).is_success


def test_who_only_uploads_may_not_adopt(forge: Forged, tmp_path: Path) -> None:
    answer = by_adoption(calling(forge, HELLO), "apart", make_package(tmp_path, "tool"))
    assert (answer.status_code, "may not manage in apart" in answer.text) == (403, True)


def test_bases_of_bases_count(forge: Forged, tmp_path: Path) -> None:
    answer = calling(forge, ANN).upload("testing", make_package(tmp_path, "openssl", "99"))
    assert "'openssl' in testing would hide the package of that name in vendor, on which testing stands" in answer.text


def test_who_owns_a_name_by_a_claim_may_bring_it_over_a_base(forge: Forged, tmp_path: Path) -> None:
    assert forge.upload("vendor", make_package(tmp_path, "claimed", "1")).status_code == 200
    assert calling(forge, HELLO).upload("new", make_package(tmp_path, "claimed", "2")).status_code == 200


def test_a_project_goes_on_with_its_name_after_it_was_promoted_below(forge: Forged, tmp_path: Path) -> None:
    hello = calling(forge, HELLO)
    assert hello.upload("testing", make_package(tmp_path, "tool", "1")).status_code == 200
    assert (
        calling(forge, ANN)
        .client.post(
            "/api/v1/channels/stable/promote", json={"from": "testing", "specs": ["tool"]}, headers=forge.bearer
        )
        .is_success
    )
    assert hello.upload("testing", make_package(tmp_path, "tool", "2")).status_code == 200


def test_a_name_that_several_share_by_a_claim_is_no_matter_of_who_came_first(forge: Forged, tmp_path: Path) -> None:
    assert calling(forge, HELLO).upload("apart", make_package(tmp_path, "shared_x", "1")).status_code == 200
    assert calling(forge, OTHER).upload("apart", make_package(tmp_path, "shared_x", "2")).status_code == 200


def test_people_may_update_what_a_project_brought(forge: Forged, tmp_path: Path) -> None:
    assert calling(forge, HELLO).upload("apart", make_package(tmp_path, "tool", "1")).status_code == 200
    assert calling(forge, ANN).upload("apart", make_package(tmp_path, "tool", "2")).status_code == 200


def test_a_refused_upload_takes_no_name(forge: Forged, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, name, "9") for name in ("fresh", "openssl")]
    assert calling(forge, OTHER).upload("apart", *packages).status_code == 403
    assert calling(forge, HELLO).upload("apart", packages[0]).status_code == 200


def test_a_promotion_may_not_hide_what_a_base_lists_unless_the_name_is_claimed(forge: Forged, tmp_path: Path) -> None:
    for name in ("zlib", "claimed"):
        assert forge.upload("vendor", make_package(tmp_path, name, "1")).status_code == 200
    assert calling(forge, ANN).upload("apart", make_package(tmp_path, "zlib", "99")).status_code == 200
    assert calling(forge, HELLO).upload("apart", make_package(tmp_path, "claimed", "2")).status_code == 200
    ann = calling(forge, ANN)

    def promoted(who: Forged, *specs: str) -> httpx2.Response:
        body = {"from": "apart", "specs": list(specs)}
        return forge.client.post("/api/v1/channels/stable/promote", json=body, headers=who.bearer)

    assert (promoted(ann).status_code, "'zlib' in stable would hide" in promoted(ann).text) == (403, True)
    assert promoted(ann, "claimed").status_code == 200
    assert promoted(forge).status_code == 200


def test_first_come_can_be_switched_off(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, settings(first_come=False)) as forge:
        for version, caller in enumerate((HELLO, OTHER)):
            package = make_package(tmp_path, "tool", str(version))
            assert calling(forge, caller).upload("apart", package).status_code == 200


def test_names_from_before_they_were_noted_are_their_first_authors(forge: Forged, tmp_path: Path) -> None:
    for version, caller in enumerate((HELLO, ANN)):
        package = make_package(tmp_path, "tool", str(version))
        assert calling(forge, caller).upload("apart", package).status_code == 200
    engine = forge.services.channels.ledger.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE access_first_come")
    found = FirstCome(engine, lambda: first_authors(engine)).of(["tool", "openssl", "nothing"])
    assert found == {"tool": "pipeline:own/hello", "openssl": ""}
