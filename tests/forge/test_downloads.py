import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from forging import Forged
from making import make_package

from ownconda.forge.hot_files import HotFiles
from ownconda.wires.files import write_atomically

INDEX = "/conda/testing/linux-64/repodata.json"
PACKAGE = "/conda/testing/linux-64/zlib-1.0-h1_0.conda"


@pytest.fixture
def filled(forge: Forged, tmp_path: Path) -> Forged:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    return forge


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        (INDEX, "application/json", "no-cache"),
        (f"{INDEX}.zst", "application/zstd", "no-cache"),
        (PACKAGE, "application/octet-stream", "public, max-age=31536000, immutable"),
    ],
)
def test_files_tell_their_type_and_how_long_they_hold(filled: Forged, path: str, kind: str, caching: str) -> None:
    answer = filled.client.get(path)
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == caching
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", [INDEX, PACKAGE])
def test_a_client_that_has_the_file_is_told_so(filled: Forged, path: str) -> None:
    first = filled.client.get(path)
    by_tag = filled.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    by_time = filled.client.get(path, headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_time.status_code == 304
    assert filled.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_index_has_another_tag_after_each_change(filled: Forged, tmp_path: Path) -> None:
    before = filled.client.get(INDEX).headers["etag"]
    filled.upload("testing", make_package(tmp_path, "xz"))
    assert filled.client.get(INDEX, headers={"If-None-Match": before}).status_code == 200


@pytest.mark.parametrize("path", [INDEX, PACKAGE])
def test_a_part_can_be_asked_for(filled: Forged, path: str) -> None:
    whole = filled.client.get(path).content
    part = filled.client.get(path, headers={"Range": "bytes=5-14"})
    assert (part.status_code, part.content) == (206, whole[5:15])
    assert filled.client.get(path, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


@pytest.mark.parametrize("path", [INDEX, PACKAGE])
def test_head_tells_the_size_without_the_content(filled: Forged, path: str) -> None:
    head, whole = filled.client.head(path), filled.client.get(path)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))
    assert head.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/conda/testing/../../../ledger.sqlite",
        "/conda/testing/%2e%2e/%2e%2e/%2e%2e/ledger.sqlite",
        "/conda/testing//etc/passwd",
        "/conda/testing/%00",
        "/conda/testing/linux-64",
        "/conda/testing/.snapshot",
        "/conda/testing/linux-64/" + "x" * 300,
        "/conda/..%2f..%2fledger.sqlite",
        "/conda/nix/noarch/repodata.json",
        "/nix",
    ],
)
def test_nothing_but_the_channels_files_is_given(filled: Forged, path: str) -> None:
    answer = filled.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["problems"]


def test_a_symbolic_link_out_of_the_channel_is_not_followed(filled: Forged) -> None:
    (filled.services.folder.channel("testing") / "linux-64" / "out.json").symlink_to("/etc/passwd")
    assert filled.client.get("/conda/testing/linux-64/out.json").status_code == 404


def test_writing_methods_are_not_for_files(filled: Forged) -> None:
    assert filled.client.delete(PACKAGE).status_code == 405


@pytest.mark.parametrize("path", [INDEX, PACKAGE])
@pytest.mark.parametrize("wanted", ["bytes=a-b", "bytes=5-3", "bytes=-", "bytes", "bytes=1-2,x", "lines=1-2"])
def test_a_range_that_is_none_is_as_if_there_were_none(filled: Forged, path: str, wanted: str) -> None:
    whole = filled.client.get(path)
    answer = filled.client.get(path, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize("path", [f"{INDEX}/", f"{PACKAGE}/", "/conda/testing/linux-64//repodata.json"])
def test_an_address_that_is_almost_a_files_is_none(filled: Forged, path: str) -> None:
    assert filled.client.get(path).status_code == 404


@pytest.mark.parametrize("size", [1000, 17 << 20])
def test_an_index_replaced_while_it_is_sent_is_never_mixed(filled: Forged, size: int) -> None:
    index = filled.services.folder.channel("testing") / "linux-64" / "repodata.json"
    replacing = [bytes([letter]) * (size + letter) for letter in range(20)]

    def replace_it() -> None:
        for content in replacing:
            write_atomically(index, content, durable=False)

    write_atomically(index, replacing[0])
    with ThreadPoolExecutor(1) as other:
        done = other.submit(replace_it)
        while not done.done():
            answer = filled.client.get(INDEX)
            (letter,) = set(answer.content)
            assert len(answer.content) == int(answer.headers["content-length"]) == size + letter
            assert answer.headers["etag"].endswith(f'-{size + letter:x}"')
    assert filled.client.get(INDEX).content == replacing[-1]


def test_files_that_are_gone_are_not_given_from_memory(filled: Forged) -> None:
    assert filled.client.get(INDEX).status_code == 200
    (filled.services.folder.channel("testing") / "linux-64" / "repodata.json").unlink()
    assert filled.client.get(INDEX).status_code == 404


def test_no_more_is_kept_in_memory_than_allowed_and_what_was_last_asked_for_stays(tmp_path: Path) -> None:
    files = HotFiles(lambda _path, _facts: {}, most_bytes=25)
    for name in "abc":
        (tmp_path / name).write_bytes(bytes(10))
    for name in "ab":
        files.put(tmp_path, name, tmp_path / name)
    assert files.get(tmp_path, "a") is not None
    files.put(tmp_path, "c", tmp_path / "c")
    assert [name for name in "abc" if files.get(tmp_path, name)] == ["a", "c"]
    os.utime(tmp_path / "a", ns=(1, 1))
    assert files.get(tmp_path, "a") is None
