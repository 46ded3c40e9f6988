"""Limits of size, room, bytes a day and requests a minute, as who runs into them sees them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.limits import read_limit
from ownconda.access.rates import Rates
from ownconda.access.tokens import make_token
from ownconda.errors import WrongInputError
from ownconda.settings.access import AccessSettings, LimitSettings, RuleSettings
from ownconda.settings.tree import Settings

RULES = {
    "all": RuleSettings(who=["anybody"], may=["read"]),
    "people": RuleSettings(who=["person:*"], may=["upload", "promote"]),
}
ANN = Caller(name="ann", principals=frozenset({"person:ann"}))
BOB = Caller(name="bob", principals=frozenset({"person:bob", "group:trusted"}))
MEGABYTE, GIGABYTE = 1e6, 1e9


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, str]:
    return new_forge(tmp_path / "forge")


@contextmanager
def limited(folder: tuple[Path, str], **limits: LimitSettings) -> Iterator[tuple[Forged, Forged]]:
    """Open a forge with limits, as Ann sees it, and as Bob does."""
    settings = Settings(access=AccessSettings(rules=RULES, limits=limits))
    with opened_forge(*folder, settings) as forge:
        yield calling(forge, ANN), calling(forge, BOB)


def calling(forge: Forged, caller: Caller) -> Forged:
    limit = Scope(may=frozenset({Action.ADMINISTER}))
    text, token = make_token(caller.name, at=1, scope=limit, stands_for=caller)
    forge.services.tokens.add(token)
    return replace(forge, token=text)


def package(tmp_path: Path, name: str) -> Path:
    """Make packages that are of one size."""
    return make_package(tmp_path, name, files={"x": b"x" * 5000}, extension=".tar.bz2")


def size(*packages: Path) -> int:
    return sum(one.stat().st_size for one in packages)


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["problems"][0]["what"]


def test_a_package_may_be_so_large_and_for_some_larger(folder: tuple[Path, str], tmp_path: Path) -> None:
    made = package(tmp_path, "big")
    small = LimitSettings(package_megabytes=(size(made) - 1) / MEGABYTE)
    large = LimitSettings(who=["group:trusted"], package_megabytes=size(made) / MEGABYTE)
    with limited(folder, small=small, large=large) as (ann, bob):
        what = f"{made.name} has {size(made)} bytes, and a package may have {size(made) - 1}"
        assert told(ann.upload("testing", made)) == (413, what)
        assert bob.upload("testing", made).status_code == 200


def test_a_channel_holds_so_much_to_the_byte(folder: tuple[Path, str], tmp_path: Path) -> None:
    one, two, three = (package(tmp_path, name) for name in ("one", "two", "six"))
    room = LimitSettings(channels=["testing", "staging"], channel_gigabytes=size(one, two) / GIGABYTE)
    with limited(folder, room=room) as (ann, bob):
        assert ann.upload("testing", one).status_code == 200
        answer = bob.upload("testing", two, three)
        assert (answer.status_code, answer.json()["problems"][0]["hint"].split(" (")[0]) == (
            413,
            "let old packages go",
        )
        assert ann.upload("testing", two).status_code == 200
        assert ann.upload("testing", one).status_code == 200  # it is there
        assert told(ann.upload("testing", three))[0] == 413
        assert ann.upload("experimental", three).status_code == 200
        body = {"from": "experimental", "specs": []}
        assert ann.client.post("/api/v1/channels/staging/promote", json=body, headers=ann.bearer).status_code == 200
        body = {"from": "testing", "specs": []}
        answer = ann.client.post("/api/v1/channels/staging/promote", json=body, headers=ann.bearer)
        assert (answer.status_code, "staging holds" in answer.text) == (413, True)


def test_somebody_brings_so_much_a_day_and_what_is_refused_does_not_count(
    folder: tuple[Path, str], tmp_path: Path
) -> None:
    one, two, three = (package(tmp_path, name) for name in ("one", "two", "six"))
    with limited(folder, day=LimitSettings(gigabytes_a_day=size(one, two) / GIGABYTE)) as (ann, bob):
        damaged = tmp_path / "damaged-1.0-h1_0.conda"
        damaged.write_bytes(b"x" * size(two))
        other = make_package(tmp_path / "other", "one", files={"y": b""}, extension=".tar.bz2")
        assert ann.upload("testing", one).status_code == 200
        assert ann.upload("testing", damaged).status_code == 422
        assert ann.upload("testing", other).status_code == 409
        assert ann.upload("testing", two).status_code == 200
        answer = ann.upload("testing", three)
        assert told(answer) == (429, f"{size(three)} more bytes are too many: ann may bring {size(one, two)} a day")
        assert 0 < int(answer.headers["Retry-After"]) <= 86_401
        assert bob.upload("testing", three).status_code == 200


def test_requests_that_write_are_counted_and_no_others(folder: tuple[Path, str]) -> None:
    with limited(folder, rate=LimitSettings(requests_a_minute=2)) as (ann, bob):
        statuses = [ann.client.post("/upload/testing", headers=ann.bearer).status_code for _ in range(3)]
        assert statuses == [415, 415, 429]
        answer = ann.client.post("/upload/testing", headers=ann.bearer)
        assert (told(answer), 0 < int(answer.headers["Retry-After"]) <= 60) == (
            (429, "ann sent more than 2 requests that write within a minute"),
            True,
        )
        assert ann.client.get("/upload/testing", headers=ann.bearer).status_code == 200
        assert bob.client.post("/upload/testing", headers=bob.bearer).status_code == 415
        assert [ann.client.post("/upload/testing").status_code for _ in range(3)] == [401, 401, 429]


def test_usage_tells_what_is_left(folder: tuple[Path, str], tmp_path: Path) -> None:
    made = package(tmp_path, "one")
    most = LimitSettings(channels=["test*"], channel_gigabytes=1, gigabytes_a_day=2)
    with limited(folder, most=most) as (ann, _):
        assert ann.upload("testing", made).status_code == 200
        administrator = replace(ann, token=folder[1])
        quotas = ann.client.get("/api/v1/usage", headers=administrator.bearer).json()["quotas"]
        assert quotas == [
            {"limit": "most", "of": "testing", "used": size(made), "most": 10**9},
            {"limit": "a day", "of": "person:ann", "used": size(made), "most": 2 * 10**9},
        ]


def test_a_minute_slides() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    assert [rates.admit("ann", 2) for now[0] in (0.0, 30.0, 59.5, 60.0, 61.0)] == [0, 0, 1, 0, 29]
    assert rates.admit("bob", 2) == 0


def test_a_limit_that_limits_nothing_is_refused() -> None:
    nothing = {"package_megabytes": 0.0, "channel_gigabytes": 0.0, "gigabytes_a_day": 0.0, "requests_a_minute": 0}
    for wrong in (nothing, nothing | {"gigabytes_a_day": -1.0}):
        with pytest.raises(WrongInputError, match=r"access\.limits\.x: limits nothing"):
            read_limit("x", who=["anybody"], channels=["*"], **wrong)  # type: ignore[arg-type]
    with pytest.raises(WrongInputError, match="'ann' means nobody"):
        read_limit("x", who=["ann"], channels=["*"], **nothing | {"requests_a_minute": 1})  # type: ignore[arg-type]
