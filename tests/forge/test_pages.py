import re
from dataclasses import replace
from pathlib import Path

import pytest
from forging import Forged
from making import make_package, make_record

from ownconda.forge.listing import PAGE_SIZE, Order, Package, Wanted, listing, package_of
from ownconda.forge.templates import readable_size
from ownconda.repodata.entries import Entry

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def packages(*names: str, about: str = "") -> dict[str, Package]:
    """Sum up packages that came one after the other."""
    records = [replace(make_record(name), about=about) for name in names]
    return {one.name: package_of((Entry(record=one, indexed_at=at),)) for at, one in enumerate(records)}


def found(there: dict[str, Package], wanted: Wanted) -> list[str]:
    return [one.name for one in listing(there, wanted).packages]


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
    assert 'href="/packages/testing/zlib"' in page
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
        assert "<script>" not in text
        assert "<img" not in text


def test_pages_run_no_script_but_the_forges_own(forge: Forged) -> None:
    page = forge.client.get("/", headers=BROWSER)
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert not any("unsafe" in one for one in policy)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    for tag in re.findall(r"<script[^>]*>", page.text):
        assert 'src="/forge.js?' in tag


@pytest.mark.parametrize(("name", "kind"), [("forge.css", "text/css"), ("forge.js", "text/javascript")])
def test_style_and_script_are_kept_by_browsers_until_they_change(forge: Forged, name: str, kind: str) -> None:
    [address] = re.findall(rf'"(/{name}\?v=[0-9a-f]+)"', forge.client.get("/", headers=BROWSER).text)
    answer = forge.client.get(address)
    assert answer.headers["content-type"].startswith(kind)
    assert "immutable" in answer.headers["cache-control"]
    assert forge.client.get(f"/{name}?v=other").headers["cache-control"] == "no-cache"


def test_an_error_in_a_browser_is_a_page(forge: Forged) -> None:
    answer = forge.client.get("/conda/%3Cb%3E/", headers=BROWSER)
    assert answer.status_code == 404
    assert "there is no channel &#39;&lt;b&gt;&#39;" in answer.text


@pytest.mark.parametrize("query", ["?page=0", "?page=99", "?page=x", "?page=" + "9" * 5000, "?q=nix"])
def test_any_page_number_and_search_is_answered(forge: Forged, tmp_path: Path, query: str) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    assert forge.client.get(f"/conda/testing/{query}", headers=BROWSER).status_code == 200


def test_a_long_listing_has_pages() -> None:
    many = packages(*(f"p{number:04}" for number in range(2 * PAGE_SIZE + 1)))
    last = listing(many, Wanted(order=Order.NAME, number=3))
    assert (last.pages, [one.name for one in last.packages]) == (3, [f"p{2 * PAGE_SIZE:04}"])


def test_what_came_last_is_listed_first_unless_names_are_wanted() -> None:
    there = packages("zlib", "bzip2", "xz")
    assert found(there, Wanted()) == ["xz", "bzip2", "zlib"]
    assert found(there, Wanted(order=Order.NAME)) == ["bzip2", "xz", "zlib"]


def test_a_search_finds_a_part_of_a_name_and_first_what_is_called_so() -> None:
    there = packages("python", "pip", "cython", "python-build")
    assert found(there, Wanted(search="PYTHON")) == ["python", "python-build"]
    assert found(there, Wanted(search="ython", order=Order.NAME)) == ["cython", "python", "python-build"]


def test_a_search_finds_a_part_of_a_summary() -> None:
    there = packages("zlib") | packages("xz", about='{"summary":"Lossless\\n data compression"}')
    assert found(there, Wanted(search="data COMP")) == ["xz"]
    assert there["xz"].summary == "Lossless data compression"


def test_a_subdir_has_its_own_packages() -> None:
    there = packages("zlib") | {"pip": package_of((Entry(record=make_record("pip", subdir="noarch"), indexed_at=1),))}
    assert found(there, Wanted(subdir="noarch")) == ["pip"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (41_000_000, "41 MB"), (7 * 10**12, "7.0 TB")],
)
def test_sizes_are_written_for_people(size: int, text: str) -> None:
    assert readable_size(size) == text
