import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from working import wait_until_gone

from ownconda.recipes.collection import read_recipes
from ownconda.recipes.folders import find_recipes, render_each
from ownconda.recipes.kept import MOST_FILES, TAG, Kept
from ownconda.recipes.many import FEW, WORTH_WORKERS, Made, read_many
from ownconda.recipes.remembered import recall
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.sights import noting
from ownconda.recipes.v0.patterns import Searches
from ownconda.recipes.v0.values import TemplateError

TEXT = """\
{{% set version = "1.{number}" %}}
package:
  name: tool-{number}
  version: {{{{ version }}}}
source:
  url: https://example.org/tool-{{{{ version }}}}.tar.gz
  sha256: 7d5d0167b2b1ba821647616af46a749d1c653740dd0d2415100fe26e27afdf41
requirements:
  host:
    - python
  run:
    - tool-{before}
"""
ENDLESS = "package:\n  name: endless-{number}\n  version: '{{% for one in range(90000) %}}{{% endfor %}}1'\n"


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "meta.yaml"
    recipe.write_text(text)
    return recipe


def make(root: Path, count: int) -> Path:
    for number in range(count):
        write(root / f"tool-{number:03}", TEXT.format(number=number, before=max(number - 1, 0)))
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Recipes of both formats, one with a fault."""
    root = make(tmp_path / "recipes", FEW)
    (root / "tool-007" / "meta.yaml").write_text("package:\n  name: a  # [win or]\n")
    (root / "new").mkdir()
    (root / "new" / "recipe.yaml").write_text("package: {name: new, version: '1'}\nabout: {license: MIT}\n")
    return root


def one_by_one(root: Path) -> list[Made]:
    return [
        Made(
            recipe=outcome.recipe,
            builds=tuple(one.build for one in outcome.rendered),
            problems=outcome.error.problems if outcome.error else (),
        )
        for outcome in render_each(find_recipes([root]), Rendering())
    ]


def cached(root: Path) -> list[Made]:
    return list(read_many(find_recipes([root]), Rendering(), cache=root.parent / "cache").made())


def named(made: list[Made], folder: str) -> Made:
    return next(one for one in made if one.recipe.parent.name == folder)


def forgotten(root: Path) -> list[str]:
    """Tell of which recipes nothing is remembered that is still true."""
    recipes = find_recipes([root])
    known = recall(Kept(root.parent / "cache"), recipes, Rendering())
    return [recipe.parent.name for recipe in recipes if str(recipe) not in known]


# What comes of it


def test_what_is_remembered_is_what_was_rendered_in_the_same_order_with_the_same_faults(root: Path) -> None:
    expected = one_by_one(root)
    assert cached(root) == expected
    assert forgotten(root) == []
    assert cached(root) == expected
    assert "[win or]" in str(named(expected, "tool-007").problems)


def test_workers_render_the_same_as_one_process_does(tmp_path: Path) -> None:
    root = make(tmp_path / "recipes", WORTH_WORKERS)
    (root / "tool-200" / "meta.yaml").write_bytes(b"\xff")
    assert list(read_many(find_recipes([root]), Rendering()).made()) == one_by_one(root)


def test_what_cannot_be_packed_is_rendered_where_it_is_wanted(root: Path) -> None:
    write(root / "odd", "package:\n  name: odd\n  version: '1'\nsource:\n  path: .\n  patches: !!set {a, b}\n")
    assert cached(root) == one_by_one(root)
    assert forgotten(root) == ["odd"]


def test_the_order_of_what_is_remembered_is_the_same(tmp_path: Path) -> None:
    root = make(tmp_path / "recipes", FEW)
    first, again = (read_recipes([root], Rendering(), cache=tmp_path / "cache") for _ in range(2))
    plainly = read_recipes([root], Rendering())
    assert first == again == plainly
    assert [build.name for build in again.ordered] == [f"tool-{number}" for number in range(FEW)]
    assert len(list((tmp_path / "cache").glob("*.graph"))) == 1


# What makes it forget


def change_recipe(root: Path) -> None:
    recipe = root / "tool-001" / "meta.yaml"
    recipe.write_text(recipe.read_text().replace("1.1", "1.9"))


def change_recipe_unnoticed_by_its_time_and_size(root: Path) -> None:
    recipe = root / "tool-001" / "meta.yaml"
    before = recipe.stat()
    change_recipe(root)
    os.utime(recipe, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_script(root: Path) -> None:
    (root / "tool-001" / "build.sh").write_text("make PERL=$perl\n")


def add_variants(root: Path) -> None:
    (root / "tool-001" / "conda_build_config.yaml").write_text("python:\n  - '3.9'\n")


def replace_recipe(root: Path) -> None:
    (root / "tool-001" / "recipe.yaml").write_text("package: {name: tool-1, version: '2'}\nabout: {license: MIT}\n")


def take_reading_away(root: Path) -> None:
    shutil.move(root / "tool-001" / "meta.yaml", root / "elsewhere.yaml")
    (root / "tool-001" / "meta.yaml").symlink_to("../elsewhere.yaml")
    (root / "elsewhere.yaml").write_text("package:\n  name: other\n  version: '1'\n")


@pytest.mark.parametrize(
    "change",
    [
        change_recipe,
        change_recipe_unnoticed_by_its_time_and_size,
        add_script,
        add_variants,
        replace_recipe,
        take_reading_away,
    ],
)
def test_what_changes_for_one_recipe_is_rendered_again(root: Path, change: Callable[[Path], None]) -> None:
    before = cached(root)
    change(root)
    assert forgotten(root) == ["tool-001"]
    after = cached(root)
    assert after == one_by_one(root)
    assert named(after, "tool-001") != named(before, "tool-001")
    assert [one for one in after if one.recipe.parent.name != "tool-001"] == [
        one for one in before if one.recipe.parent.name != "tool-001"
    ]


def test_a_variants_file_at_the_root_concerns_every_recipe(root: Path) -> None:
    cached(root)
    (root / "conda_build_config.yaml").write_text("python:\n  - '3.9'\n")
    assert len(forgotten(root)) == FEW + 1
    assert cached(root) == one_by_one(root)


def test_other_variants_and_platforms_are_remembered_apart(root: Path) -> None:
    recipes, cache = find_recipes([root]), root.parent / "cache"
    for rendering in (Rendering(), Rendering(variants={"python": ("3.9",)}), Rendering(target_platform="osx-64")):
        assert recall(Kept(cache), recipes, rendering) == {}
        made = read_many(recipes, rendering, cache=cache).made()
        assert made == read_many(recipes, rendering).made()
        assert len(recall(Kept(cache), recipes, rendering)) == len(recipes)


def test_data_that_a_template_reads_counts_wherever_a_link_leads(root: Path) -> None:
    text = "{% set data = load_file_data('data.json', from_recipe_dir=True) %}\n"
    recipe = write(root / "data", f"{text}package:\n  name: data\n  version: {{{{ data.version }}}}\n")
    for version in ("1", "2"):
        (root / f"{version}.json").write_text(json.dumps({"version": version}))
    versions = []
    for target in ("1.json", "2.json", None):
        (recipe.parent / "data.json").unlink(missing_ok=True)
        if target:
            (recipe.parent / "data.json").symlink_to(root / target)
        made = named(cached(root), "data")
        versions.append([build.version for build in made.builds])
    assert versions == [["1"], ["2"], []]


def test_a_file_that_a_template_searches_counts(root: Path) -> None:
    text = "{% set found = load_file_regex('notes', '(\\\\d)', from_recipe_dir=True) %}\n"
    recipe = write(root / "found", f"{text}package:\n  name: found\n  version: '{{{{ found.group(1) }}}}'\n")
    versions = []
    for digit in ("1", "2"):
        (recipe.parent / "notes").write_text(f"version {digit}\n")
        versions += [build.version for build in named(cached(root), "found").builds]
        assert forgotten(root) == []
    assert versions == ["1", "2"]


def test_a_search_that_took_too_long_is_tried_again_the_next_time() -> None:
    with noting() as notes, pytest.raises(TemplateError, match="takes too long"):
        Searches(seconds_left=0.001).first("(a|aa)+$", f"{'a' * 5000}b")
    assert not notes.is_lasting


def test_a_script_that_outputs_build_upon_counts_as_soon_as_it_is_there(root: Path) -> None:
    text = "package:\n  name: top\n  version: '1'\nrequirements:\n  host:\n    - zlib\n"
    recipe = write(root / "top", f"{text}outputs:\n  - name: part\n    files:\n      - share\n")
    [before] = named(cached(root), "top").builds
    (recipe.parent / "build.sh").write_text("make\n")
    [after] = named(cached(root), "top").builds
    assert (before.requirements.common_host, after.requirements.common_host) == ((), ("zlib",))


def test_a_new_commit_is_noticed_where_a_recipe_asks_git(root: Path) -> None:
    write(root / "gitted", "package:\n  name: gitted\n  version: '1.{{ GIT_FULL_HASH[:7] }}'\n")
    assert named(cached(root), "gitted") == named(one_by_one(root), "gitted")
    versions = set()
    for _ in range(2):
        commit(root)
        [build] = named(cached(root), "gitted").builds
        assert forgotten(root) == []
        versions.add(build.version)
    assert len(versions) == 2


def commit(folder: Path) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", folder], check=True)
    subprocess.run(["git", "-C", folder, *who, "commit", "-q", "--allow-empty", "-m", "one"], check=True)


def test_what_asks_the_clock_or_the_environment_is_never_remembered(root: Path) -> None:
    write(root / "clock", "package:\n  name: clock\n  version: {{ time.strftime('%Y') }}\n")
    (root / "new" / "recipe.yaml").write_text(
        'context: {version: \'${{ env.get("VERSION_OF_NEW", default="1") }}\'}\n'
        "package: {name: new, version: '${{ version }}'}\nabout: {license: MIT}\n"
    )
    cached(root)
    assert forgotten(root) == ["clock", "new"]


# The cache itself


def test_the_cache_may_be_deleted_or_damaged_at_any_time(root: Path) -> None:
    expected, cache = cached(root), root.parent / "cache"
    [file] = cache.glob("*.renderings")
    whole = file.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], whole[:5000] + b"\xff" + whole[5001:]):
        file.write_bytes(damaged)
        assert len(forgotten(root)) == FEW + 1
        assert cached(root) == expected
        assert file.read_bytes() != damaged
    shutil.rmtree(cache)
    assert cached(root) == expected


def test_a_cache_that_others_may_write_to_is_not_used(root: Path) -> None:
    cache = root.parent / "cache"
    cached(root)
    assert cache.stat().st_mode & 0o777 == 0o700
    cache.chmod(0o777)
    assert len(forgotten(root)) == FEW + 1


@pytest.mark.parametrize("name", ["file", "file/below", "pipe", "full"])
def test_a_path_that_is_no_folder_of_ours_stays_as_it_is(root: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "full").mkdir(mode=0o700)
    (tmp_path / "full" / "mine").write_bytes(b"")
    expected, there = one_by_one(root), sorted(tmp_path.rglob("*"))
    for _ in range(2):
        assert list(read_many(find_recipes([root]), Rendering(), cache=tmp_path / name).made()) == expected
    assert sorted(tmp_path.rglob("*")) == there
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_an_empty_folder_becomes_one_of_ours_and_is_marked_as_a_cache(root: Path) -> None:
    (root.parent / "cache").mkdir(mode=0o700)
    cached(root)
    assert forgotten(root) == []
    assert (root.parent / "cache" / TAG).read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_so_many_files_are_kept_and_no_more(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "cache")
    for number in range(MOST_FILES + 5):
        kept.put(f"{number}", b"")
        os.utime(tmp_path / "cache" / f"{number}", (number, number))
    kept.get("5")
    kept.put("last", b"")
    left = {one.name for one in (tmp_path / "cache").iterdir()} - {TAG}
    assert len(left) == MOST_FILES
    assert {"5", "last"} <= left
    assert "6" not in left


def test_recipes_that_are_gone_are_forgotten_and_others_of_the_folder_are_not(root: Path) -> None:
    write(root / "more", "package:\n  name: more\n  version: '1'\n")
    cached(root)
    recipes, cache = find_recipes([root]), Kept(root.parent / "cache")
    shutil.rmtree(root / "tool-001")
    some = [recipe for recipe in recipes if recipe.parent.name != "tool-001"][1:]
    change_recipe_of(root / "tool-050")
    read_many(some, Rendering(), cache=cache.folder)
    assert len(recall(cache, recipes, Rendering())) == len(recipes) - 1


def change_recipe_of(folder: Path) -> None:
    with (folder / "meta.yaml").open("a") as file:
        file.write("# changed\n")


# The command


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str | Path, cache: str | None = "cache") -> subprocess.Popen[str]:
        where = {"OWNCONDA_BUILD_RENDER_CACHE": str(tmp_path / cache)} if cache else {"XDG_CACHE_HOME": str(tmp_path)}
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "ownconda", *arguments],
            cwd=tmp_path,
            env={**os.environ, **where},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_two_processes_use_one_cache(tmp_path: Path, command: Callable[..., subprocess.Popen[str]]) -> None:
    make(tmp_path / "recipes", FEW)
    told = [one.communicate() for one in [command("dep-graph", "recipes", "--json") for _ in range(3)]]
    assert told[0] == told[1] == told[2]
    assert len(json.loads(told[0][0])) == FEW
    assert command("dep-graph", "recipes", "--json").communicate() == told[0]


def test_nothing_is_kept_where_that_is_switched_off(
    tmp_path: Path, command: Callable[..., subprocess.Popen[str]]
) -> None:
    make(tmp_path / "recipes", FEW)
    (tmp_path / "ownconda.toml").write_text('[build]\nrender_cache = "off"\n')
    there = sorted(tmp_path.rglob("*"))
    told = command("dep-graph", "recipes", cache=None).communicate()
    assert told == command("dep-graph", "recipes").communicate()
    assert told[0].split() == [f"tool-{number}" for number in range(FEW)]
    assert sorted(one for one in tmp_path.rglob("*") if tmp_path / "cache" not in (one, *one.parents)) == there


def test_an_interrupted_rendering_leaves_no_process_behind(
    tmp_path: Path, command: Callable[..., subprocess.Popen[str]]
) -> None:
    for number in range(WORTH_WORKERS):
        write(tmp_path / "recipes" / f"endless-{number}", ENDLESS.format(number=number))
    process = command("recipe", "render", "recipes")
    while len(workers := list(children(process.pid))) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("", "interrupted; run the same command again to go on\n")
    assert process.returncode == 130
    assert wait_until_gone(workers)


def children(pid: int) -> Iterator[int]:
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, file.read_text().split())
