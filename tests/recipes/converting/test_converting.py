from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.converting.conversion import Conversion, carry_out, plan_conversion
from ownconda.recipes.rendering import Rendering

PYTHON = {"python": ("3.12",)}
HEAD = "package:\n  name: a\n  version: 1.2.3\n\n"


def conversion(
    folder: Path,
    text: str,
    *,
    platforms: tuple[str, ...] = ("linux-64", "osx-arm64", "win-64"),
    files: tuple[str, ...] = (),
) -> Conversion:
    recipe = folder / "a" / "meta.yaml"
    recipe.parent.mkdir(exist_ok=True)
    recipe.write_text(text)
    for name in files:
        (recipe.parent / name).write_text("")
    return plan_conversion(recipe, Rendering(variants=PYTHON), platforms=platforms)


def converted(folder: Path, text: str, *, files: tuple[str, ...] = ()) -> str:
    found = conversion(folder, text, files=files)
    assert found.differences == ()
    return found.text


def test_a_recipe_reads_as_a_packager_would_have_written_it(tmp_path: Path) -> None:
    before = """\
{% set name = "Example" %}
# the bot looks for this line
{% set version = "1.10" %}

package:
  name: {{ name|lower }}
  version: {{ version }}

source:
  url: https://example.org/{{ name }}-{{ version }}.tar.gz
  sha256: ce7f5515a95d588b8606c3fb50643f8b88ac52ffbbde9c63bb1edca6a256e964
  patches:
    - fix.patch  # [win]

build:
  number: 0
  # nobody has built it there
  skip: true  # [win or py<38]
  script: "{{ PYTHON }} -m pip install . -vv"
  entry_points:
    - example = example:main

# what it needs
requirements:
  build:
    - {{ compiler('c') }}
  host:
    - python
    - pip
    # - cython
  run:
    - python
    - colorama  # [win]
    - uvloop >=1.0.*  # [unix] faster
    - six 1.16

test:
  imports:
    - example
  requires:
    - pip
    - pytest
  commands:
    - pip check
    - pytest --pyargs example
    - example --help  # [not win]

about:
  home: https://example.org
  license: GPL-3
  license_file: COPYING
  summary: An example
  dev_url: https://example.org/git

extra:
  recipe-maintainers:
    - somebody
"""
    after = """\
context:
  name: Example
  # the bot looks for this line
  version: "1.10"

package:
  name: ${{ name | lower }}
  version: ${{ version }}

source:
  url: https://example.org/${{ name }}-${{ version }}.tar.gz
  sha256: ce7f5515a95d588b8606c3fb50643f8b88ac52ffbbde9c63bb1edca6a256e964
  patches:
    - if: win
      then: fix.patch

build:
  number: 0
  skip:
    # nobody has built it there
    - win
    - match(python, "<3.8")
  script: ${{ PYTHON }} -m pip install . -vv
  python:
    entry_points:
      - example = example:main

# what it needs
requirements:
  build:
    - ${{ compiler('c') }}
  host:
    - python
    - pip
    # - cython
  run:
    - python
    - if: win
      then: colorama
      else: uvloop >=1.0  # faster
    - six 1.16.*

tests:
  - python:
      imports:
        - example
  - script:
      - pytest --pyargs example
      - if: not win
        then: example --help
    requirements:
      run:
        - pytest

about:
  homepage: https://example.org
  license: GPL-3.0-only
  license_file: COPYING
  summary: An example
  repository: https://example.org/git

extra:
  recipe-maintainers:
    - somebody
"""
    found = conversion(tmp_path, before)
    assert found.text == after
    assert found.differences == ()
    assert [problem.what for problem in found.problems] == [
        "the licence 'GPL-3' isn't SPDX, and is written as GPL-3.0-only"
    ]


@pytest.mark.parametrize(
    ("selector", "condition"),
    [
        ("win", "win"),
        ("linux64", "linux and x86_64"),
        ("osx and arm64", "osx and arm64"),
        ("py<38", 'match(python, "<3.8")'),
        ("py>=310", 'match(python, ">=3.10")'),
        ("py > 36", 'match(python, ">=3.7")'),
        ("py == 312", 'match(python, "3.12.*")'),
        ("py in (311, 312)", 'match(python, "3.11.*") or match(python, "3.12.*")'),
        ("37 <= py < 310", 'match(python, ">=3.7") and match(python, "<3.10")'),
        ("py3k and not win", 'match(python, ">=3") and not win'),
        ("not (win and arm64)", "not (win and arm64)"),
        ("build_platform != target_platform", "build_platform != target_platform"),
        ("target_platform.startswith('linux')", "target_platform is startingwith('linux')"),
        ("use_it", "use_it | default(false)"),
        ('mpi == "nompi" and linux', 'mpi == "nompi" and linux'),
        ("python_impl == 'cpython' or s390x", 'python_impl == "cpython" or s390x'),
    ],
)
def test_selectors_become_conditions(tmp_path: Path, selector: str, condition: str) -> None:
    text = converted(
        tmp_path, f"{HEAD}requirements:\n  host:\n    - python\n  run:\n    - b  # [{selector}]\n    - c\n"
    )
    assert f"    - if: {condition}\n      then: b\n    - c\n" in text


def test_what_is_always_or_never_true_is_no_condition(tmp_path: Path) -> None:
    text = converted(tmp_path, f"{HEAD}requirements:\n  run:\n    - b  # [py > 10]\n    - c  # [py < 3]\n    - d\n")
    assert text.endswith("requirements:\n  run:\n    - b\n    - d\n")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ version.split('.')[0] }}", "${{ (version | split('.'))[0] }}"),
        ("{{ '.'.join(version.split('.')[:2]) }}", "${{ (version | split('.'))[:2] | join('.') }}"),
        ("{{ version.replace('.', '_') }}", "${{ version | replace('.', '_') }}"),
        ("{{ version ~ '-x' }}", '${{ version ~ "-x" }}'),
        ("{{ 'x-%s' % version }}", '${{ "x-" ~ version }}'),
        ("{{ name|upper }}", "${{ name | upper }}"),
        ("{{ name.title() }}", "A"),
        ("{{ environ.get('SOME_VARIABLE', 'x') }}", "${{ env.get('SOME_VARIABLE', default='x') }}"),
        ("{{ nowhere }}x", "${{ nowhere | default('') }}x"),
        ("{{ PKG_NAME }} {{ PKG_VERSION }}", "${{ name }} ${{ version }}"),
    ],
)
def test_templates_become_expressions(tmp_path: Path, written: str, said: str) -> None:
    before = (
        '{% set name = "a" %}\n{% set version = "1.2.3" %}\n'
        "package:\n  name: {{ name }}\n  version: {{ version }}\n"
        f'about:\n  summary: "{written}"\n'
    )
    assert f"  summary: {said}\n" in converted(tmp_path, before).replace("'${{", "${{").replace("}}'\n", "}}\n")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("b 1.2", "b 1.2.*"),
        ("b 1.2 build_0", "b ==1.2 build_0"),
        ("b=1.2.*", "b 1.2.*"),
        ("b==1.2", "b ==1.2"),
        ("b >= 1.2, <2", "b >=1.2,<2"),
        ("b >=1.2.*", "b >=1.2"),
        ("b 1.2|1.3", "b ==1.2|==1.3"),
        ("b 1.2*", "b 1.2.*"),
        ("b ~=1.4", "b ~=1.4"),
        ("b * *_x", "'b * *_x'"),
        (
            "{{ pin_subpackage('a', min_pin='x.x', max_pin='x') }}",
            "${{ pin_subpackage('a', lower_bound='x.x', upper_bound='x') }}",
        ),
        ("{{ pin_subpackage('a', max_pin=None) }}", "${{ pin_subpackage('a', upper_bound=none) }}"),
        ("{{ pin_compatible('b', max_pin='x.x') }}", "${{ pin_compatible('b', upper_bound='x.x') }}"),
    ],
)
def test_every_version_gets_its_operator(tmp_path: Path, written: str, said: str) -> None:
    kind = "run_constrained" if "subpackage" in written else "run"
    text = converted(tmp_path, f"{HEAD}requirements:\n  {kind}:\n    - {written}\n")
    assert text.endswith((f"    - {said}\n", f"    - {said.strip(chr(39))}\n"))


def test_alternatives_of_one_text_become_an_expression(tmp_path: Path) -> None:
    text = converted(
        tmp_path,
        '{% set posix = "m2-" %}  # [win]\n{% set posix = "" %}  # [not win]\n'
        + HEAD
        + "build:\n  number: 0\n  number: 100  # [osx]\n\nrequirements:\n  build:\n    - {{ posix }}make\n",
    )
    assert 'posix: ${{ "m2-" if win else "" }}' in text
    assert "number: ${{ 100 if osx else 0 }}" in text


def test_alternatives_of_one_source_become_sources(tmp_path: Path) -> None:
    sums = ["a" * 64, "b" * 64]
    text = converted(
        tmp_path,
        f"{HEAD}source:\n  url: https://example.org/a-linux.tar.gz  # [linux]\n  sha256: {sums[0]}  # [linux]\n"
        f"  url: https://example.org/a.zip  # [win]\n  sha256: {sums[1]}  # [win]\n  folder: it\n",
    )
    assert text.count("target_directory: it") == 2
    assert "  - if: linux\n    then:\n      - url: https://example.org/a-linux.tar.gz\n" in text


def test_loops_and_conditions_are_written_out(tmp_path: Path) -> None:
    text = converted(
        tmp_path,
        '{% set libs = ["x", "y"] %}\n{% set libs = libs + ["z"] %}  # [linux]\n'
        + HEAD
        + "test:\n  commands:\n    {% for lib in libs %}\n    - test -f {{ lib }}.so  # [unix]\n    {% endfor %}\n"
        "    {% if win %}\n    - dir\n    {% else %}\n    - ls\n    {% endif %}\n",
    )
    assert "libs" not in text
    assert "    - if: unix\n        then:\n          - test -f x.so\n          - test -f y.so\n" in text.replace(
        "      - if", "    - if"
    )
    assert "test -f z.so" in text


def test_variables_set_anew_keep_what_they_were(tmp_path: Path) -> None:
    text = converted(
        tmp_path,
        '{% set build = 1 %}\n{% set build = build + 100 %}  # [osx]\n{% set skipped = "x" %}\n'
        '{% set skipped = skipped + " or y" %}  # [win]\n'
        + HEAD
        + 'build:\n  number: {{ build }}\n\ntest:\n  commands:\n    - pytest -k "{{ skipped }}"\n',
    )
    assert "number: ${{ build + 100 if osx else build }}" in text
    assert 'skipped: ${{ "x" ~ (" or y" if win else "") }}' in text


def test_outputs_share_what_is_built_once(tmp_path: Path) -> None:
    text = converted(
        tmp_path,
        HEAD + "requirements:\n  host:\n    - zlib\n\noutputs:\n  - name: liba\n    files:\n      - lib/*\n"
        "  - name: a-tools\n    script: install.sh  # [unix]\n    script: install.bat  # [win]\n"
        "    requirements:\n      run:\n        - {{ pin_subpackage('liba', exact=True) }}\n",
        files=("build.sh",),
    )
    assert "recipe:\n  name: a\n  version: 1.2.3\n" in text
    assert "  - staging:\n      name: a-build\n    build:\n      script: build.sh\n" in text
    assert "  - package:\n      name: liba\n    inherit: a-build\n    build:\n      files:\n        - lib/*\n" in text
    assert "      script: install\n" in text


def test_a_package_at_the_top_that_needs_its_outputs_becomes_one_of_them(tmp_path: Path) -> None:
    text = converted(
        tmp_path, HEAD + "requirements:\n  run:\n    - {{ pin_subpackage('liba') }}\n\noutputs:\n  - name: liba\n"
    )
    assert (
        "  - package:\n      name: a\n    requirements:\n      run:\n        - ${{ pin_subpackage('liba') }}\n" in text
    )


def test_test_files_beside_the_recipe_become_tests(tmp_path: Path) -> None:
    text = converted(tmp_path, HEAD + "test:\n  requires:\n    - b\n", files=("run_test.py", "run_test.sh"))
    assert (
        "tests:\n  - script: run_test.py\n    requirements:\n      run:\n        - b\n  - if: unix\n    then:" in text
    )


def test_variables_of_the_script_stand_beside_it(tmp_path: Path) -> None:
    text = converted(
        tmp_path, HEAD + "build:\n  script_env:\n    - A=1\n    - B\n  script:\n    - make\n    - make install\n"
    )
    assert "    content:\n      - make\n      - make install\n    env:\n" in text
    assert "    env:\n      A: \"1\"\n      B: ${{ env.get('B', default='') }}\n" in text


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("build:\n  no_such_thing: true\n", ":6: no_such_thing: build.no_such_thing has no place in v1"),
        (
            "about:\n  doc_source_url: https://example.org\n",
            ":6: doc_source_url: about.doc_source_url has no place in v1",
        ),
        ("about:\n  home: nowhere\n", ":6: home: about.home is no web address"),
        (
            "test:\n  requires:\n    # needed\n    - b\n",
            ":7: the comment '# needed' stood at something that v1 doesn't have",
        ),
    ],
)
def test_what_has_no_place_is_told_with_its_line(tmp_path: Path, field: str, told: str) -> None:
    assert any(told in str(problem) for problem in conversion(tmp_path, HEAD + field).problems)


def test_what_differs_is_told(tmp_path: Path) -> None:
    found = conversion(tmp_path, HEAD + "build:\n  ignore_run_exports:\n    - '*'\n", platforms=("linux-64",))
    assert found.differences == ("linux-64: a: requirements.ignore_run_exports.by_name: v0 has *, v1 nothing",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "about:\n  home: {{ load_setup_py_data().home }}\n", ":6: .home isn't there in v1"),
        ("{% macro f() %}x{% endmacro %}\n" + HEAD, ":1: {% macro %} has no counterpart in v1"),
        (HEAD + "{% for x in environ %}\n{% endfor %}\n", ":5: the loop goes over what isn't known before"),
        (HEAD + "about:\n  summary: '\ue0107\ue011'\n", ":6: has the character U+E010"),
        (HEAD + "about:\n  home: {{ os.getenv() }}\n", ":6: a variable of the environment isn't named"),
        (HEAD + "about:\n  home: {{ datetime.now() }}\n", ":6: .now() isn't there in v1"),
        ("- a\n", "mapping"),
    ],
)
def test_what_cant_be_converted_is_one_clear_error(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(WrongInputError, match=r"meta\.yaml") as caught:
        conversion(tmp_path, text, platforms=("linux-64",))
    assert told in str(caught.value)


def test_the_new_recipe_is_written_beside_the_old_one(tmp_path: Path) -> None:
    found = conversion(tmp_path, HEAD, files=("bld.bat",))
    folder = found.recipe.parent
    assert carry_out(found, remove_old=False) == [folder / "recipe.yaml", folder / "build.bat"]
    assert (folder / "recipe.yaml").read_text() == found.text
    with pytest.raises(WrongInputError, match=r"has a recipe\.yaml beside it"):
        plan_conversion(found.recipe, Rendering())
    carry_out(found, remove_old=True)
    assert sorted(one.name for one in folder.iterdir()) == ["build.bat", "recipe.yaml"]


def test_a_script_for_windows_that_v1_would_not_run_is_told_and_kept(tmp_path: Path) -> None:
    found = conversion(tmp_path, HEAD, files=("bld.bat",))
    folder = found.recipe.parent
    (folder / "build.bat").write_text("another one")
    [problem] = plan_conversion(found.recipe, Rendering(), platforms=("linux-64",)).problems
    assert problem.what == "bld.bat isn't what build.bat is, which v1 runs"
    assert carry_out(found, remove_old=True) == [folder / "recipe.yaml"]
    assert sorted(one.name for one in folder.iterdir()) == ["bld.bat", "build.bat", "recipe.yaml"]


def test_a_folder_called_as_a_script_is_left_alone(tmp_path: Path) -> None:
    found = conversion(tmp_path, HEAD)
    (found.recipe.parent / "bld.bat").mkdir()
    assert carry_out(found, remove_old=True) == [found.target]
    assert sorted(one.name for one in found.recipe.parent.iterdir()) == ["bld.bat", "recipe.yaml"]


def test_a_value_that_a_variant_may_have_stays_open(tmp_path: Path) -> None:
    text = converted(
        tmp_path,
        '{% set mpi = mpi or "nompi" %}\n{% if threads is not defined %}\n{% set threads = "yes" %}\n{% endif %}\n'
        + HEAD
        + "requirements:\n  run:\n    - b-{{ mpi }}-{{ threads }}\n"
        + "    {% if 'no' in mpi %}\n    - c\n    {% endif %}\n",
    )
    assert "mpi: ${{ mpi | default('nompi') }}\n  threads: ${{ threads | default('yes') }}\n" in text
    assert "- if: '\"no\" in mpi'\n      then: c" in text


def test_a_text_where_a_list_stands_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"meta\.yaml:6: string: has to be a text"):
        conversion(tmp_path, HEAD + "build:\n  string:\n    - a\n", platforms=("linux-64",))
