"""What the documentation lists is what there is."""

import html
import re
import tomllib
from pathlib import Path

import pytest
from starlette.routing import Route

from ownconda import exit_codes as exits
from ownconda.channels.charters import DEFAULT_CHARTERS
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.cli.main import run
from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.recipes.collection import CONTEXT, read_recipes
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.selection import Selection, selected
from ownconda.settings.loading import origins

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ROOT / "docs" / "explanation" / "recipes-graph"
REDRAW = "draw it anew: see 'Add a recipe' in CONTRIBUTING.md"
NOT_FOR_PEOPLE = {"/forge.css", "/conda/<channel>", "/conda/<channel>/<path>"}


def first_column(text: str) -> list[str]:
    """Give the names in the first column of a table."""
    return re.findall(r"^\| `?(\w[\w-]*)`? \|", text, re.MULTILINE)


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    assert sorted(re.findall(r"^### `(.*)`$", text, re.MULTILINE)) == sorted(one.name for one in origins(ROOT, {}))


def test_every_exit_code_is_described() -> None:
    text = (ROOT / "docs/reference/exit-codes.md").read_text()
    codes = (exits.DONE, exits.NO, exits.USAGE, exits.OUTSIDE, exits.BROKEN, exits.INTERRUPTED)
    assert [name for name in first_column(text) if name.isdecimal()] == [str(code) for code in codes]


def test_every_address_of_a_forge_is_described(tmp_path: Path) -> None:
    text = (ROOT / "docs/reference/urls.md").read_text()
    create_forge(ForgeFolder(root=tmp_path), DEFAULT_CHARTERS)
    with open_services(tmp_path) as services:
        routes = [route for route in make_app(services).routes if isinstance(route, Route)]
    paths = {re.sub(r"\{(\w+)[^}]*\}", r"<\1>", route.path) for route in routes}
    assert {path for path in paths - NOT_FOR_PEOPLE if f"{path}`" not in text} == set()


def test_every_room_is_in_the_table_and_on_the_street() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text().partition("<!-- rooms -->")[2].partition("<!-- end of rooms -->")[0]
    rooms = {path.stem for path in (ROOT / "src/ownconda").glob("[!_]*") if path.is_dir() or path.suffix == ".py"}
    street = text.partition("```text\n")[2].partition("```")[0].split("▸")
    [contract] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert set(first_column(text)) - {"room"} == rooms
    assert [" ".join(place.split()) for place in street] == contract["layers"]


def test_the_readme_counts_what_the_quickstart_builds() -> None:
    recipes = read_recipes([ROOT / "recipes", ROOT / "examples"], Rendering(context=CONTEXT))
    built = selected(recipes, Selection(up_to=("own_hello", "python", "pip")))
    text = (ROOT / "README.md").read_text()
    assert f"{len(built.ordered)} of the {len(recipes.ordered)} recipes" in text
    assert f"{len(built.ordered)} packages built" in text


def test_every_suite_is_in_the_contributors_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text().partition("## Tests")[2].partition("## The house")[0]
    assert first_column(text) == ["suite", *tomllib.loads((ROOT / "suites.toml").read_text())]


def test_the_recipes_are_drawn_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["dep-graph", "recipes", "examples", "--out", "dot"]) == 0
    assert capsys.readouterr().out == DRAWN.with_suffix(".dot").read_text(), REDRAW


def test_the_drawing_shows_every_node_and_edge_of_the_graph() -> None:
    assert drawn_in(DRAWN.with_suffix(".svg")) == written_in(DRAWN.with_suffix(".dot").read_text()), REDRAW


def test_the_drawing_of_the_guide_shows_what_its_command_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["dep-graph", "recipes", "examples", "--requirements", "own_hello", "--reduce", "--out", "dot"]) == 0
    assert drawn_in(ROOT / "docs" / "how-to" / "own_hello.svg") == written_in(capsys.readouterr().out), REDRAW


def written_in(dot: str) -> set[str]:
    """Give the nodes and edges of a DOT file, an edge as ``one->other``."""
    found = re.findall(r'^ +"([\w-]+)"(?: -> "([\w-]+)")? \[', dot, re.MULTILINE)
    return {f"{one}->{other}" if other else one for one, other in found}


def drawn_in(svg: Path) -> set[str]:
    """Give the nodes and edges that a drawing shows, likewise."""
    titles = re.findall(r"<title>(.*)</title>", svg.read_text())
    return {html.unescape(title) for title in titles if not title.startswith("requirements")}
