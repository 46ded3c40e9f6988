"""Old snapshots as channels of their own, and what is done to channels over HTTP."""

from pathlib import Path

import pytest
import requests
from backports import zstd
from forging import Forged, new_forge, running_forge
from making import make_package

from ownconda.conda.solver import install, installed, solve
from ownconda.forge_client.client import ForgeClient


def act(forge: Forged, channel: str, verb: str, **body: object) -> dict[str, object]:
    answer = forge.client.post(f"/api/v1/channels/{channel}/{verb}", json=body, headers=forge.bearer)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def names(forge: Forged, channel: str) -> set[str]:
    index = forge.client.get(f"/conda/{channel}/linux-64/repodata.json").json()
    return {name.partition("-")[0] for name in index["packages.conda"]}


@pytest.fixture
def two(forge: Forged, tmp_path: Path) -> tuple[int, int]:
    """Let the channel testing have zlib first and xz afterwards; gives both snapshots."""
    first = forge.upload("testing", make_package(tmp_path, "zlib")).json()["snapshot"]
    second = forge.upload("testing", make_package(tmp_path, "xz")).json()["snapshot"]
    return first, second


def test_a_snapshot_is_a_channel_whose_files_are_those_of_its_channel(forge: Forged, two: tuple[int, int]) -> None:
    assert names(forge, f"testing.at.{two[0]}") == {"zlib"}
    assert names(forge, f"testing.at.{two[1]}") == {"zlib", "xz"}
    folder = f"/conda/testing.at.{two[0]}/linux-64"
    index = forge.client.get(f"{folder}/repodata.json").json()
    assert index["info"]["base_url"] == "http://testserver/conda/testing/linux-64/"
    assert index["repodata_version"] == 2
    compressed = forge.client.get(f"{folder}/repodata.json.zst").content
    assert zstd.decompress(compressed) == forge.client.get(f"{folder}/repodata.json").content
    package = forge.client.get(f"{folder}/zlib-1.0-h1_0.conda")
    assert package.content == forge.client.get("/conda/testing/linux-64/zlib-1.0-h1_0.conda").content
    assert forge.client.get(f"/conda/testing.at.{two[0]}/noarch/repodata.json").status_code == 200


def test_behind_a_web_server_that_speaks_tls_files_are_led_to_by_tls(forge: Forged, two: tuple[int, int]) -> None:
    at = f"/conda/testing.at.{two[0]}/noarch/repodata.json"
    seen = {"Host": "conda.example.org", "X-Forwarded-Proto": "https"}
    told = forge.client.get(at, headers=seen).json()
    assert told["info"]["base_url"] == "https://conda.example.org/conda/testing/noarch/"
    page = forge.client.get("/conda/testing/", headers=seen | {"Accept": "text/html"}).text
    assert "https://conda.example.org/conda/testing" in page
    odd = forge.client.get(at, headers={"X-Forwarded-Proto": "javascript"}).json()
    assert odd["info"]["base_url"] == "http://testserver/conda/testing/noarch/"


def test_a_tag_and_a_date_mean_a_snapshot_too(forge: Forged, two: tuple[int, int]) -> None:
    act(forge, "testing", "tag", name="good", snapshot=two[0])
    assert names(forge, "testing.at.good") == {"zlib"}
    assert names(forge, "testing.at.2999-12-31") == {"zlib", "xz"}
    assert forge.client.get("/conda/testing.at.1999-01-01/noarch/repodata.json").status_code == 404
    assert forge.client.get("/conda/testing.at.bad/noarch/repodata.json").status_code == 404
    assert forge.client.get("/conda/nix.at.1/noarch/repodata.json").status_code == 404
    assert forge.client.get("/conda/testing.at.A%20b/noarch/repodata.json").status_code == 422


def test_the_page_of_an_old_snapshot_says_what_it_is(forge: Forged, two: tuple[int, int]) -> None:
    page = forge.client.get(f"/conda/testing.at.{two[0]}/", headers={"Accept": "text/html"}).text
    assert f"As it was at snapshot <b>{two[0]}</b>" in page
    assert "zlib" in page
    assert "xz-1.0" not in page
    now = forge.client.get("/conda/testing/", headers={"Accept": "text/html"}).text
    assert f'href="/conda/testing.at.{two[0]}/"' in now


def test_what_was_taken_out_of_a_channel_can_still_be_downloaded(forge: Forged, two: tuple[int, int]) -> None:
    act(forge, "testing", "rollback", snapshot=two[0])
    assert names(forge, "testing") == {"zlib"}
    assert forge.client.get("/conda/testing/linux-64/xz-1.0-h1_0.conda").status_code == 200


def test_a_purged_file_is_gone_with_its_reason(forge: Forged, two: tuple[int, int]) -> None:
    names(forge, f"testing.at.{two[1]}")
    body = {"file": "zlib-1.0-h1_0.conda", "reason": "a private key"}
    assert forge.client.post("/api/v1/purge", json=body).status_code == 401
    planned = forge.client.post("/api/v1/purge", json=body | {"dry_run": True}, headers=forge.bearer).json()
    assert planned["channels"] == ["testing"]
    assert names(forge, "testing") == {"zlib", "xz"}
    forge.client.post("/api/v1/purge", json=body, headers=forge.bearer).raise_for_status()
    for channel in ("testing", f"testing.at.{two[1]}"):
        gone = forge.client.get(f"/conda/{channel}/linux-64/zlib-1.0-h1_0.conda")
        assert gone.status_code == 410
        assert "a private key" in gone.json()["problems"][0]["what"]
        assert names(forge, channel) == {"xz"}


def test_acts_are_told_in_the_history(forge: Forged, two: tuple[int, int]) -> None:
    act(forge, "testing", "yank", specs=["zlib"], reason="leaks")
    act(forge, "testing", "revert", snapshot=two[1])
    act(forge, "testing", "hold", spec="xz", reason="not yet")
    assert names(forge, "testing") == set()
    steps = forge.client.get("/api/v1/channels/testing/history").json()["snapshots"]
    assert [(step["kind"], step["reason"]) for step in steps[:3]] == [
        ("hold", "xz: not yet"),
        ("revert", ""),
        ("yank", "leaks"),
    ]
    assert forge.client.get("/api/v1/channels/testing/holds").json()["holds"][0]["spec"] == "xz"
    act(forge, "testing", "release", spec="xz")
    assert forge.client.get("/api/v1/channels/testing/holds").json()["holds"] == []


@pytest.mark.usefixtures("two")
def test_a_hotfix_changes_what_the_index_says_and_can_be_taken_back(forge: Forged) -> None:
    patches = {"linux-64": {"packages.conda": {"xz-1.0-h1_0.conda": {"depends": ["zlib >=1"]}}}}
    act(forge, "testing", "hotfix", patches=patches, dry_run=True)
    index = "/conda/testing/linux-64/repodata.json"
    assert forge.client.get(index).json()["packages.conda"]["xz-1.0-h1_0.conda"]["depends"] == []
    act(forge, "testing", "hotfix", patches=patches, reason="xz needs zlib")
    assert forge.client.get(index).json()["packages.conda"]["xz-1.0-h1_0.conda"]["depends"] == ["zlib >=1"]
    act(forge, "testing", "hotfix", patches={})
    assert forge.client.get(index).json()["packages.conda"]["xz-1.0-h1_0.conda"]["depends"] == []


def test_pruned_packages_can_be_listed_again(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", *(make_package(tmp_path, "zlib", version) for version in ("1.0", "2.0", "3.0")))
    index = "/conda/testing/linux-64/repodata.json"
    planned = act(forge, "testing", "prune", versions=1, dry_run=True)
    assert len(forge.client.get(index).json()["packages.conda"]) == 3
    done = act(forge, "testing", "prune", versions=1, reason="tidy")
    assert planned["going"] == done["going"]
    assert list(forge.client.get(index).json()["packages.conda"]) == ["zlib-3.0-h1_0.conda"]
    act(forge, "testing", "unprune", specs=["zlib 2.*"])
    assert len(forge.client.get(index).json()["packages.conda"]) == 2
    act(forge, "testing", "unprune")
    assert len(forge.client.get(index).json()["packages.conda"]) == 3


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("yank", {}, 422),
        ("yank", {"specs": ["nix"]}, 422),
        ("revert", {"snapshot": 2}, 422),
        ("hold", {"spec": "zlib"}, 400),
        ("release", {"spec": "zlib"}, 404),
        ("tag", {"name": "42"}, 422),
        ("untag", {"name": "nix"}, 404),
        ("hotfix", {"patches": []}, 400),
        ("hotfix", {"patches": {"linux-99": {}}}, 422),
        ("hotfix", {"patches": {"linux-64": {"packages": {"x": {}}}}}, 422),
        ("rollback", {"snapshot": 1, "waive": "x"}, 400),
        ("prune", {}, 422),
        ("prune", {"versions": "3"}, 400),
        ("prune", {"versions": 0}, 422),
        ("unprune", {"specs": ["nix"]}, 422),
    ],
)
def test_acts_that_make_no_sense_are_refused(forge: Forged, verb: str, body: object, status: int) -> None:
    answer = forge.client.post(f"/api/v1/channels/testing/{verb}", json=body, headers=forge.bearer)
    assert answer.status_code == status, answer.text


def test_a_client_solves_and_installs_from_yesterday(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge, ForgeClient(forge.url, token=token) as client:
        client.upload(
            "testing", [make_package(tmp_path, "zlib", "1.0"), make_package(tmp_path, "xz", depends=["zlib"])]
        )
        then = client.history("testing", limit=1)[0].id
        client.upload("testing", [make_package(tmp_path, "zlib", "2.0")])
        client.act("testing", "rollback", snapshot=then)
        client.upload("testing", [make_package(tmp_path, "zlib", "3.0")])
        for channel, version in ((f"testing.at.{then + 1}", "2.0"), (f"testing.at.{then}", "1.0"), ("testing", "3.0")):
            solved = solve([f"{forge.url}/conda/{channel}"], ["xz"], subdir="linux-64")
            assert any(f"/conda/testing/linux-64/zlib-{version}-" in url for url in solved.urls), solved.urls
            install(solved, tmp_path / channel)
            assert f"zlib-{version}-h1_0" in installed(tmp_path / channel)
        view = requests.get(f"{forge.url}/conda/testing.at.{then}/linux-64/repodata.json", timeout=10).json()
        assert view["info"]["base_url"] == f"{forge.url}/conda/testing/linux-64/"


def test_packages_are_promoted_from_a_channel_as_it_was(forge: Forged, two: tuple[int, int]) -> None:
    act(forge, "staging", "promote", **{"from": f"testing.at.{two[0]}"})
    assert names(forge, "staging") == {"zlib"}
    act(forge, "testing", "rollback", snapshot=two[0])
    act(forge, "testing", "promote", **{"from": f"testing.at.{two[1]}", "specs": ["xz"]})
    assert names(forge, "testing") == {"zlib", "xz"}


def test_a_channel_as_it_was_is_checked(forge: Forged, two: tuple[int, int]) -> None:
    told = forge.client.get(f"/api/v1/channels/testing.at.{two[0]}/check").json()
    assert (told["snapshot"], told["packages"], told["problems"]) == (two[0], 1, [])


@pytest.mark.usefixtures("two")
def test_a_package_is_shown_as_clients_see_it_with_what_it_says_itself(forge: Forged) -> None:
    patches = {"linux-64": {"packages.conda": {"xz-1.0-h1_0.conda": {"depends": ["zlib"], "license": "MIT"}}}}
    act(forge, "testing", "hotfix", patches=patches)
    [xz, zlib] = forge.client.get("/api/v1/channels/testing").json()["entries"]
    assert (xz["depends"], xz["patched"]) == (["zlib"], {"depends": [], "license": "BlueOak-1.0.0"})
    assert "patched" not in zlib
