"""conda-build's recipes, built as they are."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from placing import Noted
from workplace import Workplace, contents, unpacked

from ownconda.conda.package_files import read_package
from ownconda.errors import WrongInputError

VARIABLES = (
    "ARCH BUILD BUILD_PREFIX CMAKE_GENERATOR CONDA_BUILD CONDA_BUILD_STATE CONDA_DEFAULT_ENV CONDA_LUA "
    "CONDA_NPY CONDA_PERL CONDA_PY CONDA_R CPU_COUNT HOME LD_RUN_PATH LUA_VER NPY_VER PATH PERL_VER "
    "PIP_NO_INDEX PKG_BUILDNUM PKG_BUILD_STRING PKG_CONFIG_PATH PKG_HASH PKG_NAME PKG_VERSION PREFIX PY3K "
    "PYTHON PYTHONNOUSERSITE PY_VER RECIPE_DIR R_VER SHLIB_EXT SOURCE_DATE_EPOCH SP_DIR SRC_DIR "
    "STDLIB_DIR SUBDIR build_platform target_platform "
)


def meta(name: str, more: str = "", version: str = "1.0.0") -> str:
    return f"package: {{name: {name}, version: {version}}}\n{more}\n"


def digest_of(path: Path, kind: str) -> str:
    return hashlib.new(kind, path.read_bytes()).hexdigest()


def about(package: Path, file: str = "info/about.json") -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(contents(package)[file])
    return found


@pytest.fixture
def python(workplace: Workplace) -> Workplace:
    """Give a workplace whose `python` runs the one that runs this test."""
    folder = workplace.recipes / "python"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(
        "package: {name: python, version: 3.12.1}\n"
        "build:\n  script:\n    - mkdir -p $PREFIX/bin\n"
        f"    - printf '#!/bin/sh\\nexec {sys.executable} -S \"$@\"\\n' > $PREFIX/bin/python\n"
        "    - chmod 755 $PREFIX/bin/python\n"
        "about: {license: MIT}\n"
    )
    return workplace


def test_a_build_script_finds_the_variables_of_conda_build(workplace: Workplace) -> None:
    workplace.meta(
        "a",
        meta("a", "build:\n  number: 3\n  script_env:\n    - FLAVOUR=sweet\nrequirements:\n  host:\n    - tool\n"),
        conda_build_config_yaml="tool:\n  - 1.0\n",
        build_sh='mkdir -p "$PREFIX/share"\nenv > "$PREFIX/share/env"\necho "$tool" > "$PREFIX/share/value"\n',
    )
    workplace.recipe("tool")
    assert workplace.statuses() == {"tool": "built", "a": "built"}
    files = contents(workplace.package("a"))
    env = dict(line.split("=", 1) for line in files["share/env"].decode().splitlines() if "=" in line)
    assert [name for name in VARIABLES.split() if not env.get(name)] == []
    assert files["share/value"] == b"1.0\n"
    assert (env["PKG_NAME"], env["PKG_VERSION"], env["PKG_BUILDNUM"]) == ("a", "1.0.0", "3")
    assert (env["FLAVOUR"], env["PY_VER"], env["CONDA_PY"], env["tool"]) == ("sweet", "3.12", "312", "1.0")
    assert env["PKG_BUILD_STRING"] == f"{env['PKG_HASH']}_3"
    assert workplace.package("a").name == f"a-1.0.0-{env['PKG_BUILD_STRING']}.conda"
    assert env["SP_DIR"] == f"{env['PREFIX']}/lib/python3.12/site-packages"


def test_a_script_in_the_recipe_is_run_with_its_patched_sources(workplace: Workplace) -> None:
    source = workplace.archive("a-1").removesuffix("}")
    workplace.meta(
        "a",
        meta(
            "a",
            f"{source}, folder: below, patches: [fix.patch]}}\n"
            "build:\n  script:\n    - mkdir -p $PREFIX/share\n    - cp below/hello.txt $PREFIX/share/\n"
            "    - echo '${{ text }} {{ \"{{\" }}' > $PREFIX/share/literal\n",
        ).replace("patches: [fix.patch]", "patches: fix.patch"),
        fix_patch="--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+hello, patched\n",
    )
    assert workplace.statuses() == {"a": "built"}
    files = contents(workplace.package("a"))
    assert files["share/hello.txt"] == b"hello, patched\n"
    assert not [name for name in files if ".ownconda" in name]


def test_a_patch_may_lie_in_the_sources(workplace: Workplace) -> None:
    patch = b"--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+hello, patched\n"
    patches, hello = workplace.archive("patches-1", patch), workplace.archive("a-1")
    entries = [source.removeprefix("source: {").removesuffix("}") for source in (hello, patches)]
    workplace.meta(
        "a",
        meta(
            "a",
            f"source:\n  - {{{entries[0]}, folder: code, patches: $SRC_DIR/patches/hello.txt}}\n"
            f"  - {{{entries[1]}, folder: patches}}\nbuild: {{script: cp code/hello.txt $PREFIX/}}\n",
        ),
    )
    assert workplace.statuses() == {"a": "built"}
    assert contents(workplace.package("a"))["hello.txt"] == b"hello, patched\n"


def test_a_script_that_fails_fails_the_build(workplace: Workplace) -> None:
    workplace.meta("a", meta("a"), build_sh="echo the compiler says no\nfalse\ntrue\n")
    outcome = workplace.build()["a"]
    assert outcome.status == "failed"
    assert "the compiler says no" in outcome.reason


def test_without_host_requirements_there_is_one_environment(workplace: Workplace) -> None:
    workplace.recipe("tool")
    script = "build:\n  script: cp $PREFIX/share/tool/name $PREFIX/copy && test $PREFIX = $BUILD_PREFIX\n"
    workplace.meta("a", meta("a", f"{script}requirements:\n  build:\n    - tool\n"))
    assert workplace.statuses() == {"tool": "built", "a": "built"}
    assert contents(workplace.package("a"))["copy"] == b"tool\n"


def test_tests_are_run_in_one_environment_with_their_files(python: Workplace) -> None:
    recipe = python.meta(
        "a",
        meta(
            "a",
            "build: {script: mkdir -p $PREFIX/share sub && echo a > $PREFIX/share/a && echo src > sub/data}\n"
            "test:\n  requires:\n    - tool\n  imports:\n    - json\n  files:\n    - extra.txt\n"
            "  source_files:\n    - sub\n"
            "  commands:\n    - test -f $PREFIX/share/a\n    - test -f $PREFIX/share/tool/name\n"
            '    - test "$from_run_test" = yes && test $PKG_NAME = a && cat extra.txt sub/data\n',
        ),
        run_test_py="import os, json\nassert open('extra.txt').read() == 'extra'\nprint(os.environ['PY_VER'])\n",
        run_test_sh="from_run_test=yes\n",
        extra_txt="extra",
    )
    python.recipe("tool")
    assert set(python.statuses().values()) == {"built"}
    recipe.write_text(recipe.read_text().replace("test -f $PREFIX/share/a", "test -f $PREFIX/share/absent"))
    assert python.statuses()["a"] == "failed"
    recipe.write_text(recipe.read_text().replace("share/absent", "share/a").replace("- json", "- no_such_module"))
    outcome = python.build()["a"]
    assert outcome.status == "failed"
    assert "No module named 'no_such_module'" in outcome.reason


def test_a_failing_test_file_keeps_a_package_out(python: Workplace) -> None:
    python.meta("a", meta("a", "build: {script: 'true'}"), run_test_py="raise SystemExit('it is broken')\n")
    outcomes = python.build()
    assert outcomes["a"].status == "failed"
    assert "it is broken" in outcomes["a"].reason


def test_a_noarch_python_package_gets_its_entry_points(python: Workplace) -> None:
    python.meta(
        "hello",
        meta(
            "hello",
            "build:\n  noarch: python\n  entry_points:\n    - hello = hello:main\n"
            "  script: mkdir -p $SP_DIR && cp $RECIPE_DIR/hello.py $SP_DIR/\n"
            "requirements:\n  host:\n    - python\n  run:\n    - python\n"
            "test:\n  commands:\n    - test -x $PREFIX/bin/hello\n    - test -f $SP_DIR/hello.py\n",
        ),
        hello_py="def main(): print('hello')\n",
    )
    assert python.statuses() == {"python": "built", "hello": "built"}
    files = contents(python.package("hello"))
    assert "site-packages/hello.py" in files
    assert json.loads(files["info/link.json"])["noarch"]["entry_points"] == ["hello = hello:main"]
    assert python.package("hello").parent.name == "noarch"


def test_metadata_says_what_the_recipe_says(workplace: Workplace) -> None:
    workplace.meta(
        "a",
        meta(
            "a",
            f"{workplace.archive('a-1')}\n"
            "build:\n  script: mkdir -p $PREFIX/lib && echo x > $PREFIX/lib/x && cp $PREFIX/lib/x $PREFIX/lib/y\n"
            "  track_features:\n    - slow\n  missing_dso_whitelist:\n    - '*/libcuda.so.1'\n  no_link: lib/y\n"
            "  run_exports:\n    weak:\n      - {{ pin_subpackage('a', max_pin='x.x') }}\n"
            "    strong_constrains:\n      - b <2\n"
            "requirements:\n  run_constrained:\n    - c 1.*\n"
            "about:\n  home: https://a.invalid\n  dev_url: https://one.invalid\n"
            "  license: GPL (>= 2)\n  license_family: GPL\n  license_file: hello.txt\n"
            "  summary: {{ '${{' }} odd }}\n"
            "  keywords:\n    - one\n"
            "extra:\n  maintainers:\n    - somebody\n",
        ),
    )
    assert workplace.statuses() == {"a": "built"}
    package = workplace.package("a")
    index = about(package, "info/index.json")
    assert (index["license"], index["license_family"]) == ("GPL (>= 2)", "GPL")
    assert (index["track_features"], index["constrains"]) == ("slow", ["c 1.*"])
    assert about(package, "info/run_exports.json") == {"weak": ["a >=1.0.0,<1.1.0a0"], "strong_constrains": ["b <2"]}
    told = about(package)
    assert (told["home"], told["dev_url"], told["summary"]) == (
        "https://a.invalid",
        "https://one.invalid",
        "${{ odd }}",
    )
    assert (told["keywords"], told["extra"]) == (["one"], {"maintainers": ["somebody"]})
    files = contents(package)
    assert files["info/licenses/hello.txt"] == b"hello\n"
    assert b"libcuda.so.1" in files["info/recipe/rendered_recipe.yaml"]
    linked = {entry["_path"]: entry.get("no_link", False) for entry in json.loads(files["info/paths.json"])["paths"]}
    assert linked == {"lib/x": False, "lib/y": True}
    assert files["info/recipe/meta.yaml"] == (workplace.recipes / "a" / "meta.yaml").read_bytes()
    assert "info/recipe/recipe.yaml" not in files
    assert read_package(package).license == "GPL (>= 2)"


def test_a_license_may_lie_in_the_prefix(workplace: Workplace) -> None:
    workplace.recipe("texts", script=["mkdir -p $PREFIX/share/licences", "echo free > $PREFIX/share/licences/GPL-3"])
    licence = "about:\n  license: GPL-3\n  license_file: '{{ environ[\"PREFIX\"] }}/share/licences/GPL-3'\n"
    workplace.meta("a", meta("a", f"requirements:\n  host:\n    - texts\n{licence}"))
    assert workplace.statuses() == {"texts": "built", "a": "built"}
    assert contents(workplace.package("a"))["info/licenses/GPL-3"] == b"free\n"


def test_a_script_for_after_the_installation_is_packaged(workplace: Workplace) -> None:
    workplace.meta("a", meta("a"), **{"post-link_sh": "echo linked\n"})
    assert workplace.statuses() == {"a": "built"}
    entry, content = unpacked(workplace.package("a"))["bin/.a-post-link.sh"]
    assert (content, entry.mode & 0o111) == (b"echo linked\n", 0o111)


SPLIT = """\
package: {name: split, version: 1.0.0}
SOURCE
requirements:
  build:
    - tool
outputs:
  - name: libsplit
    files:
      - lib/*.so
      - share/doc
    test:
      commands:
        - test -f $PREFIX/lib/a.so
        - test ! -e $PREFIX/share/paths
  - name: split-tool
    script: install-tool.sh
    requirements:
      host:
        - {{ pin_subpackage('libsplit', exact=True) }}
      run:
        - {{ pin_subpackage('libsplit', exact=True) }}
    test:
      commands:
        - test '{{ pin_subpackage('libsplit', exact=True) }}' = 'libsplit 1.0.0 0'
  - name: split-all
    requirements:
      run:
        - {{ pin_subpackage('split-tool', max_pin='x') }}
  - name: split
about:
  summary: of all
"""
BUILD = """\
mkdir -p $PREFIX/lib $PREFIX/share/doc/deep
echo top >> BUILDS
echo $PREFIX > $PREFIX/lib/a.so
cat hello.txt > $PREFIX/share/doc/deep/readme
ln -s $PREFIX/lib/a.so $PREFIX/lib/b.so
echo $SRC_DIR $PKG_NAME $TOP_PKG_NAME > state
mv hello.txt moved.txt
exit 0
"""
INSTALL = """\
mkdir -p $PREFIX/share
cat state $PREFIX/lib/a.so > $PREFIX/share/paths
echo $SRC_DIR $PREFIX >> $PREFIX/share/paths
cat moved.txt > $PREFIX/share/source
echo $PKG_NAME $TOP_PKG_NAME > $PREFIX/share/names
"""


@pytest.fixture
def split(workplace: Workplace, tmp_path: Path) -> Workplace:
    """Give a workplace with a recipe that is built once at its top, for four packages."""
    workplace.recipe("tool")
    workplace.meta(
        "split",
        SPLIT.replace("SOURCE", workplace.archive("split-1")),
        build_sh=BUILD + f"echo once >> {tmp_path}/builds\n",
        **{"install-tool_sh": INSTALL},
    )
    return workplace


def payload(package: Path) -> set[str]:
    return {name for name in contents(package) if not name.startswith("info/")}


def test_outputs_take_up_what_the_build_at_the_top_left(split: Workplace) -> None:
    assert set(split.statuses().values()) == {"built"}
    whole = {"lib/a.so", "lib/b.so", "share/doc/deep/readme"}
    assert payload(split.package("libsplit")) == whole
    assert payload(split.package("split")) == whole
    assert payload(split.package("split-all")) == set()
    assert payload(split.package("split-tool")) == {"share/names", "share/paths", "share/source"}
    files = contents(split.package("split-tool"))
    assert files["share/source"] == b"hello\n"
    assert files["share/names"] == b"split-tool split\n"
    work, name, *_, prefix, work_again, prefix_again = files["share/paths"].decode().split()
    assert (work, prefix, name) == (work_again, prefix_again, "split")


def test_the_top_of_a_recipe_is_built_once(split: Workplace, tmp_path: Path) -> None:
    recipe = split.recipes / "split" / "build.sh"
    recipe.write_text(recipe.read_text().replace("exit 0\n", ""))
    assert set(split.statuses().values()) == {"built"}
    assert (tmp_path / "builds").read_text() == "once\n"
    assert set(split.statuses().values()) == {"there already"}


def test_a_package_is_the_same_whichever_sibling_was_built_before_it(split: Workplace) -> None:
    split.statuses()
    whole = {path.name: path.read_bytes() for path in split.output.glob("*/*.conda")}
    split.package("split-tool").unlink()
    assert split.statuses()["split-tool"] == "built"
    assert {path.name: path.read_bytes() for path in split.output.glob("*/*.conda")} == whole


def test_what_the_top_was_built_with_counts_for_its_outputs(split: Workplace) -> None:
    split.statuses()
    split.recipe("tool", script=["mkdir -p $PREFIX/share", "echo other > $PREFIX/share/tool"])
    assert split.statuses() == {
        "tool": "built",
        "libsplit": "built",
        "split": "built",
        "split-tool": "built",
        "split-all": "there already",
    }


def test_a_top_that_fails_fails_each_output_that_needs_it(split: Workplace) -> None:
    (split.recipes / "split" / "build.sh").write_text("echo no way\nfalse\n")
    outcomes = split.build()
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "tool": "built",
        "libsplit": "failed",
        "split": "failed",
        "split-tool": "left out",
        "split-all": "built",
    }
    assert "no way" in outcomes["libsplit"].reason


def test_an_output_that_installs_again_gets_only_what_is_new(workplace: Workplace) -> None:
    workplace.meta(
        "pair",
        "package: {name: pair-split, version: 1.0.0}\noutputs:\n"
        "  - name: libpair\n    script: install.sh\n"
        "  - name: pair\n    build:\n      script: bash $RECIPE_DIR/install.sh && echo more > $PREFIX/lib/more\n"
        "    requirements:\n      host:\n        - {{ pin_subpackage('libpair', exact=True) }}\n",
        install_sh="mkdir -p $PREFIX/lib && echo same > $PREFIX/lib/same\n",
    )
    assert workplace.statuses() == {"libpair": "built", "pair": "built"}
    assert payload(workplace.package("libpair")) == {"lib/same"}
    assert payload(workplace.package("pair")) == {"lib/more"}


def test_an_output_may_run_another_interpreter(python: Workplace) -> None:
    python.meta(
        "many",
        "package: {name: many, version: 1.0.0}\noutputs:\n"
        "  - name: by-python\n    script: make.py\n    requirements:\n      build:\n        - python\n"
        "  - name: by-sh\n    script: make.txt\n    script_interpreter: sh -e\n",
        make_py="import os, pathlib\npathlib.Path(os.environ['PREFIX'], 'made').write_text(os.environ['PKG_NAME'])\n",
        make_txt="echo $PKG_NAME > $PREFIX/made\n",
    )
    assert set(python.statuses().values()) == {"built"}
    assert contents(python.package("by-python"))["made"] == b"by-python"
    assert contents(python.package("by-sh"))["made"] == b"by-sh\n"


def test_recipes_of_both_formats_need_each_other(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.meta(
        "middle",
        meta(
            "middle",
            "build: {script: cp -r $PREFIX/share/library $PREFIX/copied}\n"
            "requirements:\n  host:\n    - library\n  run:\n    - library\n",
        ),
    )
    workplace.recipe("app", host=["middle"], script=["cp $PREFIX/copied/name $PREFIX/app"])
    assert workplace.statuses() == {"library": "built", "middle": "built", "app": "built"}
    assert contents(workplace.package("app"))["app"] == b"library\n"


def test_any_changed_file_of_the_folder_is_a_reason_to_build_again(workplace: Workplace) -> None:
    recipe = workplace.meta("a", meta("a"), build_sh="cp $RECIPE_DIR/data.txt $PREFIX/\n", data_txt="one")
    assert workplace.statuses() == {"a": "built"}
    assert workplace.statuses() == {"a": "there already"}
    (recipe.parent / "data.txt").write_text("two")
    assert workplace.statuses() == {"a": "built"}
    assert contents(workplace.package("a"))["data.txt"] == b"two"


def test_the_same_recipe_gives_the_same_bytes_wherever_it_is_built(tmp_path: Path) -> None:
    made = []
    for where in ("here", "somewhere/quite/a/bit/deeper"):
        workplace = Workplace(tmp_path / where)
        workplace.recipe("tool")
        workplace.meta(
            "split",
            SPLIT.replace("SOURCE", workplace.archive("split-1")),
            build_sh=BUILD,
            **{"install-tool_sh": INSTALL},
        )
        workplace.build()
        made.append(
            {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in workplace.output.rglob("*.conda")}
        )
    assert len(made[0]) == 5
    assert made[0] == made[1]


def test_a_folder_and_a_repository_that_are_here_are_sources(workplace: Workplace) -> None:
    project = workplace.recipes / "project"
    (project / "conda").mkdir(parents=True)
    (project / "data.txt").write_text("one")
    for command in (
        ["init", "-q"],
        ["add", "data.txt"],
        ["-c", "user.name=a", "-c", "user.email=a@a.invalid", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / "conda" / "meta.yaml").write_text(
        "package: {name: project, version: 1.0.0}\nsource:\n  git_url: ..\n"
        "build: {script: 'cp data.txt $PREFIX/ && echo {{ GIT_FULL_HASH }} $GIT_FULL_HASH > $PREFIX/commit'}\n"
    )
    assert workplace.statuses() == {"project": "built"}
    files = contents(workplace.package("project"))
    assert files["data.txt"] == b"one"
    inside, around = files["commit"].decode().split()
    assert (inside, len(inside)) == (around, 40)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("source: {hg_url: 'https://hg.invalid/a', hg_tag: v1}", "sources in Mercurial can't be fetched"),
        ("source: {svn_url: 'https://svn.invalid/a'}", "sources in Subversion can't be fetched"),
        ("build: {script: 'true'}", "there is a build.sh, and build/script as well"),
        ("test: {script: none.sh}", "the test script 'none.sh' isn't there"),
        ("outputs: {name: b, script: none.sh}", "the script 'none.sh' isn't there"),
        ("outputs: {name: b, script: build.txt}", "what runs 'build.txt' can't be told from its name"),
    ],
)
def test_what_cannot_be_done_is_told_at_once_and_stops_no_other(workplace: Workplace, more: str, told: str) -> None:
    workplace.recipe("other")
    recipe = workplace.meta("a", meta("a", more), build_sh="true\n", build_txt="")
    notes = Noted()
    outcomes = workplace.build(progress=notes)
    assert f"{recipe}: can't be built: {told}" in notes.notes[0]
    statuses = {outcome.status: name for name, outcome in outcomes.items()}
    assert statuses == {"built": "other", "failed": "b" if "b," in more else "a"}


def test_what_has_no_effect_is_told_once(workplace: Workplace) -> None:
    recipe = workplace.meta("a", meta("a", "build: {pin_depends: strict}\noutputs:\n  - name: b\n  - name: a\n"))
    command = [sys.executable, "-m", "ownconda", "build", str(workplace.recipes), "--output", str(workplace.output)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = f"{recipe}: build/pin_depends has no effect: requirements are pinned as they are written"
    assert done.stderr.splitlines().count(told) == 1


def test_what_nobody_makes_is_told_also_where_the_outputs_have_it_in_common(workplace: Workplace) -> None:
    recipe = workplace.meta(
        "a",
        meta("a-split", "requirements:\n  build:\n    - nobodys\noutputs:\n  - name: a\n    files:\n      - a\n"),
        build_sh="touch $PREFIX/a\n",
    )
    with pytest.raises(WrongInputError, match="unknown package 'nobodys'") as caught:
        workplace.build()
    assert str(caught.value).startswith(f"{recipe}:4: requirements.build[0]: ")


def test_a_repository_has_to_name_its_commit(workplace: Workplace) -> None:
    workplace.meta("a", meta("a", "source: {git_url: 'https://git.invalid/a.git'}"))
    assert "source.git_url: https://git.invalid/a.git has neither rev nor tag" in workplace.build()["a"].reason


def test_an_alternative_source_may_stand_in(workplace: Workplace) -> None:
    absent = "0" * 64
    digest = workplace.archive("b-1").rpartition("sha256: ")[2].rstrip("}")
    workplace.meta(
        "b",
        meta(
            "b",
            f"source: {{url: 'https://upstream.invalid/b-1.orig.tar.gz', sha256: {absent}}}\n"
            "build: {script: cp hello.txt $PREFIX/}\nextra:\n  ownconda:\n    alternative_sources:\n"
            f"      - instead_of: {absent}\n        url: https://other.invalid/b-1.tar.gz\n        sha256: {digest}\n"
            "        note: repacked\n",
        ),
    )
    assert workplace.statuses() == {"b": "built"}


def test_a_license_may_lie_above_the_recipe(workplace: Workplace) -> None:
    project = workplace.recipes / "project"
    (project / "conda").mkdir(parents=True)
    (project / "LICENSE").write_text("free\n")
    (project / "conda" / "meta.yaml").write_text(
        "package: {name: project, version: 1.0.0}\nabout: {license: MIT, license_file: ../LICENSE}\n"
    )
    assert workplace.statuses() == {"project": "built"}
    assert contents(workplace.package("project"))["info/licenses/LICENSE"] == b"free\n"


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha512"])
def test_a_source_may_have_any_checksum_of_conda_build_s(workplace: Workplace, kind: str) -> None:
    workplace.archive("a-1")
    archive = workplace.archives / "a-1.tar.gz"
    source = f"source: {{url: 'https://upstream.invalid/a-1.tar.gz', {kind}: {digest_of(archive, kind)}}}"
    workplace.meta("a", meta("a", f"{source}\nbuild: {{script: cp hello.txt $PREFIX/}}"))
    assert workplace.statuses() == {"a": "built"}
    assert digest_of(archive, "sha256") in str(contents(workplace.package("a")).values())


def test_the_only_folder_of_an_archive_may_be_kept(workplace: Workplace) -> None:
    source = workplace.archive("a-1").replace("}", ", no_hoist: true, folder: inner}")
    workplace.meta("a", meta("a", f"{source}\nbuild: {{script: cp inner/a-1/hello.txt $PREFIX/}}"))
    assert workplace.statuses() == {"a": "built"}


def test_a_source_without_a_checksum_and_one_with_other_bytes_are_refused(workplace: Workplace) -> None:
    address = "https://upstream.invalid/a-1.tar.gz"
    workplace.archive("a-1")
    workplace.meta("a", meta("a", f"source: {{url: '{address}'}}"))
    workplace.meta("b", meta("b", f"source: {{url: '{address}', md5: {'0' * 32}}}"))
    workplace.meta("c", meta("c", f"source: {{url: '{address}', md5: 0123}}"))
    reasons = {name: outcome.reason for name, outcome in workplace.build().items()}
    assert "has no checksum" in reasons["a"]
    assert "only with other bytes than its md5 asks for" in reasons["b"]
    assert "'0123' isn't a md5" in reasons["c"]
