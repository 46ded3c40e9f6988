"""What a forge believes of what a web server before it tells, and of what anybody else does."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from forging import Forged, opened_forge
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

PROXY, STRANGER = "10.0.0.1", "192.0.2.7"
RULES = {
    "ann": RuleSettings(who=["user:ann@EXAMPLE.ORG"], may=["administer"]),
    "office": RuleSettings(who=["anybody"], may=["read"], networks=["198.51.100.0/24"]),
}
SETTINGS = Settings(
    forge=ForgeSettings(proxies=["10.0.0.0/8"], user_header="X-Remote-User"), access=AccessSettings(rules=RULES)
)
ANN = {"X-Remote-User": "ann@EXAMPLE.ORG"}


@pytest.fixture
def forge(blank: tuple[Path, str], tmp_path: Path) -> Iterator[Forged]:
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    with opened_forge(folder, blank[1], SETTINGS) as forge:
        yield forge


def usage(forge: Forged, peer: str, headers: dict[str, str] | list[tuple[str, str]]) -> httpx2.Response:
    """Ask from an address for what administrators may know."""
    client = TestClient(make_app(forge.services), raise_server_exceptions=False, client=(peer, 50000))
    return client.get("/api/v1/usage", headers=headers)


def index(forge: Forged, peer: str, headers: dict[str, str]) -> int:
    client = TestClient(make_app(forge.services), raise_server_exceptions=False, client=(peer, 50000))
    return client.get("/conda/testing/noarch/repodata.json", headers=headers).status_code


def test_the_user_that_a_proxy_authenticated_may_what_rules_say(forge: Forged) -> None:
    assert usage(forge, PROXY, ANN).status_code == 200
    assert usage(forge, PROXY, {"X-Remote-User": "bob@EXAMPLE.ORG"}).status_code == 403
    assert usage(forge, PROXY, {"X-Remote-User": ""}).status_code == 401


def test_a_header_from_an_address_that_is_not_the_proxys_never_helps(forge: Forged) -> None:
    assert usage(forge, STRANGER, ANN).status_code == 401
    assert usage(forge, STRANGER, ANN | {"X-Forwarded-For": PROXY}).status_code == 401
    assert usage(forge, STRANGER, ANN | {"Forwarded": f"for={PROXY}", "X-Real-IP": PROXY}).status_code == 401


def test_a_users_name_that_came_twice_or_can_be_none_is_refused(forge: Forged) -> None:
    twice = usage(forge, PROXY, [("X-Remote-User", "ann@EXAMPLE.ORG"), ("X-Remote-User", "bob")])
    assert (twice.status_code, "came more than once" in twice.text) == (400, True)
    assert usage(forge, PROXY, {"X-Remote-User": "ann\x7f"}).status_code == 401
    assert usage(forge, PROXY, {"X-Remote-User": "a" * 300}).status_code == 401


def test_networks_of_rules_are_about_where_a_request_comes_from(forge: Forged) -> None:
    office = {"X-Forwarded-For": "198.51.100.4"}
    assert (index(forge, PROXY, office), index(forge, PROXY, {})) == (200, 401)
    assert index(forge, STRANGER, office) == 401
    assert index(forge, PROXY, {"X-Forwarded-For": f"198.51.100.4, {STRANGER}"}) == 401
    assert index(forge, PROXY, {"X-Forwarded-For": "198.51.100.4, nonsense"}) == 401


def test_only_a_proxy_is_believed_that_clients_speak_tls_to_it(forge: Forged) -> None:
    def named(peer: str) -> str:
        client = TestClient(make_app(forge.services), client=(peer, 50000))
        tls = {"X-Forwarded-Proto": "https", "Accept": "text/html"} | forge.bearer
        return client.get("/conda/testing/", headers=tls).text

    assert "-c https://testserver/conda/testing" in named(PROXY)
    assert "-c http://testserver/conda/testing" in named(STRANGER)


def test_another_sites_page_can_change_nothing_with_what_a_browser_sends_along(forge: Forged) -> None:
    client = TestClient(make_app(forge.services), raise_server_exceptions=False, client=(PROXY, 50000))
    for foreign in ({"Origin": "https://elsewhere.example.org"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post("/api/v1/gc", json={"dry_run": True}, headers=ANN | foreign)
        assert (answer.status_code, "another site's page" in answer.text) == (403, True)
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/gc", json={"dry_run": True}, headers=ANN | own).status_code == 200
