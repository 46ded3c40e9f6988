import time
from pathlib import Path

import pytest
from forging import Forged
from making import make_package, make_record

from ownconda.forge.listing import PAGE_SIZE, listing
from ownconda.forge.templates import readable_size
from ownconda.repodata.entries import Entry

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def entries(*names: str) -> list[Entry]:
    return [Entry(record=make_record(name), indexed_at=1) for name in names]


def test_the_root_lists_the_channels(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    page = forge.client.get("/", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/conda/testing/"' in page.text
    assert "<b>1</b> package\n" in page.text


def test_a_channels_page_tells_what_is_in_it_and_how_to_install(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", "1.9"), make_package(tmp_path, "zlib", "1.10"))
    page = forge.client.get("/conda/testing/", headers=BROWSER).text
    assert '<td class="version">1.10</td>' in page
    assert "BlueOak-1.0.0" in page
    for line in ("conda create", "mamba create", "pixi init", "ownconda env create"):
        assert line in page
    assert "-c http://testserver/conda/testing zlib</pre>" in page


def test_the_page_is_found_without_its_last_slash(forge: Forged) -> None:
    assert forge.client.get("/conda/testing", headers=BROWSER).url.path == "/conda/testing/"


def test_what_people_wrote_is_text_and_no_markup(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", license="<script>alert(1)</script>"))
    forge.client.post(
        "/api/v1/channels/stable/promote",
        json={"from": "testing", "reason": '"><img src=x onerror=alert(1)>'},
        headers=forge.bearer,
    )
    for path in ("/conda/testing/?q=%22%3E%3Cscript%3E", "/conda/stable/"):
        text = forge.client.get(path, headers=BROWSER).text
        assert "<script" not in text
        assert "<img" not in text


def test_pages_run_no_scripts(forge: Forged) -> None:
    page = forge.client.get("/", headers=BROWSER)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert forge.client.get("/forge.css").headers["content-type"].startswith("text/css")


def test_an_error_in_a_browser_is_a_page(forge: Forged) -> None:
    answer = forge.client.get("/conda/%3Cb%3E/", headers=BROWSER)
    assert answer.status_code == 404
    assert "there is no channel &#39;&lt;b&gt;&#39;" in answer.text


@pytest.mark.parametrize("query", ["?page=0", "?page=99", "?page=x", "?page=" + "9" * 5000, "?q=nix"])
def test_any_page_number_and_search_is_answered(forge: Forged, tmp_path: Path, query: str) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    assert forge.client.get(f"/conda/testing/{query}", headers=BROWSER).status_code == 200


def test_a_long_listing_has_pages() -> None:
    many = entries(*(f"p{number:04}" for number in range(2 * PAGE_SIZE + 1)))
    last = listing(many, search="", number=3)
    assert (last.pages, [row.name for row in last.rows]) == (3, [f"p{2 * PAGE_SIZE:04}"])


def test_a_search_finds_a_part_of_a_name() -> None:
    found = listing(entries("python", "pip", "cython"), search="YTHON", number=1)
    assert [row.name for row in found.rows] == ["cython", "python"]


def test_a_listing_of_ten_thousand_is_quick() -> None:
    many = [Entry(record=make_record(f"p{number % 1000}", f"1.{number}"), indexed_at=1) for number in range(10_000)]
    listing(many, search="", number=1)
    begin = time.perf_counter()
    listing(many, search="", number=1)
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (41_000_000, "41 MB"), (7 * 10**12, "7.0 TB")],
)
def test_sizes_are_written_for_people(size: int, text: str) -> None:
    assert readable_size(size) == text
