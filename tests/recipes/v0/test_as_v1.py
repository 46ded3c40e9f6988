import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import rattler_build

from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.rendering import Rendered, Rendering
from ownconda.recipes.v0.as_v1 import AsV1, as_v1, top_as_v1
from ownconda.recipes.v0.rendering import render_v0

CORPUS = Path(__file__).resolve().parents[3].parent / "shared" / "corpora" / "v0"
RENDERING = Rendering(
    target_platform="linux-64",
    variants={
        "python": ("3.12",),
        "numpy": ("2.0",),
        "perl": ("5.32",),
        "r_base": ("4.4",),
        "python_min": ("3.10",),
    },
)


def rendered(folder: Path, text: str, **files: str) -> Rendered:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.yaml").write_text(text)
    for name, content in files.items():
        (folder / ".".join(name.rsplit("_", 1))).write_text(content)
    return render_v0(folder / "meta.yaml", RENDERING)[0]


def translated(one: Rendered) -> AsV1:
    return as_v1(one.build, one.fields, beside={path.name for path in one.build.recipe.parent.iterdir()})


def made(recipe: Mapping[str, Any], variant: Mapping[str, str], folder: Path) -> list[str]:
    """Let the builder read and render a recipe, and give the files that it would make."""
    file = folder / "recipe.yaml"
    file.write_text(json.dumps(recipe, ensure_ascii=False))
    found = rattler_build.Stage0Recipe.from_file(file).render(
        rattler_build.VariantConfig({key: [value] for key, value in variant.items() if key != "target_platform"}),
        rattler_build.RenderConfig(platform=rattler_build.PlatformConfig(target_platform="linux-64")),
    )
    return [f"{one.recipe.package.name}-{one.recipe.package.version}-{one.recipe.build.string}.conda" for one in found]


def real_outputs() -> Iterator[Rendered]:
    for recipe in sorted(CORPUS.glob("*/meta.yaml")):
        try:
            yield from render_v0(recipe, RENDERING)
        except WrongInputError:
            continue  # test_v0_corpus.py counts them


def scripts_of(one: Rendered) -> set[str]:
    """Give the scripts that a recipe of the corpus names, or has to have: the corpus is without."""
    top = one.fields.get("top")
    named = {str(one.fields.get("script")), str((one.fields.get("test") or {}).get("script"))}
    return named if (top or one.fields)["build"].get("script") else named | {"build.sh"}


def difference(one: Rendered, folder: Path) -> str:
    """Say how the builder's package would differ from what is planned; nothing where it doesn't."""
    build, scripts, top = one.build, scripts_of(one), one.fields.get("top")
    try:
        names = made(as_v1(build, one.fields, beside=scripts).recipe, build.variant, folder)
        if top:
            made(top_as_v1(build, one.fields, beside=scripts).recipe, top["variant"], folder)
    except (WrongInputError, rattler_build.RattlerBuildError) as error:
        return f"{build.recipe}: {build.name}: {error}"
    return "" if names == [build.file_name] else f"{build.recipe}: {names} instead of {build.file_name}"


def test_real_recipes_become_recipes_that_make_exactly_the_planned_packages(tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.fail("the corpora aren't there: they have to stand beside the checkout, in ../shared/corpora")
    outputs = list(real_outputs())
    assert len(outputs) > 200
    assert [told for one in outputs if (told := difference(one, tmp_path))] == []


def test_options_of_the_build_keep_their_meaning(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "package: {name: a, version: 1.0.0}\n"
        "build:\n"
        "  always_include_files:\n    - bin/tool\n"
        "  binary_relocation: false\n"
        "  binary_has_prefix_files:\n    - lib/odd.bin\n"
        "  detect_binary_files_with_prefix: false\n"
        "  entry_points:\n    - a = a:main\n"
        "  error_overlinking: true\n"
        "  has_prefix_files:\n    - share/text\n"
        "  ignore_prefix_files:\n    - share/prefix\n"
        "  ignore_run_exports:\n    - zlib\n"
        "  ignore_run_exports_from:\n    - gcc\n"
        "  missing_dso_whitelist:\n    - '*/libcuda.so.*'\n"
        "  rpaths:\n    - lib/R/lib\n"
        "  runpath_whitelist:\n    - /opt\n"
        "  skip_compile_pyc:\n    - '*/templates/*.py'\n",
    )
    recipe = translated(one).recipe
    assert recipe["build"]["always_include_files"] == ["bin/tool"]
    assert recipe["build"]["dynamic_linking"] == {
        "binary_relocation": False,
        "missing_dso_allowlist": ["*/libcuda.so.*"],
        "overlinking_behavior": "error",
        "rpath_allowlist": ["/opt"],
        "rpaths": ["lib/R/lib"],
    }
    assert recipe["build"]["prefix_detection"] == {
        "force_file_type": {"binary": ["lib/odd.bin"], "text": ["share/text"]},
        "ignore": ["share/prefix"],
        "ignore_binary_files": True,
    }
    assert recipe["build"]["python"] == {"entry_points": ["a = a:main"], "skip_pyc_compilation": ["*/templates/*.py"]}
    assert recipe["requirements"]["ignore_run_exports"] == {"by_name": ["zlib"], "from_package": ["gcc"]}
    assert made(recipe, one.build.variant, tmp_path) == [one.build.file_name]


def test_sources_keep_their_meaning(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "package: {name: a, version: 1.0.0}\n"
        "source:\n"
        "  - url:\n      - https://a.invalid/a.tar.gz\n      - https://b.invalid/a.tar.gz\n"
        f"    fn: renamed.tar.gz\n    sha256: {'0' * 64}\n    folder: below\n    patches:\n      - fix.patch\n"
        f"  - url: https://a.invalid/run\n    fn: tool\n    sha256: {'1' * 64}\n"
        "  - git_url: https://git.invalid/a.git\n    git_rev: v1.0\n    git_depth: 1\n"
        "  - path: data\n",
    )
    sources = translated(one).recipe["source"]
    assert sources == [
        {
            "url": ["https://a.invalid/a.tar.gz", "https://b.invalid/a.tar.gz"],
            "sha256": "0" * 64,
            "target_directory": "below",
            "patches": ["fix.patch"],
        },
        {"url": ["https://a.invalid/run"], "sha256": "1" * 64, "file_name": "tool"},
        {"git": "https://git.invalid/a.git", "rev": "v1.0"},
        {"path": "data", "use_gitignore": False},
    ]


def test_what_has_no_equivalent_is_told(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "package: {name: a, version: 1.0.0}\n"
        "build:\n  preferred_env: own\n  pin_depends: strict\n  overlinking_ignore_patterns:\n    - bin/*\n",
    )
    told = [problem.what for problem in translated(one).problems]
    assert told == [
        "build/overlinking_ignore_patterns has no effect: every library is looked at",
        "build/pin_depends has no effect: requirements are pinned as they are written",
        "build/preferred_env has no effect: no client puts packages into environments of their own",
    ]


def test_old_match_specs_keep_their_meaning(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "package: {name: a, version: 1.0.0}\n"
        "requirements:\n  run:\n    - b 1.2\n    - c =1.2\n    - d 1.2 py_0\n  host:\n    - e 1.2\n    - f ==1.2\n"
        "  run_constrained:\n    - g 1.2\ntest:\n  requires:\n    - h 1.2\n  commands:\n    - i\n",
    )
    made = translated(one).recipe
    assert made["requirements"]["run"] == ["b 1.2.*", "c 1.2.*", "d ==1.2 py_0"]
    assert made["requirements"]["host"] == ["e 1.2.*", "f ==1.2"]
    assert made["requirements"]["run_constraints"] == ["g ==1.2"]
    assert made["tests"][0]["requirements"]["run"] == ["h 1.2.*"]


@pytest.mark.parametrize(
    ("imports", "name", "command"),
    [
        ("    - a.b\n", "a", "python -s -c 'import a.b'"),
        ("    - Text::CSV\n", "perl-text-csv", "perl -e 'use Text::CSV;'"),
        ("    - cli\n", "r-cli", "Rscript -e 'library(cli)'"),
        ("    - lang: lua\n      imports:\n        - lfs\n", "a", "lua -e 'require \"lfs\"'"),
    ],
)
def test_imports_are_tried_in_their_language(tmp_path: Path, imports: str, name: str, command: str) -> None:
    one = rendered(tmp_path, f"package: {{name: {name}, version: 1.0.0}}\ntest:\n  imports:\n{imports}")
    [test] = translated(one).recipe["tests"]
    assert command in test["script"]["content"].splitlines()
    assert len(test["requirements"]["run"]) == 1
    assert list(one.build.requirements.test) == test["requirements"]["run"]


def test_an_output_is_not_tested_with_what_the_top_is_tested_with(tmp_path: Path) -> None:
    text = (
        "package: {name: top, version: 1.0.0}\n"
        "outputs:\n  - name: part\n  - name: other\n    test: {commands: 'true'}\n"
        "test:\n  commands: 'false'\n  imports: top\n"
    )
    first = rendered(tmp_path, text, run_test_py="")
    _, second = render_v0(first.build.recipe, RENDERING)
    assert translated(first).recipe["tests"] == []
    assert "true" in translated(second).recipe["tests"][0]["script"]["content"].splitlines()


def test_pins_and_the_hash_are_settled_in_every_text(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "package: {name: a, version: '1.10'}\nbuild: {number: 2, script: 'echo {{ PKG_HASH }}'}\n"
        "requirements:\n  build:\n    - {{ compiler('c') }}\n"
        "test:\n  commands:\n    - echo {{ pin_subpackage('a', max_pin='x.x') }}\n    - cat {{ RECIPE_DIR }}/file\n",
    )
    build: Build = one.build
    assert one.fields["build"]["script"] == f"echo {build.build.removeprefix('h').removesuffix('_2')}"
    assert one.fields["test"]["commands"] == ["echo a >=1.10,<1.11.0a0", "cat $RECIPE_DIR/file"]
    assert "\ue000" not in json.dumps(dict(one.fields), ensure_ascii=False, default=list)
