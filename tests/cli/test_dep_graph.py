import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import make_package

from ownconda.cli.main import run
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.wires.processes import find

Shown = Callable[..., list[str]]

NEEDS_GRAPHVIZ = pytest.mark.skipif(find("dot") is None, reason="Graphviz isn't installed")


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    """Give what the command prints, line by line, when it ends with a code."""

    def call(*arguments: object, code: int = 0) -> list[str]:
        assert run(["dep-graph", *map(str, arguments)]) == code
        return capsys.readouterr().out.splitlines()

    return call


def recipe(folder: Path, name: str, *, version: str = "1.0.0", more: str = "", **needs: str) -> Path:
    """Write a recipe; ``needs`` are lists of match specs by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = ", ".join(f"{kind}: [{specs}]" for kind, specs in needs.items())
    text = f"package: {{name: {name}, version: {version}}}\nrequirements: {{{sections}}}\n{more}"
    (folder / "recipe.yaml").write_text(text)
    return folder


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    needs = {"openssl": "", "python": "openssl", "pip": "python", "app": "python, pip, openssl", "tool": ""}
    for name, host in needs.items():
        recipe(tmp_path / "recipes" / name, name, host=host)
    return tmp_path / "recipes"


@pytest.fixture
def cyclic(tmp_path: Path) -> Path:
    """Make a cycle that has no order, one that needs a first build, and one that harms nobody."""
    for name, host, run_needs in (
        ("a", "b", ""),
        ("b", "a", ""),
        ("python", "", "pip"),
        ("pip", "python", ""),
        ("x", "", "y"),
        ("y", "", "x"),
    ):
        recipe(tmp_path / "cyclic" / name, name, host=host, run=run_needs)
    return tmp_path / "cyclic"


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """Make a channel on disk: two versions of a library, what needs it, and what needs that."""
    folder = tmp_path / "channel"
    make_package(folder / "linux-64", "zlib", "1.2")
    make_package(folder / "linux-64", "zlib", "1.3")
    make_package(folder / "linux-64", "python", "3.13.0", depends=["zlib >=1.3,<2", "__glibc >=2.17"])
    make_package(folder / "noarch", "pip", "25.0", depends=["python >=3.9"], subdir="noarch", noarch="python")
    make_package(folder / "osx-arm64", "other", depends=["zlib"], subdir="osx-arm64")
    write_channel(folder, read_channel(folder))
    return folder


def parsed(lines: list[str]) -> Any:  # noqa: ANN401  (JSON)
    return json.loads("\n".join(lines))


def test_names_come_in_build_order(recipes: Path, shown: Shown) -> None:
    assert shown(recipes) == ["openssl", "python", "pip", "app", "tool"]


def test_requirements_are_what_one_package_needs(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--requirements", "pip") == ["openssl", "python", "pip"]
    assert shown(recipes, "--requirements", "pip", "--depth", 1) == ["python", "pip"]


def test_why_shows_the_shortest_path_the_nearest_first(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--why", "openssl") == ["app → openssl", "python → openssl", "pip → python → openssl"]
    assert shown(recipes, "--why", "openssl", "--depth", 1) == ["app → openssl", "python → openssl"]


def test_why_asks_for_what_nobody_here_makes_as_well(tmp_path: Path, shown: Shown) -> None:
    recipe(tmp_path / "app", "app", host="numpy", run="numpy >=2")
    assert shown(tmp_path, "--why", "numpy") == ["app → numpy"]


def test_why_as_json_has_each_step_with_its_requirements(recipes: Path, shown: Shown) -> None:
    *_, last = parsed(shown(recipes, "--why", "openssl", "--json"))
    assert (last["name"], last["package"].split("/")[1][:9]) == ("pip", "pip-1.0.0")
    assert last["path"] == [
        {"from": "pip", "to": "python", "requirements": [{"kind": "host", "spec": "python", "implicit": False}]},
        {"from": "python", "to": "openssl", "requirements": [{"kind": "host", "spec": "openssl", "implicit": False}]},
    ]


def test_a_path_is_told_with_the_requirements_along_it(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--path", "pip", "openssl") == [
        "pip → python → openssl",
        "  pip → python  (host: python)",
        "  python → openssl  (host: openssl)",
    ]


def test_no_path_is_a_no(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--path", "openssl", "pip", code=1) == []
    assert parsed(shown(recipes, "--path", "openssl", "pip", "--json", code=1))["needed"] is False


def test_where_there_is_no_path_the_other_way_is_told(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for ends in (("openssl", "pip"), ("tool", "pip")):
        assert run(["dep-graph", str(recipes), "--path", *ends]) == 1
        told[ends] = capsys.readouterr().err.splitlines()[0]
    assert told == {
        ("openssl", "pip"): "openssl doesn't need pip by what is written; pip needs openssl",
        ("tool", "pip"): "tool doesn't need pip by what is written",
    }


def test_where_nothing_is_made_from_own_projects_it_is_told_what_they_are(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (["--no-third-party"], ["--out", "project"]):
        assert run(["dep-graph", str(recipes), *option]) == 0
        assert capsys.readouterr() == (
            "",
            "none: own projects have their recipe below conda/, or as source a folder that isn't below the recipe's\n",
        )


def test_unused_is_what_nobody_needs(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--unused") == ["app", "tool"]


def test_what_only_a_test_or_a_compiler_call_needs_is_used(tmp_path: Path, shown: Shown) -> None:
    recipe(tmp_path / "gcc", "gcc_linux-64")
    recipe(tmp_path / "pytest", "pytest")
    tests = "tests: [{script: ['true'], requirements: {run: [pytest]}}]\n"
    recipe(tmp_path / "app", "app", build="\"${{ compiler('c') }}\"", more=tests)
    assert shown(tmp_path, "--unused", "--target-platform", "linux-64") == ["app"]


def test_a_reduced_graph_has_fewer_edges(recipes: Path, shown: Shown) -> None:
    listed = parsed(shown(recipes, "--reduce", "--out", "json"))
    needs = {one["name"]: [path.split("/")[1].split("-")[0] for path in one["build_needs"]] for one in listed}
    assert needs["app"] == ["pip"]


def test_only_some_kinds_of_requirements_count(tmp_path: Path, shown: Shown) -> None:
    for name in ("tool", "library", "data"):
        recipe(tmp_path / name, name)
    recipe(tmp_path / "app", "app", build="tool", host="library", run="data")
    assert shown(tmp_path, "--requirements", "app", "--only", "run") == ["data", "app"]
    assert shown(tmp_path, "--requirements", "app", "--only", "build,host") == ["library", "tool", "app"]


def test_implicit_follows_what_nobody_wrote(tmp_path: Path, shown: Shown) -> None:
    recipe(tmp_path / "library", "library", run_exports="runtime")
    recipe(tmp_path / "runtime", "runtime")
    recipe(tmp_path / "pytest", "pytest")
    tests = "tests: [{script: ['true'], requirements: {run: [pytest]}}]\n"
    recipe(tmp_path / "app", "app", build="\"${{ compiler('c') }}\"", host="library, numpy", more=tests)
    ask = (tmp_path, "--target-platform", "linux-64", "--requirements", "app")
    assert shown(*ask) == ["library", "app"]
    assert sorted(shown(*ask, "--implicit")) == ["app", "gcc_linux-64", "library", "numpy", "pytest", "runtime"]
    [app] = [one for one in parsed(shown(*ask, "--implicit", "--json")) if one["name"] == "app"]
    written = {one["name"]: [need["implicit"] for need in one["requirements"]] for one in app["needs"]}
    assert written == {
        "gcc_linux-64": [True],
        "library": [False],
        "numpy": [False],
        "pytest": [False],
        "runtime": [True],
    }


def test_own_projects_come_in_order_also_by_way_of_third_party_packages(tmp_path: Path, shown: Shown) -> None:
    upstream = "source: {url: https://upstream.invalid/middle.tar.gz, sha256: " + "0" * 64 + "}\n"
    recipe(tmp_path / "recipes" / "middle", "middle", host="z_base", more=upstream)
    recipe(tmp_path / "projects" / "base" / "conda", "z_base")
    recipe(tmp_path / "projects" / "app" / "conda", "a_app", host="middle")
    paths = (tmp_path / "recipes", tmp_path / "projects")
    assert shown(*paths, "--out", "project") == ["base", "app"]
    assert shown(*paths, "--no-third-party") == ["z_base", "a_app"]
    _, app = parsed(shown(*paths, "--no-third-party", "--json"))
    [needed] = app["needs"]
    assert (needed["name"], needed["hard"], needed["requirements"]) == ("z_base", True, [])


def test_several_recipes_may_make_the_same_name(tmp_path: Path, shown: Shown) -> None:
    recipe(tmp_path / "old", "zlib", version="1.2")
    recipe(tmp_path / "new", "zlib", version="1.3")
    recipe(tmp_path / "fork", "zlib", version="1.3")
    recipe(tmp_path / "app", "app", host="zlib >=1.3")
    assert shown(tmp_path) == ["zlib", "app"]
    assert [one for one in shown(tmp_path, "--out", "mermaid") if "-->" in one] == ["  n3 --> n1", "  n3 --> n2"]
    labels = [one["label"] for one in parsed(shown(tmp_path, "--json"))]
    assert len(set(labels)) == 4
    assert "zlib 1.2" in labels
    assert shown(tmp_path, "--why", "zlib 1.2") == []


def test_a_cycle_stops_an_order_and_nothing_else(
    cyclic: Path, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dep-graph", str(cyclic)]) == 2
    told = capsys.readouterr().err
    assert "a → b → a" in told
    assert "x" not in re.findall(r"\b\w\b", told.partition("built:")[2])
    assert shown(cyclic, "--requirements", "a") == ["a", "b"]
    assert shown(cyclic, "--why", "pip") == ["python ⇢ pip"]
    assert '"a" -> "b" [class="hard"];' in "\n".join(shown(cyclic, "--out", "dot"))


def test_cycles_are_told_with_what_to_cut(cyclic: Path, shown: Shown) -> None:
    assert shown(cyclic, "--cycles", code=1) == [
        "no order: a → b → a",
        "  cut a → b  (host: b)",
        "needs a first build: pip → python ⇢ pip",
        "  cut python ⇢ pip  (run: pip)",
        "harmless: x ⇢ y ⇢ x",
        "  cut x ⇢ y  (run: y)",
    ]
    assert [one[:9] for one in shown(cyclic, "--cycles", "--only", "run")] == ["harmless:", "  cut x ⇢"]


def test_cycles_as_json_have_the_cuts_that_end_them_all(cyclic: Path, shown: Shown) -> None:
    told = parsed(shown(cyclic, "--cycles", "--json", code=1))
    assert told["complete"]
    assert [[one["name"] for one in cycle["packages"]] for cycle in told["cycles"]] == [
        ["a", "b"],
        ["pip", "python"],
        ["x", "y"],
    ]
    assert {(cut["from"], cut["to"]) for cut in told["cuts"]} == {("a", "b"), ("python", "pip"), ("x", "y")}


def test_no_cycle_is_a_yes(recipes: Path, shown: Shown) -> None:
    assert shown(recipes, "--cycles") == []


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@own.example"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


def test_changed_is_what_changed_and_all_that_is_built_with_it(recipes: Path, shown: Shown) -> None:
    git(recipes, "init", "-q", "-b", "main")
    git(recipes, "add", ".")
    git(recipes, "commit", "-qm", "first")
    assert shown(recipes, "--changed") == []
    assert shown(recipes, "--changed", "nowhere", code=2) == []
    (recipes / "python" / "patch").write_text("new")
    assert shown(recipes, "--changed") == ["python", "pip", "app"]
    reasons = {one["name"]: one["reason"] for one in parsed(shown(recipes, "--changed", "HEAD", "--json"))}
    assert reasons == {"python": "patch changed", "pip": "built with python", "app": "built with python"}
    drawn = "\n".join(shown(recipes, "--changed", "HEAD", "--out", "dot"))
    assert re.findall(r'"(\w+)" \[class="third-party ([\w-]+)"', drawn) == [
        ("python", "changed"),
        ("pip", "to-rebuild"),
        ("app", "to-rebuild"),
    ]


def test_a_channel_is_asked_for_this_subdir_and_noarch(channel: Path, shown: Shown) -> None:
    ask = (channel.as_uri(), "--target-platform", "linux-64")
    assert shown(*ask, "--why", "zlib") == ["python ⇢ zlib", "pip ⇢ python ⇢ zlib"]
    assert shown(*ask, "--why", "zlib 1.2.*") == []
    assert shown(channel, "--target-platform", "linux-64", "--requirements", "pip") == ["zlib", "python", "pip"]
    assert shown(channel, "--target-platform", "osx-arm64", "--why", "zlib") == ["other ⇢ zlib"]


def test_recipes_packages_and_a_channel_are_one_graph(tmp_path: Path, channel: Path, shown: Shown) -> None:
    app = recipe(tmp_path / "app", "app", host="lib")
    lib = make_package(tmp_path, "lib", "1.0", depends=["pip"])
    ask = (app, lib, channel, "--target-platform", "linux-64")
    assert shown(*ask, "--why", "zlib")[-1] == "app → lib ⇢ pip ⇢ python ⇢ zlib"


def test_kinds_of_requirements_count_for_package_files_as_well(tmp_path: Path, shown: Shown) -> None:
    meta = "package: {name: app}\nrequirements: {build: [make 4 h1_0], host: [zlib]}\ntest: {requires: [pytest]}\n"
    app = make_package(tmp_path, "app", recipe={"meta.yaml": meta}, depends=["zlib"])
    files = (
        app,
        *(make_package(tmp_path, name, "4", recipe={"meta.yaml": "{}"}) for name in ("make", "zlib", "pytest")),
    )
    asked = {kind: shown(*files, "--requirements", "app", "--only", kind) for kind in ("build", "host", "run", "test")}
    assert {kind: needed[0] for kind, needed in asked.items()} == {
        "build": "make",
        "host": "zlib",
        "run": "zlib",
        "test": "pytest",
    }
    assert shown(*files, "--why", "make 4.*") == ["app → make"]
    assert shown(*files, "--why", "make 5.*", code=2) == []


def test_a_package_file_without_a_rendered_recipe_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(make_package(tmp_path, name)) for name in "abcdefg"]
    assert run(["dep-graph", *files]) == 0
    out, told = capsys.readouterr()
    assert out.split() == [*"abcdefg"]
    assert told == (
        "only the requirements to run are known of "
        + ", ".join(f"{file} (it holds no rendered recipe)" for file in files[:3])
        + ", 4 more\n"
    )
    assert run(["dep-graph", *files, "--only", "run"]) == 0
    assert capsys.readouterr().err == ""


def test_a_cycle_through_a_package_file_has_an_order(tmp_path: Path, shown: Shown) -> None:
    meta = "package: {name: python}\nrequirements: {build: [compiler]}\n"
    python = make_package(tmp_path, "python", recipe={"meta.yaml": meta})
    compiler = recipe(tmp_path / "compiler", "compiler", build="python")
    assert shown(python, compiler, "--target-platform", "linux-64") == ["compiler", "python"]
    assert shown(python, compiler, "--cycles", code=1)[0] == "no order: compiler → python → compiler"


def test_run_exports_of_a_channel_are_followed(tmp_path: Path, shown: Shown) -> None:
    make_package(tmp_path / "channel" / "linux-64", "libpng", run_exports={"weak": ["libpng >=1", "zlib"]})
    make_package(tmp_path / "channel" / "linux-64", "zlib")
    write_channel(tmp_path / "channel", read_channel(tmp_path / "channel"))
    app = recipe(tmp_path / "app", "app", host="libpng")
    ask = (app, tmp_path / "channel", "--target-platform", "linux-64", "--path", "app", "zlib")
    assert shown(*ask, code=1) == []
    assert shown(*ask, "--implicit") == ["app ⇢ zlib", "  app ⇢ zlib  (run: zlib (implicit))"]


def test_a_channel_that_does_not_tell_run_exports_is_named(
    tmp_path: Path, channel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in channel.glob("linux-64/run_exports.json*"):
        file.unlink()
    ask = [
        "dep-graph",
        str(recipe(tmp_path / "app", "app", host="zlib")),
        str(channel),
        "--target-platform",
        "linux-64",
    ]
    assert run([*ask, "--implicit"]) == 0
    told = capsys.readouterr().err
    assert told == f"the run exports aren't known of {channel.as_uri()}/linux-64 (there is no run_exports.json)\n"
    assert run(ask) == 0
    assert capsys.readouterr().err == ""


def test_a_package_given_twice_counts_once(channel: Path, shown: Shown) -> None:
    [python] = (channel / "linux-64").glob("python*.conda")
    twice = parsed(shown(python, channel, "--target-platform", "linux-64", "--json"))
    assert [one["origin"] for one in twice if one["name"] == "python"] == ["file"]


def test_every_bad_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe(tmp_path / "recipes" / "good", "good")
    recipe(tmp_path / "recipes" / "bad", "[")
    broken = tmp_path / "broken-1.0-0.conda"
    broken.write_bytes(b"no package")
    assert run(["dep-graph", str(tmp_path / "recipes"), str(broken)]) == 2
    told = capsys.readouterr().err
    assert "bad/recipe.yaml" in told
    assert "broken-1.0-0.conda" in told


def test_a_bad_recipe_keeps_no_question_from_its_answer(recipes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe(recipes / "bad", "[")
    recipe(recipes / "odd", "odd", host="'openssl >>1'")
    assert run(["dep-graph", str(recipes), "--why", "python"]) == 2
    answered = capsys.readouterr()
    assert answered.out.splitlines() == ["app → python", "pip → python"]
    assert "bad/recipe.yaml" in answered.err
    assert "requirements.host[0]" in answered.err
    assert run(["dep-graph", str(recipes), "--out", "dot"]) == 2
    assert '"pip" -> "python"' in capsys.readouterr().out
    assert run(["dep-graph", str(recipes)]) == 2
    assert capsys.readouterr().out == ""


def test_a_channel_that_cannot_be_read_is_told_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = (tmp_path / "nowhere").as_uri()
    assert run(["dep-graph", missing, "--why", "zlib"]) == 3
    assert "the channel can't be read" in capsys.readouterr().err


def test_a_path_after_changed_is_no_revision(
    recipes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(recipes.parent)
    assert run(["dep-graph", "--changed", "recipes"]) == 2
    assert "put PATHS before it" in capsys.readouterr().err


def test_an_unknown_package_is_wrong_input_with_the_nearest_name(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dep-graph", str(recipes), "--why", "opensll"]) == 2
    told = capsys.readouterr().err
    assert "nothing that is given makes or needs 'opensll'" in told
    assert "did you mean 'openssl'?" in told
    assert run(["dep-graph", str(recipes), "--why", "python 2.7.*"]) == 2
    assert "there is 1.0.0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--why", "a", "--unused"], "--why and --unused: ask one question at a time"),
        (["--depth", "2"], "--depth needs a question"),
        (["--only", "host,tests"], "'tests' isn't one of build, host, run, test"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(
    recipes: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dep-graph", str(recipes), *options]) == 2
    assert told in capsys.readouterr().err


def test_without_graphviz_a_picture_says_what_to_install(
    recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["dep-graph", str(recipes), "--out", "svg"]) == 3
    assert "install Graphviz" in capsys.readouterr().err


@NEEDS_GRAPHVIZ
def test_an_svg_has_every_node_and_edge(recipes: Path, shown: Shown) -> None:
    drawn = "\n".join(shown(recipes, "--out", "svg"))
    assert drawn.startswith("<svg")
    titles = set(re.findall(r"<title>(.*)</title>", drawn))
    assert {"app", "tool", "app&#45;&gt;pip", "python&#45;&gt;openssl"} <= titles


@NEEDS_GRAPHVIZ
def test_a_page_holds_the_drawing_and_the_graph_and_asks_for_nothing_else(recipes: Path, shown: Shown) -> None:
    page = "\n".join(shown(recipes, "--out", "html"))
    data = json.loads(re.findall(r'<script type="application/json" id="data">(.*)</script>', page)[0])
    assert {node["name"] for node in data["nodes"]} == {"app", "openssl", "pip", "python", "tool"}
    assert {"start": "pip", "end": "python", "hard": True, "why": ["host: python"]} in data["arrows"]
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!#)', page)
