import json
from pathlib import Path

from attesting import subject_of
from forging import Forged
from making import make_package

from ownconda.attestations.statements import PROVENANCE, Statement
from ownconda.channels.telling.downloads import day_of
from ownconda.forge.about_texts import safe_link
from ownconda.forge.download_chart import DAYS, download_chart
from ownconda.forge.provenance_facts import provenance_facts

BROWSER = {"Accept": "text/html"}
COMMIT = "c" * 40


def page_of(forge: Forged, name: str, *, channel: str = "testing", query: str = "") -> str:
    answer = forge.client.get(f"/packages/{channel}/{name}{query}", headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def provenance(package: Path, job: str) -> bytes:
    predicate = {
        "buildDefinition": {
            "resolvedDependencies": [
                {"name": "recipe", "uri": f"git+https://git.example/r.git@{COMMIT}", "digest": {"gitCommit": COMMIT}},
                {"name": "source", "uri": "javascript:alert(1)", "digest": {"sha256": "../../.."}},
            ]
        },
        "runDetails": {"builder": {"id": "https://ownconda.invalid/builders/local"}, "metadata": {"invocationId": job}},
    }
    return Statement(subject=subject_of(package), predicate_type=PROVENANCE, predicate=predicate).json


def test_a_package_leads_to_what_it_needs_and_to_what_needs_it(forge: Forged, tmp_path: Path) -> None:
    zlib = make_package(tmp_path, "zlib", "1.3")
    python = make_package(tmp_path, "python", "3.13", depends=["zlib >=1.3,<2.0a0", "__glibc >=2.28"])
    forge.upload("testing", zlib, python)
    assert '<a href="/packages/testing/zlib">zlib &gt;=1.3,&lt;2.0a0</a>' in page_of(forge, "python")
    assert "<span>__glibc &gt;=2.28</span>" in page_of(forge, "python")
    assert '<a href="/packages/testing/python">python</a>' in page_of(forge, "zlib")


def test_the_newest_file_is_told_unless_another_is_chosen(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", "1.10"), make_package(tmp_path, "zlib", "1.9"))
    assert '<h2 id="file" class="file-name">zlib-1.10-h1_0.conda</h2>' in page_of(forge, "zlib")
    older = page_of(forge, "zlib", query="?file=linux-64/zlib-1.9-h1_0.conda")
    assert '<h2 id="file" class="file-name">zlib-1.9-h1_0.conda</h2>' in older
    assert "zlib-1.10-h1_0.conda</h2>" in page_of(forge, "zlib", query="?file=../../etc/passwd")


def test_a_package_is_shown_as_clients_see_it_after_a_hotfix(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "pip", depends=["wrong"]))
    patch = {"linux-64": {"packages.conda": {"pip-1.0-h1_0.conda": {"depends": ["zlib"]}}}}
    body = {"patches": patch, "reason": "it needs zlib"}
    assert forge.client.post("/api/v1/channels/testing/hotfix", json=body, headers=forge.bearer).is_success
    assert '<li><a href="/packages/testing/zlib">zlib</a>' in page_of(forge, "pip")


def test_a_package_of_a_channel_as_it_was_has_the_files_of_then(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", "1.3"))
    then = forge.services.channels.state("testing").snapshot.id
    forge.upload("testing", make_package(tmp_path, "zlib", "1.4"))
    page = page_of(forge, "zlib", channel=f"testing.at.{then}")
    assert "zlib-1.3-h1_0.conda" in page
    assert "zlib-1.4-h1_0.conda" not in page


def test_a_package_that_there_isnt_is_told_so(forge: Forged) -> None:
    answer = forge.client.get("/packages/testing/%3Cb%3E", headers=BROWSER)
    assert answer.status_code == 404
    assert "testing has no package &#39;&lt;b&gt;&#39;" in answer.text


def test_provenance_leads_to_the_job_and_the_commit(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    told = provenance(package, "https://git.example/r/-/jobs/7")
    files = [("file", (package.name, package.read_bytes())), ("file", (f"{package.name}.provenance.json", told))]
    assert forge.client.post("/upload/testing", files=files, headers=forge.bearer).is_success
    page = page_of(forge, "zlib")
    assert 'href="https://git.example/r/-/jobs/7"' in page
    assert f'href="https://git.example/r/-/commit/{COMMIT}"' in page
    assert 'href="javascript:' not in page
    assert 'href="https://ownconda.invalid' not in page
    assert 'href="/conda/testing/linux-64/zlib-1.0-h1_0.conda.provenance.json"' in page


def test_a_package_from_nobody_says_so(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    assert "no provenance came with this file" in page_of(forge, "zlib")


def test_links_of_a_package_lead_to_the_web_only(forge: Forged, tmp_path: Path) -> None:
    about = {"home": "javascript:alert(1)", "doc_url": "https://zlib.example/docs", "summary": "<b>packs</b>"}
    forge.upload("testing", make_package(tmp_path, "zlib", about=about))
    page = page_of(forge, "zlib")
    assert "javascript:" not in page
    assert 'href="https://zlib.example/docs" rel="noreferrer">Documentation' in page
    assert "&lt;b&gt;packs&lt;/b&gt;" in page
    for text in ("data:text/html,x", "//host/x", "https://", "http://a b", "https://[", None):
        assert safe_link(text) == ""


def test_a_link_to_a_commit_needs_to_be_known() -> None:
    content = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "x", "digest": {"sha256": "0" * 64}}],
        "predicateType": PROVENANCE,
        "predicate": {"runDetails": [], "buildDefinition": {"resolvedDependencies": [7, {"name": "recipe"}]}},
    }
    facts = provenance_facts(json.dumps(content).encode())
    assert (facts.builder, facts.commit_link) == ("", "")


def test_a_wrong_token_sees_no_page_of_a_channel(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    forge.client.headers["Authorization"] = "Bearer wrong"
    for path in ("/packages/testing/zlib", "/history/testing", "/history/testing/diff"):
        assert forge.client.get(path).status_code == 401


def test_downloads_are_drawn_day_by_day(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    for _ in range(3):
        assert forge.client.get("/conda/testing/linux-64/zlib-1.0-h1_0.conda").is_success
    forge.services.downloads.write()
    assert "<b>3</b> in 90 days" in page_of(forge, "zlib")


def test_the_day_with_most_downloads_has_the_highest_bar() -> None:
    today = day_of(1_763_650_000_000)
    chart = download_chart([{today: 1, today - 1: 400}, {today - 1: 600, today - DAYS: 9}], today=today)
    *others, before, last = chart.bars
    assert (chart.total, chart.most, len(chart.bars)) == (1001, 1000, DAYS)
    assert (before.height, before.top, last.height, last.date) == (60, 0, 2, "2025-11-20")
    assert not any(bar.height for bar in others)
