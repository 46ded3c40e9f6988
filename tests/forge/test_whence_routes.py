"""Where packages come from, asked of the real application."""

import hashlib
from pathlib import Path

from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

ARCHIVE = b"upstream's archive"
SOURCE = hashlib.sha256(ARCHIVE).hexdigest()
RECIPE = {"rendered_recipe.yaml": f"recipe:\n  source:\n  - url: https://x.invalid/a.tar.gz\n    sha256: {SOURCE}\n"}


def test_a_package_is_told_with_its_acts_its_sources_and_what_tells_them(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib", recipe=RECIPE)
    forge.client.put(f"/sources/{SOURCE}/a.tar.gz", content=ARCHIVE, headers=forge.bearer)
    forge.upload("testing", package)
    body = {"from": "testing", "specs": ["zlib"], "reason": "release 7"}
    forge.client.post("/api/v1/channels/staging/promote", json=body, headers=forge.bearer)
    told = forge.client.get(f"/api/v1/whence/{digest(package)}").json()
    assert told["package"]["path"] == "linux-64/zlib-1.0-h1_0.conda"
    acts = [(one["channel"], one["kind"], one["author"], one["reason"]) for one in told["entered"]]
    assert acts == [("testing", "upload", "init", ""), ("staging", "promotion", "init", "release 7")]
    assert told["made_from"] == [SOURCE]
    assert told["kept_sources"] == [f"{SOURCE}/a.tar.gz"]
    assert told["files"] == {"info/recipe/rendered_recipe.yaml": RECIPE["rendered_recipe.yaml"]}


def test_a_source_is_told_with_what_was_made_from_it(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", recipe=RECIPE), make_package(tmp_path, "other"))
    told = forge.client.get(f"/api/v1/whence/{SOURCE}").json()
    assert told["source"] == {"checksum": SOURCE, "kept": []}
    assert [one["name"] for one in told["packages"]] == ["zlib"]


def test_what_left_a_channel_is_told_as_that(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    forge.upload("testing", package)
    forge.client.post("/api/v1/channels/testing/yank", json={"specs": ["zlib"]}, headers=forge.bearer)
    told = forge.client.get(f"/api/v1/whence/{digest(package)}").json()
    assert [(one["kind"], one["left"]) for one in told["entered"]] == [("upload", False), ("yank", True)]
    assert told["made_from"] is None


def test_what_nobody_knows_and_what_is_no_checksum_are_told_apart(forge: Forged) -> None:
    assert forge.client.get(f"/api/v1/whence/{'0' * 64}").status_code == 404
    assert forge.client.get("/api/v1/whence/%25").status_code == 400


def test_channels_that_one_may_not_read_are_not_told(tmp_path: Path) -> None:
    rules = {"all": RuleSettings(who=["anybody"], may=["read"], channels=["staging"])}
    settings = Settings(access=AccessSettings(rules=rules))
    with opened_forge(*new_forge(tmp_path / "forge"), settings) as forge:
        hidden, shown = make_package(tmp_path, "hidden", recipe=RECIPE), make_package(tmp_path, "shown", recipe=RECIPE)
        forge.upload("testing", hidden, shown)
        forge.client.post(
            "/api/v1/channels/staging/promote", json={"from": "testing", "specs": ["shown"]}, headers=forge.bearer
        )
        assert forge.client.get(f"/api/v1/whence/{digest(hidden)}").status_code == 404
        told = forge.client.get(f"/api/v1/whence/{digest(shown)}").json()
        assert {one["channel"] for one in told["entered"]} == {"staging"}
        made = forge.client.get(f"/api/v1/whence/{SOURCE}").json()["packages"]
        assert [one["name"] for one in made] == ["shown"]
        everything = forge.client.get(f"/api/v1/whence/{digest(hidden)}", headers=forge.bearer)
        assert everything.json()["package"]["name"] == "hidden"


def digest(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()
