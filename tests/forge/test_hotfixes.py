"""`ownconda channel hotfix` with instructions and documents, at a real forge."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run
from ownconda.forge_client.client import ForgeClient

CURL = "curl-1.0-h1_0.conda"
DOCUMENT = """
if: {name: curl}
then:
  - tighten_depends: {name: zlib, upper_bound: "2.0"}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A forge in whose channel testing curl needs zlib."""
    root = tmp_path_factory.mktemp("hotfixes")
    folder, token = new_forge(root / "forge")
    with running_forge(folder) as running, ForgeClient(running.url, token=token) as client:
        client.upload("testing", [make_package(root, "curl", depends=["zlib"]), make_package(root, "zlib")])
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("OWNCONDA_FORGE_URL", running.url)
            environment.setenv("OWNCONDA_FORGE_TOKEN", token)
            yield running.url


def shown(url: str) -> dict[str, Any]:
    packages = httpx2.get(f"{url}/conda/testing/linux-64/repodata.json").json()["packages.conda"]
    return dict(packages[CURL])


def test_documents_edit_what_the_channel_lists_on_top_of_instructions(url: str, tmp_path: Path) -> None:
    (tmp_path / "curl.yaml").write_text(DOCUMENT)
    assert run(["channel", "hotfix", "testing", str(tmp_path)]) == 0
    assert shown(url)["depends"] == ["zlib <2.0a0"]
    (tmp_path / "linux-64").mkdir()
    instructions = '{"packages.conda": {"%s": {"license": "MIT", "depends": ["zlib >=1.1"]}}}' % CURL  # noqa: UP031
    (tmp_path / "linux-64" / "patch_instructions.json").write_text(instructions)
    assert run(["channel", "hotfix", "testing", str(tmp_path)]) == 0
    assert (shown(url)["depends"], shown(url)["license"]) == (["zlib >=1.1,<2.0a0"], "MIT")
    assert run(["channel", "hotfix", "testing", "--remove"]) == 0
    assert shown(url)["depends"] == ["zlib"]


def test_documents_that_change_nothing_take_no_patches_away(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "curl.yaml").write_text(DOCUMENT.replace("curl", "crul"))
    before = shown(url)
    assert run(["channel", "hotfix", "testing", str(tmp_path)]) == 2
    assert "no package of testing is changed by these documents" in capsys.readouterr().err
    assert shown(url) == before


def test_a_fault_is_told_with_its_line(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "curl.yaml").write_text(DOCUMENT.replace("tighten", "thighten"))
    assert run(["channel", "hotfix", "testing", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "curl.yaml:4: then[0].thighten_depends: there is no such edit" in told
    assert "did you mean 'tighten_depends'?" in told
    body = {"documents": [{"file": "x.yaml", "line": 7, "said": {"if": {"name": "curl"}, "then": "?"}}]}
    assert (
        "x.yaml:7: then"
        in httpx2.post(
            f"{url}/api/v1/channels/testing/hotfix",
            json=body,
            headers={"Authorization": f"Bearer {os.environ['OWNCONDA_FORGE_TOKEN']}"},
        ).text
    )
