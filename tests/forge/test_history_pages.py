import re
from pathlib import Path

import pytest
from forging import Forged
from making import make_package

from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind
from ownconda.forge.history_pages import STEPS

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
