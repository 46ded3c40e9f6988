"""The compose file: what it sets are settings, and what nginx asks are its services."""

import re
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from ownconda.cli.main import run
from ownconda.journeys.new_forge import make_forge
from ownconda.settings.loading import load, unknown_variables

PROJECT = Path(__file__).parents[2]
CHOSEN = {"DATABASE_PASSWORD": "secret", "FORGE_URL": "https://conda.example.org"}


@pytest.fixture
def composed() -> dict[str, Any]:
    text = (PROJECT / "deploy" / "compose.yaml").read_text()
    said: dict[str, Any] = yaml.safe_load(Template(re.sub(r":\?[^}]*", "", text)).substitute(CHOSEN))
    return said


def test_what_it_sets_is_read_as_settings(composed: dict[str, Any], tmp_path: Path) -> None:
    environment = composed["services"]["first"]["environment"]
    assert unknown_variables(environment) == []
    forge = load(tmp_path, environment).forge
    assert (forge.public_url, forge.count_downloads, forge.log) == ("https://conda.example.org", False, "json")
    assert str(forge.database) == "postgresql://forge:secret@database/forge"
    assert forge.proxies == ["172.16.0.0/12"]
    assert composed["services"]["first"]["environment"] == composed["services"]["second"]["environment"]


def test_nginx_asks_the_forges_that_there_are(
    composed: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_forge(tmp_path / "forge", token_name="init")
    [line] = composed["services"]["web-configuration"]["command"]
    command = line.partition(" > ")[0].replace("/srv/forge", str(tmp_path / "forge")).split()
    capsys.readouterr()
    assert run(command[1:]) == 0
    asked = set(re.findall(r"^ +server (\w+):8765;", capsys.readouterr().out, re.MULTILINE))
    forges = {
        name for name, one in composed["services"].items() if one.get("image") == "ownconda" and "profiles" not in one
    }
    assert asked == forges == {"first", "second"}
    build = composed["x-forge"]["build"]
    assert (PROJECT / "deploy" / build["context"] / build["dockerfile"]).is_file()
