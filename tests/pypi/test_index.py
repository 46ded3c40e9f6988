import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from serving import Answer, Asked, closed_address, pages, served

from ownconda.errors import OutsideError
from ownconda.pypi.index import IndexFile, find_file
from ownconda.wires.http import session

FILE = "six-1.0.tar.gz"
SHA256 = "0" * 64
HTML = f'<!DOCTYPE html><a href="../../files/{FILE}#sha256={SHA256}">{FILE}</a>'.encode()
JSON = json.dumps(
    {
        "meta": {"api-version": "1.0"},
        "name": "six",
        "files": [{"filename": FILE, "url": f"../../files/{FILE}", "hashes": {"sha256": SHA256}}],
    }
).encode()
JSON_TYPE = "application/vnd.pypi.simple.v1+json"


def find(index: str, project: str = "six", file_name: str = FILE) -> IndexFile | None:
    with session(retries=0) as made:
        return find_file(index, project, file_name, session=made)


@pytest.mark.parametrize(
    "page",
    [
        Answer(body=HTML, headers={"Content-Type": "text/html; charset=utf-8"}),
        Answer(body=JSON, headers={"Content-Type": JSON_TYPE}),
    ],
    ids=["PEP 503", "PEP 691"],
)
def test_a_file_is_found_with_its_relative_link_resolved(page: Answer) -> None:
    with served(pages({"/simple/six/": page})) as server:
        for base in ("/simple", "/simple/"):
            found = find(server.address + base)
            assert found == IndexFile(name=FILE, url=f"{server.address}/files/{FILE}", digests={"sha256": SHA256})


def test_an_index_may_choose_between_html_and_json() -> None:
    def answer(asked: Asked) -> Answer:
        json_wanted = JSON_TYPE in asked.headers["Accept"]
        return Answer(body=JSON if json_wanted else HTML, headers={"Content-Type": JSON_TYPE})

    with served(answer) as server:
        assert find(f"{server.address}/simple") is not None


def test_a_project_s_name_is_normalized_in_the_address() -> None:
    with served(pages({})) as server:
        assert find(f"{server.address}/simple", "Zope.Interface") is None
        assert server.paths == ["/simple/zope-interface/"]


def test_a_link_is_relative_to_where_a_redirect_led() -> None:
    with served(pages({"/mirror/six/": HTML})) as mirror:
        moved = Answer(status=301, headers={"Location": f"{mirror.address}/mirror/six/"})
        with served(pages({"/simple/six/": moved})) as server:
            found = find(f"{server.address}/simple")
    assert found is not None
    assert found.url == f"{mirror.address}/files/{FILE}"


def test_what_an_index_has_not_got_is_none() -> None:
    with served(pages({"/simple/six/": HTML})) as server:
        assert find(f"{server.address}/simple", "seven") is None
        assert find(f"{server.address}/simple", "six", "six-2.0.tar.gz") is None


def test_credentials_of_the_index_hold_for_its_files_and_for_no_other_host() -> None:
    page = HTML + b'<a href="https://files.invalid/six-2.0.tar.gz">six-2.0.tar.gz</a>'
    with served(pages({"/simple/six/": page})) as server:
        absolute = f'<a href="{server.address}/files/six-3.0.tar.gz">six-3.0.tar.gz</a>'
        private = server.address.replace("://", "://me:secret@")
        with served(pages({"/simple/six/": page})):
            own = find(f"{private}/simple")
            other = find(f"{private}/simple", file_name="six-2.0.tar.gz")
        assert server.asked[0].login == "me:secret"
    with served(pages({"/simple/six/": absolute.encode()})) as elsewhere:
        third = find(elsewhere.address.replace("://", "://me:secret@") + "/simple", file_name="six-3.0.tar.gz")
    assert own is not None
    assert own.url == f"{private}/files/{FILE}"
    assert other is not None
    assert other.url == "https://files.invalid/six-2.0.tar.gz"
    assert third is not None
    assert "secret" not in third.url


def test_an_absolute_link_to_the_index_s_own_host_gets_its_credentials() -> None:
    content: dict[str, Answer | bytes] = {}
    with served(pages(content)) as server:
        content["/simple/six/"] = f'<a href="{server.address}/f/{FILE}">{FILE}</a>'.encode()
        private = server.address.replace("://", "://me:secret@")
        found = find(f"{private}/simple")
    assert found is not None
    assert found.url == f"{private}/f/{FILE}"


def test_an_index_on_the_web_points_to_no_file_of_this_machine() -> None:
    with served(pages({"/simple/six/": f'<a href="file:///etc/{FILE}">{FILE}</a>'.encode()})) as server:
        assert find(f"{server.address}/simple") is None


@pytest.mark.parametrize(
    "page",
    [
        Answer(body=b"%PDF", headers={"Content-Type": "application/pdf"}),
        Answer(body=b"{", headers={"Content-Type": JSON_TYPE}),
        Answer(body=b"{}", headers={"Content-Type": JSON_TYPE}),
        Answer(body=b'<meta name="pypi:repository-version" content="9.0">'),
    ],
    ids=["another type", "broken JSON", "another JSON", "a later version"],
)
def test_an_answer_that_is_no_project_page_is_told(page: Answer) -> None:
    with served(pages({"/simple/six/": page})) as server:
        private = server.address.replace("://", "://me:secret@")
        with pytest.raises(OutsideError, match="isn't a project's page") as caught:
            find(f"{private}/simple")
    assert "secret" not in str(caught.value)


def test_an_index_that_is_down_is_told() -> None:
    with pytest.raises(OutsideError, match="can't be reached"):
        find(f"{closed_address()}/simple")


@pytest.mark.parametrize("address", [Path.as_uri, str], ids=["file address", "path"])
def test_a_folder_holds_pages_or_simply_files(tmp_path: Path, address: Callable[[Path], str]) -> None:
    (tmp_path / "paged" / "six").mkdir(parents=True)
    (tmp_path / "paged" / "six" / "index.html").write_bytes(HTML)
    (tmp_path / "foldered" / "six").mkdir(parents=True)
    (tmp_path / "foldered" / "six" / FILE).touch()
    (tmp_path / "plain dir").mkdir()
    (tmp_path / "plain dir" / FILE).touch()
    paths = {
        "paged": tmp_path / "files" / FILE,
        "foldered": tmp_path / "foldered" / "six" / FILE,
        "plain dir": tmp_path / "plain dir" / FILE,
    }
    for folder, path in paths.items():
        found = find(address(tmp_path / folder))
        assert found is not None
        assert found.url == path.as_uri()
        assert find(address(tmp_path / folder), file_name="six-2.0.tar.gz") is None


@pytest.mark.network
def test_the_default_index_has_a_well_known_file() -> None:
    found = find(PYPI_SIMPLE_ENDPOINT, "six", "six-1.17.0.tar.gz")
    assert found is not None
    with session() as made:
        assert made.head(found.url, allow_redirects=True).status_code == requests.codes.ok
