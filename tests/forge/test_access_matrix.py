"""Every kind of identity against every action: what the table below says is what a forge does, request by request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from certifying import escaped, new_key
from forging import Forged, new_forge, opened_forge
from issuer_at_home import AUDIENCE, Issuer, running_issuer
from issuer_at_home import new_key as new_signing_key
from making import make_package
from starlette.testclient import TestClient

from ownconda.access.actions import Action
from ownconda.access.authority import Authority, create_authority, enrol
from ownconda.access.callers import Scope
from ownconda.access.tokens import make_token
from ownconda.forge.app import make_app
from ownconda.settings.access import AccessSettings, IssuerSettings, RuleSettings
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

RULES = {
    "everybody": RuleSettings(who=["anybody"], may=["read"], channels=["stable"]),
    "desks": RuleSettings(who=["anybody"], may=["read"], channels=["s*"], networks=["10.1.0.0/16"]),
    "packagers": RuleSettings(
        who=["group:packagers"], may=["read", "upload", "promote"], channels=["testing", "stable"]
    ),
    "teams": RuleSettings(who=["group:packagers"], may=["create"], channels=["team.*"]),
    "own": RuleSettings(
        who=["pipeline:own/*"], may=["read", "upload"], channels=["testing"], names=["own_*"], protected=True
    ),
    "deploy": RuleSettings(who=["pipeline:own/*"], may=["promote"], channels=["stable"], environments=["production"]),
    "machines": RuleSettings(who=["certificate:build-*"], may=["read", "manage"], channels=["testing"]),
    "proxied": RuleSettings(who=["user:una"], may=["waive", "promote", "read"], channels=["*"]),
    "figures": RuleSettings(who=["token:prometheus"], may=["watch"]),
    "operators": RuleSettings(who=["person:olga"], may=["administer"]),
}
NAMES = {"own_a": ["pipeline:own/zlib"], "openssl": ["group:packagers"]}
PROXY, ELSEWHERE = "10.0.0.1", "192.0.2.7"
SETTINGS_OF_FORGE = ForgeSettings(
    proxies=["10.0.0.1/32"], user_header="X-Remote-User", certificate_header="X-Client-Certificate"
)

TABLE = """
                        nobody desk reader nightly packager job job.other job.prod machine stranger una prom olga admin
read testing              -     -     +       -       +      +      -        -        +       -      +   -    +     +
read staging              -     +     -       -       -      -      -        -        -       -      +   -    +     +
read stable               +     +     +       +       +      +      +        +        +       +      +   +    +     +
upload testing own_a      -     -     -       -       -      +      -        -        -       -      -   -    +     +
upload testing own_b      -     -     -       +       +      +      -        -        -       -      -   -    +     +
upload testing openssl    -     -     -       -       +      -      -        -        -       -      -   -    +     +
upload stable own_b       -     -     -       -       +      -      -        -        -       -      -   -    +     +
promote stable            -     -     -       -       +      -      -        +        -       -      +   -    +     +
promote testing           -     -     -       -       +      -      -        -        -       -      +   -    +     +
manage testing            -     -     -       -       -      -      -        -        +       -      -   -    +     +
manage stable             -     -     -       -       -      -      -        -        -       -      -   -    +     +
waive stable              -     -     -       -       -      -      -        -        -       -      +   -    +     +
create team.x             -     -     -       -       +      -      -        -        -       -      -   -    +     +
create mine               -     -     -       -       -      -      -        -        -       -      -   -    +     +
watch                     -     -     -       -       -      -      -        -        -       -      -   +    +     +
purge                     -     -     -       -       -      -      -        -        -       -      -   -    +     +
follow                    -     -     -       -       -      -      -        -        -       -      -   -    +     +
administer                -     -     -       -       -      -      -        -        -       -      -   -    +     +
"""
WHO, *ROWS = [line for line in TABLE.splitlines() if line.strip()]
CELLS = {
    (" ".join(words[: -len(WHO.split())]), who): words[-len(WHO.split()) :][number] == "+"
    for words in map(str.split, ROWS)
    for number, who in enumerate(WHO.split())
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A forge, and for each identity what makes its requests."""

    forge: Forged
    clients: dict[str, TestClient]
    packages: dict[str, Path]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_for(
    forge: Forged, name: str, *may: Action, channels: tuple[str, ...], names: tuple[str, ...] = ("*",)
) -> str:
    text, token = make_token(name, at=1, scope=Scope(may=frozenset(may), channels=channels, names=names))
    forge.services.tokens.add(token)
    return text


def certificate(forge: Forged, name: str) -> str:
    """Give a certificate of the forge's own authority, as a proxy passes it on."""
    authority, now = Authority(forge.services.folder.authority), datetime.now(UTC)
    if not authority.root.exists():
        create_authority(authority, now)
    return escaped(enrol(authority, name, new_key().public_key(), now=now, lasts=timedelta(days=1)))


def headers_of(forge: Forged, gitlab: Issuer) -> dict[str, tuple[str, dict[str, str]]]:
    """Give, for each identity, the address that its requests come from, and their headers."""
    return {
        "nobody": (ELSEWHERE, {}),
        "desk": (PROXY, {"X-Forwarded-For": "10.1.2.3"}),
        "reader": (ELSEWHERE, bearer(token_for(forge, "reader", Action.READ, channels=("testing",)))),
        "nightly": (ELSEWHERE, bearer(token_for(forge, "nightly", Action.UPLOAD, channels=("t*",), names=("own_*",)))),
        "packager": (ELSEWHERE, bearer(gitlab.login())),
        "job": (ELSEWHERE, bearer(gitlab.token())),
        "job.other": (ELSEWHERE, bearer(gitlab.token(ref="feature", ref_protected="false"))),
        "job.prod": (ELSEWHERE, bearer(gitlab.token(ref_protected="false", environment="production"))),
        "machine": (PROXY, {"X-Forwarded-For": ELSEWHERE, "X-Client-Certificate": certificate(forge, "build-7")}),
        "stranger": (PROXY, {"X-Forwarded-For": ELSEWHERE, "X-Client-Certificate": certificate(forge, "desk-1")}),
        "una": (PROXY, {"X-Forwarded-For": ELSEWHERE, "X-Remote-User": "una"}),
        "prom": (ELSEWHERE, bearer(token_for(forge, "prometheus", Action.WATCH, channels=("*",)))),
        "olga": (ELSEWHERE, bearer(gitlab.login(preferred_username="olga", groups=[]))),
        "admin": (ELSEWHERE, forge.bearer),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("matrix")
    folder, token = new_forge(home / "forge")
    with running_issuer(new_signing_key()) as gitlab:
        issuers = {
            "gitlab": IssuerSettings(url=gitlab.url, audience=AUDIENCE),
            "people": IssuerSettings(url=gitlab.url, kind="people", audience="client"),
        }
        access = AccessSettings(rules=RULES, names=NAMES, issuers=issuers, first_come=False)
        with opened_forge(folder, token, Settings(forge=SETTINGS_OF_FORGE, access=access)) as forge:
            app = make_app(forge.services)
            clients = {
                who: TestClient(app, raise_server_exceptions=False, client=(address, 50000), headers=headers)
                for who, (address, headers) in headers_of(forge, gitlab).items()
            }
            packages = {name: make_package(home, name) for name in ("own_a", "own_b", "openssl")}
            yield Place(forge=forge, clients=clients, packages=packages)


def asked(place: Place, client: TestClient, cell: str) -> httpx2.Response:
    """Ask for what a row is about, so that nothing changes but for packages that come in."""
    action, channel, name = [*cell.split(), "", ""][:3]
    api, json = f"/api/v1/channels/{channel}", {"dry_run": True, "reason": "a test"}
    asking: dict[str, Callable[[], httpx2.Response]] = {
        "read": lambda: client.get(f"/conda/{channel}/noarch/repodata.json"),
        "upload": lambda: client.post(
            f"/upload/{channel}", files={"file": (place.packages[name].name, place.packages[name].read_bytes())}
        ),
        "promote": lambda: client.post(f"{api}/promote", json=json | {"from": "stable", "specs": []}),
        "manage": lambda: client.post(f"{api}/prune", json=json | {"versions": 1}),
        "waive": lambda: client.post(
            f"{api}/promote", json=json | {"from": "stable", "specs": [], "waive": {"held": "a test"}}
        ),
        "create": lambda: client.post("/api/v1/channels", json={"name": channel}),
        "follow": lambda: client.get("/api/v1/history"),
        "watch": lambda: client.get("/metrics"),
        "purge": lambda: client.post("/api/v1/purge", json={"file": "noarch/none-1-0.conda", "reason": "a test"}),
        "administer": lambda: client.get("/api/v1/usage"),
    }
    return asking[action]()


def was_refused(answer: httpx2.Response) -> bool:
    return answer.status_code in {401, 403} or (answer.status_code == 404 and "there is no channel" in answer.text)


@pytest.mark.parametrize(("cell", "who"), CELLS)
def test_the_forge_does_what_the_table_says(place: Place, cell: str, who: str) -> None:
    answer = asked(place, place.clients[who], cell)
    assert was_refused(answer) is not CELLS[cell, who], answer.text


def test_the_table_is_about_every_action() -> None:
    assert {cell.split()[0] for cell, _ in CELLS} == set(Action)
