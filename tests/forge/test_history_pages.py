import re
from pathlib import Path

import pytest
from forging import Forged, opened_forge
from making import make_package

from ownconda.channels.charters import Charter
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind
from ownconda.forge.history_pages import STEPS
from ownconda.journeys.new_forge import make_forge
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

BROWSER = {"Accept": "text/html"}


def shown(forge: Forged, path: str) -> str:
    answer = forge.client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def act(forge: Forged, what: str, **body: object) -> None:
    answer = forge.client.post(f"/api/v1/channels/{what}", json=body, headers=forge.bearer)
    assert answer.is_success, answer.text


def test_the_time_line_tells_who_did_what_and_why(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    act(forge, "testing/tag", name="release-1")
    act(forge, "testing/yank", specs=["zlib"], reason="<it> loses data")
    act(forge, "testing/hold", spec="zlib <2", reason="wait for it")
    page = shown(forge, "/history/testing")
    for text in ("yank", "&lt;it&gt; loses data", "release-1", "<code>zlib &lt;2</code> wait for it", "init · "):
        assert text in page


def test_two_snapshots_are_compared_package_by_package(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", "1.3"))
    act(forge, "testing/tag", name="before")
    forge.upload("testing", make_package(tmp_path, "zlib", "1.4"), make_package(tmp_path, "xz"))
    page = shown(forge, "/history/testing/diff?from=before")
    assert re.findall(r'class="badge (\w+)"', page) == ["new", "updated"]
    assert '<td class="before">1.3</td>' in page
    assert '<td class="after">1.4</td>' in page
    now = forge.services.channels.state("testing").snapshot.id
    back = shown(forge, f"/history/testing/diff?from={now}&to=before")
    assert re.findall(r'class="badge (\w+)"', back) == ["removed", "removed"]


def test_without_a_beginning_it_is_what_one_snapshot_changed(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    forge.upload("testing", make_package(tmp_path, "xz"))
    page = shown(forge, "/history/testing/diff")
    assert re.findall(r'<th scope="row"><a [^>]*>(\w+)<', page) == ["xz"]


def test_another_channels_snapshots_arent_compared(forge: Forged, tmp_path: Path) -> None:
    forge.upload("stable", make_package(tmp_path, "zlib"))
    number = forge.services.channels.state("stable").snapshot.id
    answer = forge.client.get(f"/history/testing/diff?from={number}", headers=BROWSER)
    assert answer.status_code == 404


def test_a_long_history_has_pages(forge: Forged) -> None:
    ledger = forge.services.channels.ledger
    head = ledger.head("testing")
    for number in range(STEPS + 1):
        draft = Draft(channel="testing", kind=Kind.HOLD, change=Change(), author="x", reason="y", at=number)
        [head] = ledger.commit([draft], {"testing": head})
    first = shown(forge, "/history/testing")
    [earlier] = re.findall(r'href="(\?before=\d+)"', first)
    assert "created" in shown(forge, f"/history/testing{earlier}")
    assert 'class="kind">created' not in first


@pytest.mark.parametrize("query", ["?before=x", "?before=²", "?before=" + "9" * 5000])
def test_a_beginning_that_is_no_number_is_refused(forge: Forged, query: str) -> None:
    assert forge.client.get(f"/history/testing{query}", headers=BROWSER).status_code == 400


def test_no_such_channel_has_no_history(forge: Forged) -> None:
    assert forge.client.get("/history/nope", headers=BROWSER).status_code == 404


def test_what_the_gate_refused_stands_between_the_snapshots(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "curl", depends=["zlib >=1"]), make_package(tmp_path, "xz"))
    act(forge, "stable/promote", **{"from": "testing", "specs": ["xz"], "reason": "first"})
    for _ in range(3):
        refused(forge, "stable/promote", **{"from": "testing", "reason": "<try> it"})
    page = shown(forge, "/history/stable")
    assert [re.sub(r" now$", "", kind) for kind in re.findall(r'<li class="([\w ]+)">', page)] == [
        "refused",
        "promotion",
        "created",
    ]
    for text in (
        "refused 3 times",
        "&lt;try&gt; it",
        "gate: installable",
        "linux-64/curl-1.0-h1_0.conda couldn&#39;t be installed on linux-64:",
        "gate: passed",
        "Rules: installable, held",
    ):
        assert text in page


def test_the_interface_tells_verdicts_with_the_history(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "curl", depends=["zlib >=1"]))
    refused(forge, "stable/promote", **{"from": "testing", "reason": "try it"})
    forge.upload("testing", make_package(tmp_path, "zlib"))
    act(forge, "stable/promote", **{"from": "testing"})
    told = forge.client.get("/api/v1/channels/stable/history").json()
    promotion, created = told["snapshots"]
    [no] = told["refused"]
    assert (no["passed"], no["act"], no["author"], no["reason"]) == (False, "promotion", "init", "try it")
    assert (no["head"], no["snapshot"], no["more"]) == (created["id"], None, 0)
    assert [one["rule"] for one in no["reasons"]] == ["installable"]
    yes = promotion["verdict"]
    assert (yes["passed"], yes["snapshot"], yes["asked"], yes["reasons"]) == (True, promotion["id"], 2, [])
    assert [one["channel"] for one in yes["about"]] == ["stable", "testing"]
    assert created["verdict"] is None
    newest = forge.client.get("/api/v1/channels/stable/history?limit=1").json()
    assert newest["refused"] == []


def test_nothing_is_told_of_channels_that_a_reader_may_not_read(tmp_path: Path) -> None:
    channels = (Charter(name="base"), Charter(name="secret", gated=True, base="base"))
    rules = {"readers": RuleSettings(who=["anybody"], may=["read"], channels=["base"])}
    said = {"base": ChannelSettings(), "secret": ChannelSettings(gated=True, base="base")}
    settings = Settings(forge=ForgeSettings(channels=said), access=AccessSettings(rules=rules))
    token = make_forge(tmp_path / "forge", token_name="init", channels=channels)
    with opened_forge(tmp_path / "forge", token, settings) as forge:
        assert forge.upload("base", make_package(tmp_path, "zlib")).is_success
        assert forge.upload("secret", make_package(tmp_path, "viewer", depends=["zlib"])).is_success
        refused(forge, "base/yank", specs=["zlib"])
        path = "/api/v1/channels/base/history"
        [known] = forge.client.get(path, headers=forge.bearer).json()["refused"]
        [unknown] = forge.client.get(path).json()["refused"]
        page = shown(forge, "/history/base")
    assert "of secret" in known["reasons"][0]["text"]
    assert [one["channel"] for one in known["about"]] == ["base", "secret"]
    assert (unknown["reasons"], unknown["more"]) == ([], 1)
    assert [one["channel"] for one in unknown["about"]] == ["base"]
    assert "secret" not in page
    assert "viewer" not in page


def refused(forge: Forged, what: str, **body: object) -> None:
    answer = forge.client.post(f"/api/v1/channels/{what}", json=body, headers=forge.bearer)
    assert answer.status_code == 409, answer.text
