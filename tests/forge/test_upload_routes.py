import hashlib
import os
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from forging import Forged
from making import make_package, write_conda
from starlette.testclient import TestClient

from ownconda.access.actions import Action
from ownconda.access.callers import Scope
from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import make_token
from ownconda.forge.app import make_app


def problems(answer: httpx2.Response) -> str:
    return " | ".join(problem["what"] for problem in answer.json()["problems"])


def untouched(forge: Forged) -> bool:
    return not list(forge.services.folder.incoming.iterdir()) and not forge.listed("testing")


def test_an_uploaded_package_is_in_every_index_when_the_reply_comes(forge: Forged, tmp_path: Path) -> None:
    answer = forge.upload("testing", make_package(tmp_path, "zlib"))
    assert answer.status_code == 200
    assert [(file["path"], file["outcome"]) for file in answer.json()["files"]] == [
        ("linux-64/zlib-1.0-h1_0.conda", "added")
    ]
    assert forge.listed("testing") == {"zlib-1.0-h1_0.conda"}
    for name in ("repodata.json.zst", "repodata_shards.msgpack.zst", "zlib-1.0-h1_0.conda"):
        assert forge.client.get(f"/conda/testing/linux-64/{name}").status_code == 200
    assert not list(forge.services.folder.incoming.iterdir())


def test_many_files_of_one_request_come_together(forge: Forged, tmp_path: Path) -> None:
    packages = [make_package(tmp_path, name) for name in ("a", "b", "c")]
    answer = forge.upload("testing", *packages, make_package(tmp_path, "d", extension=".tar.bz2", subdir="noarch"))
    assert [file["outcome"] for file in answer.json()["files"]] == ["added"] * 4
    history = forge.client.get("/api/v1/channels/testing/history").json()["snapshots"]
    assert [(one["kind"], one["added"]) for one in history] == [("upload", 4), ("created", 0)]


def test_the_same_file_again_is_fine(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    forge.upload("testing", package)
    answer = forge.upload("testing", package, make_package(tmp_path, "xz"))
    assert [file["outcome"] for file in answer.json()["files"]] == ["there already", "added"]


def test_the_token_can_be_basic_auths_password(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    answer = forge.client.post(
        "/upload/testing", files={"file": (package.name, package.read_bytes())}, auth=("anybody", forge.token)
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer own_wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Digest x"},
    ],
)
def test_without_a_right_token_nothing_is_taken(forge: Forged, tmp_path: Path, headers: dict[str, str]) -> None:
    package = make_package(tmp_path, "zlib")
    answer = forge.client.post("/upload/testing", files={"file": (package.name, package.read_bytes())}, headers=headers)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]
    assert untouched(forge)


def test_a_token_that_may_only_read_is_refused(forge: Forged, tmp_path: Path) -> None:
    text, token = make_token("reader", at=1, scope=Scope(may=frozenset({Action.READ})))
    forge.services.tokens.add(token)
    package = make_package(tmp_path, "zlib")
    answer = forge.client.post(
        "/upload/testing",
        files={"file": (package.name, package.read_bytes())},
        headers={"Authorization": f"Bearer {text}"},
    )
    assert answer.status_code == 403
    assert isinstance(forge.services.tokens, TokenTable)


def test_an_unknown_channel_is_told_with_those_there_are(forge: Forged, tmp_path: Path) -> None:
    answer = forge.upload("nix", make_package(tmp_path, "zlib"))
    assert answer.status_code == 404
    assert answer.json()["problems"][0]["hint"] == "there are experimental, testing, staging, stable, archive"


def test_a_package_cut_short_is_refused(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    package.write_bytes(package.read_bytes()[:-100])
    answer = forge.upload("testing", package)
    assert answer.status_code == 422
    assert "zlib-1.0-h1_0.conda: the package is damaged or cut short" in problems(answer)
    assert untouched(forge)


def test_one_wrong_file_keeps_the_others_out_and_all_wrong_ones_are_told(forge: Forged, tmp_path: Path) -> None:
    cut = make_package(tmp_path, "cut")
    cut.write_bytes(cut.read_bytes()[:50])
    renamed = make_package(tmp_path, "zlib", "1.0").rename(tmp_path / "zlib-2.0-h1_0.conda")
    answer = forge.upload("testing", make_package(tmp_path, "good"), cut, renamed)
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == 2
    assert "name says version '2.0'" in problems(answer)
    assert untouched(forge)


def test_a_path_that_would_leave_the_prefix_is_refused(forge: Forged, tmp_path: Path) -> None:
    answer = forge.upload("testing", make_package(tmp_path, "evil", files={"../../etc/cron.d/x": b"boom"}))
    assert answer.status_code == 422
    assert "would leave the prefix" in problems(answer)


@pytest.mark.parametrize("name", ["x.txt", "../zlib-1.0-h1_0.conda", "zlib.conda", "a" * 300 + "-1-0.conda"])
def test_a_file_name_that_is_no_packages_is_refused(forge: Forged, tmp_path: Path, name: str) -> None:
    content = make_package(tmp_path, "zlib").read_bytes()
    answer = forge.client.post("/upload/testing", files={"file": (name, content)}, headers=forge.bearer)
    assert answer.status_code == 422
    assert untouched(forge)


@pytest.mark.parametrize(
    "index",
    [
        b"[]",
        b"{}",
        b"not json",
        b'{"name":"zlib","version":"1.0","build":"h1_0","build_number":0,"subdir":"../.."}',
        b'{"name":"zlib","version":"1.0","build":"h1_0","build_number":0,"subdir":"linux-64","license":"\\ud800"}',
        b'{"name":"zlib","version":"1.0","build":"h1_0","build_number":0,"subdir":"linux-64","x":NaN}',
        b"[" * 100_000,
    ],
)
def test_strange_metadata_is_refused(forge: Forged, tmp_path: Path, index: bytes) -> None:
    package = write_conda(tmp_path / "zlib-1.0-h1_0.conda", {"info/index.json": index}, {})
    answer = forge.upload("testing", package)
    assert answer.status_code == 422, answer.text
    assert untouched(forge)
    assert forge.upload("testing", make_package(tmp_path, "good")).status_code == 200


@pytest.mark.parametrize("channel", ["testing", "stable"])
def test_the_same_name_with_other_contents_is_a_conflict(forge: Forged, tmp_path: Path, channel: str) -> None:
    forge.upload("testing", make_package(tmp_path / "1", "zlib", files={"x": b"1"}))
    answer = forge.upload(channel, make_package(tmp_path / "2", "zlib", files={"x": b"2"}))
    assert answer.status_code == 409
    assert "already stands for other contents" in problems(answer)


def test_an_upload_without_file_is_refused(forge: Forged) -> None:
    answer = forge.client.post("/upload/testing", files={"nothing": (None, "x")}, headers=forge.bearer)
    assert (answer.status_code, problems(answer)) == (422, "the upload holds no file")
    assert forge.client.post("/upload/testing", headers=forge.bearer).status_code == 415


def test_an_empty_file_is_refused(forge: Forged, tmp_path: Path) -> None:
    (tmp_path / "zlib-1.0-h1_0.conda").touch()
    assert forge.upload("testing", tmp_path / "zlib-1.0-h1_0.conda").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"no form",
        b"--b\r\nbroken",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabc',
    ],
)
def test_a_damaged_form_is_refused(forge: Forged, body: bytes) -> None:
    headers = forge.bearer | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = forge.client.post("/upload/testing", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert untouched(forge)


def test_too_large_a_request_is_refused(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "big", files={"x": b""})
    package.write_bytes(package.read_bytes() + bytes(2 << 20))
    assert forge.upload("testing", package).status_code == 413
    chunked = forge.client.post(
        "/upload/testing",
        content=_endless(),
        headers=forge.bearer | {"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert chunked.status_code == 413
    assert untouched(forge)


def test_a_full_disk_is_told_and_the_same_upload_succeeds_later(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "big", files={"x": os.urandom(200_000)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # writing more than this fails, as on a full disk
    try:
        answer = forge.upload("testing", package)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 507
    assert "can't be written" in problems(answer)
    assert untouched(forge)
    assert forge.upload("testing", package).status_code == 200


def test_whoever_may_upload_can_ask_before_sending(forge: Forged) -> None:
    answer = forge.client.get("/upload/testing", headers=forge.bearer)
    assert answer.json() == {
        "channel": "testing",
        "largest_upload": 1 << 20,
        "sidecars": [".provenance.json", ".spdx.json", ".publish.json", ".sigs"],
        "resumable": True,
    }
    assert forge.client.get("/upload/testing").status_code == 401
    assert forge.client.get("/upload/nix", headers=forge.bearer).status_code == 404


def _endless() -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x-1-0.conda"\r\n\r\n'
    for _ in range(64):
        yield bytes(1 << 16)


def test_a_boundary_of_any_length_is_answered(forge: Forged) -> None:
    kind = f"multipart/form-data; boundary={'a' * 300}"
    answer = forge.client.post("/upload/testing", content=b"x", headers=forge.bearer | {"Content-Type": kind})
    assert (answer.status_code, "the form is damaged" in problems(answer)) == (400, True)


@pytest.mark.parametrize(
    "fields", [{"build_number": 10**30}, {"timestamp": 10**30}, {"license": 5}, {"more": 10**30}, {"depends": ["@@"]}]
)
def test_what_clients_could_not_read_is_refused_and_uploads_go_on(
    forge: Forged, tmp_path: Path, fields: dict[str, object]
) -> None:
    answer = forge.upload("testing", make_package(tmp_path, "poison", **fields))  # type: ignore[arg-type]
    assert (answer.status_code, "info/index.json" in problems(answer)) == (422, True)
    assert untouched(forge)
    assert forge.upload("testing", make_package(tmp_path, "zlib")).status_code == 200


def test_when_little_of_the_disk_is_free_nothing_is_taken_and_all_else_goes_on(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    careful = replace(forge.services, intake=replace(forge.services.intake, keep_free=1 << 60))
    with TestClient(make_app(careful)) as client:
        full = replace(forge, client=client)
        answers = [full.upload("testing", package), client.get("/upload/testing", headers=forge.bearer)]
        assert full.listed("testing") == set()
    for answer in answers:
        assert (answer.status_code, answer.headers["retry-after"]) == (507, "600")
        assert re.search(r"\d+ MiB are free", problems(answer))
    assert untouched(forge)
    assert forge.upload("testing", package).status_code == 200


def test_a_name_that_differs_only_by_case_is_a_conflict(forge: Forged, tmp_path: Path) -> None:
    lower, upper = (make_package(tmp_path, "zlib", build=build) for build in ("ha_0", "hA_0"))
    assert forge.upload("testing", lower, upper).status_code == 409
    forge.upload("testing", lower)
    answer = forge.upload("testing", upper)
    assert (answer.status_code, "only by upper and lower case" in problems(answer)) == (409, True)
    assert forge.upload("testing", lower).status_code == 200


def test_a_package_from_the_future_is_refused(forge: Forged, tmp_path: Path) -> None:
    soon, later = ((time.time_ns() // 1_000_000) + seconds * 1000 for seconds in (60, 86400))
    assert forge.upload("testing", make_package(tmp_path, "soon", timestamp=soon)).status_code == 200
    answer = forge.upload("testing", make_package(tmp_path, "later", timestamp=later))
    assert (answer.status_code, "in the future" in problems(answer)) == (422, True)


def test_what_is_there_can_be_asked_before_it_is_sent_again(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    installer = ("own-1.sh", b"#!x")
    there, fresh = (hashlib.sha256(content).hexdigest() for content in (package.read_bytes(), b"other"))
    forge.upload("testing", package)
    forge.client.post("/upload/testing", files={"file": installer}, headers=forge.bearer)
    asked = {
        package.name: there,
        "xz-1-0.conda": fresh,
        "own-1.sh": hashlib.sha256(b"#!x").hexdigest(),
        "../x-1.sh": fresh,
    }
    answer = forge.client.post("/upload/testing/there", json={"files": asked}, headers=forge.bearer)
    assert [one["path"] for one in answer.json()["there"]] == [f"linux-64/{package.name}", "own-1.sh"]
    again = {"files": {package.name: fresh}}
    assert not forge.client.post("/upload/testing/there", json=again, headers=forge.bearer).json()["there"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"files": []}', b'{"files": {"x": 1}}', b"[" * 100_000])
def test_a_question_that_is_none_is_refused(forge: Forged, content: bytes) -> None:
    json = {"Content-Type": "application/json"}
    assert forge.client.post("/upload/testing/there", content=content, headers=forge.bearer | json).status_code == 400
    assert forge.client.post("/upload/testing/there", content=content, headers=json).status_code == 401


def test_a_file_without_a_checksum_is_nowhere_there(forge: Forged) -> None:
    question = {"files": {"own.sh": "", "own-1.0.sh": "", "zlib-1.0-h1_0.conda": ""}}
    answer = forge.client.post("/upload/testing/there", json=question, headers=forge.bearer)
    assert (answer.status_code, answer.json()["there"]) == (200, [])
