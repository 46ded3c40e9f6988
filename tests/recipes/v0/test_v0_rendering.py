import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v0.rendering import render_v0

PYTHON = {"python": ("3.12",)}


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "meta.yaml"
    recipe.write_text(text)
    return recipe


def builds(
    folder: Path,
    text: str,
    variants: Mapping[str, Sequence[str]] = PYTHON,
    platform: str = "linux-64",
    files: tuple[Path, ...] = (),
) -> list[Build]:
    rendering = Rendering(target_platform=platform, variants=variants, variant_files=files)
    return [one.build for one in render_v0(written(folder / "recipes" / "one", text), rendering)]


EXTENSION = """\
{% set name = "Ext" %}
{% set version = "1.10" %}

package:
  name: {{ name|lower }}
  version: {{ version }}

source:
  - url: https://example.org/{{ name }}-{{ version }}.tar.gz
    sha256: 0123
    patches:
      - windows.patch  # [win]
      - any.patch
  - path: data
    folder: data

build:
  number: 3
  skip: true  # [py<38]
  run_exports:
    - {{ pin_subpackage(name|lower, max_pin="x.x") }}

requirements:
  build:
    - {{ compiler('c') }}
    - make  # [unix]
    - m2-make  # [win]
  host:
    - python
    - zlib
  run:
    - python
    - numpy >=1.20
  run_constrained:
    - old-ext <0a0

test:
  requires:
    - pytest
"""


def test_a_recipe_is_rendered_with_everything_fixed(tmp_path: Path) -> None:
    [build] = builds(tmp_path, EXTENSION)
    assert (build.name, build.version, build.subdir, build.number) == ("ext", "1.10", "linux-64", 3)
    assert (build.format, build.noarch) == ("v0", None)
    assert build.build.startswith("py312h")
    assert build.build.endswith("_3")
    assert build.requirements.build == ("gcc_linux-64", "make")
    assert build.requirements.host == ("python 3.12.*", "zlib")
    assert build.requirements.run == ("python >=3.12,<3.13.0a0", "numpy >=1.20")
    assert build.requirements.run_constraints == ("old-ext <0a0",)
    assert build.requirements.test == ("pytest",)
    assert build.run_exports == {"weak": ("ext >=1.10,<1.11.0a0",)}
    assert set(build.variant) == {"c_compiler", "python", "target_platform"}
    archive, folder = build.sources
    assert archive.urls == ("https://example.org/Ext-1.10.tar.gz",)
    assert archive.checksums == {"sha256": "0123"}
    assert archive.fields["patches"] == ["any.patch"]
    assert folder.path == "data"


def test_what_is_skipped_makes_no_build(tmp_path: Path) -> None:
    assert builds(tmp_path, EXTENSION, {"python": ("3.7",)}) == []


def test_each_platform_has_its_lines(tmp_path: Path) -> None:
    [build] = builds(tmp_path, EXTENSION, platform="win-64")
    assert build.requirements.build == ("vs2017_win-64", "m2-make")


def test_each_variant_is_a_build_of_its_own(tmp_path: Path) -> None:
    made = builds(tmp_path, EXTENSION, {"python": ("3.12", "3.13")})
    assert [build.requirements.host[0] for build in made] == ["python 3.12.*", "python 3.13.*"]
    assert [build.build[:5] for build in made] == ["py312", "py313"]


PLAIN = """\
package:
  name: plain
  version: 1.10
build:
  noarch: python
  number: 1
requirements:
  host:
    - python >=3.8
    - pip
  run:
    - python >=3.8
"""


def test_a_package_for_every_python_is_made_once(tmp_path: Path) -> None:
    [build] = builds(tmp_path, PLAIN, {"python": ("3.12", "3.13")})
    assert (build.version, build.subdir, build.noarch, build.build) == ("1.10", "noarch", "python", "py_1")
    assert build.requirements.host == ("python >=3.8", "pip")


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("number: 2", "2"),
        ("string: custom_7", "custom_7"),
        ("{number: 4, string: 'h{{ PKG_HASH }}_{{ PKG_BUILDNUM }}'}", "_4"),
        ("{string: 'py{{ CONDA_PY }}_{{ PKG_BUILDNUM }}'}", "py312_0"),
        ("noarch: generic", "0"),
        ("features: old", "old_0"),
    ],
)
def test_build_strings_have_conda_builds_form(tmp_path: Path, build: str, expected: str) -> None:
    [made] = builds(tmp_path, f"package: {{name: a, version: '1'}}\nbuild:\n  {build}\n")
    assert made.build == expected


def test_the_variants_that_are_used_are_hashed_as_conda_build_does(tmp_path: Path) -> None:
    text = "package: {name: bzip2, version: 1.0.8}\nbuild: {number: 5}\nrequirements:\n  build:\n    - "
    chosen = {"c_compiler_version": ("12",), "channel_targets": ("conda-forge main",), "unused": ("1", "2")}
    [compiled] = builds(tmp_path, f"{text}{{{{ compiler('c') }}}}\n", chosen)
    assert compiled.build == "hd590300_5"  # as conda-forge has it
    [plain] = builds(tmp_path, f"{text}make\n")
    assert plain.build == "5"


OUTPUTS = """\
package:
  name: split-all
  version: 3.5.7
build:
  number: 2
requirements:
  build:
    - {{ compiler('c') }}
outputs:
  - name: libsplit
    requirements:
      build:
        - {{ compiler('c') }}
      host:
        - zlib
  - name: split-tool
    version: 4.0
    script: install.sh
    build:
      noarch: generic
    requirements:
      host:
        - {{ pin_subpackage('libsplit', exact=True) }}
      run:
        - {{ pin_subpackage('libsplit', max_pin='x.x') }}
        - split-tool-data
  - name: split-flat
    requirements:
      - libsplit
      - split-flat >=1
  - name: split-wheel
    type: wheel
  - name: split-not
    build:
      skip: true
"""


def test_outputs_inherit_what_conda_build_lets_them(tmp_path: Path) -> None:
    library, tool, flat = builds(tmp_path, OUTPUTS)
    assert (library.name, library.version, library.number) == ("libsplit", "3.5.7", 2)
    assert library.requirements.build == ("gcc_linux-64",)
    assert (tool.version, tool.subdir, tool.number) == ("4.0", "noarch", 2)
    assert tool.requirements.host == (f"libsplit 3.5.7 {library.build}",)
    assert tool.requirements.run == ("libsplit >=3.5.7,<3.6.0a0", "split-tool-data")
    assert (flat.requirements.build, flat.requirements.host, flat.requirements.run) == (
        (),
        ("libsplit",),
        ("libsplit",),
    )


def test_the_top_is_a_package_where_it_needs_an_output(tmp_path: Path) -> None:
    text = (
        "package: {name: top, version: 1.0}\nrequirements:\n  run:\n    - {{ pin_subpackage('part') }}\n"
        "outputs:\n  - name: part\n"
    )
    part, top = builds(tmp_path, text)
    assert (part.name, top.name, top.requirements.run) == ("part", "top", ("part >=1.0,<2.0a0",))


def test_an_output_of_the_tops_name_has_what_the_top_says(tmp_path: Path) -> None:
    text = (
        "package: {name: top, version: 1.0}\nbuild: {number: 7}\nrequirements: {host: zlib, run: zlib}\n"
        "outputs:\n  - name: top\n    requirements: {run: xz}\n  - name: other\n"
    )
    top, other = builds(tmp_path, text)
    assert top.number == other.number == 7
    assert (top.requirements.host, top.requirements.run) == (("zlib",), ("xz",))
    assert (other.requirements.host, other.requirements.run) == ((), ())


@pytest.mark.parametrize(
    ("written_as", "expected"),
    [
        ("a", {"weak": ("a",)}),
        ("[a, b >1]", {"weak": ("a", "b >1")}),
        ("{weak: [a], strong: b, noarch: []}", {"weak": ("a",), "strong": ("b",)}),
        ("[{strong: [a]}, {strong: [b]}]", {"strong": ("a", "b")}),
    ],
)
def test_run_exports_are_read_in_every_form(tmp_path: Path, written_as: str, expected: object) -> None:
    text = f"package: {{name: a, version: '1'}}\nbuild:\n  number: 0\n  run_exports: {written_as}  # kept\n"
    [build] = builds(tmp_path, text)
    assert build.run_exports == expected


def test_old_sins_are_read_as_conda_build_reads_them_and_told(tmp_path: Path) -> None:
    text = "package:\n  name:\ta\n  version: 1.0\nbuild:\n  number: 1\n  number: 2\nabout:\n  home: {{ nowhere }}\n"
    [build] = builds(tmp_path, text)
    assert build.number == 2
    assert [(problem.where and problem.where.line, problem.what) for problem in build.problems] == [
        (6, "the key 'number' stands twice in one mapping; the last one counts"),
        (2, "a tab stands where YAML readers disagree about tabs"),
        (8, "'nowhere' is undefined, and counts as empty"),
    ]


def test_a_tab_that_no_yaml_takes_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"meta\.yaml:2: isn't YAML") as raised:
        builds(tmp_path, "package:\n\tname: a\n")
    assert raised.value.problems[0].hint == "write spaces instead of tabs there"


def test_a_line_that_templates_have_moved_is_not_told(tmp_path: Path) -> None:
    text = "{% for one in [1, 2] %}\n{% endfor %}\npackage: {name: a, version: '1', name: b}\n"
    [build] = builds(tmp_path, text)
    assert [problem.where and problem.where.line for problem in build.problems] == [None]
    with pytest.raises(WrongInputError, match=r"meta\.yaml: isn't YAML"):
        builds(tmp_path, f"{text}- b\n")


def test_truth_and_numbers_are_what_they_were_in_old_yaml(tmp_path: Path) -> None:
    text = "package: {name: 7zip, version: 2020-01-02}\nbuild: {number: 007, skip: no, noarch: yes}\n"
    with pytest.raises(WrongInputError, match=r"package\.version: .* can't be a version"):
        builds(tmp_path, text)
    [build] = builds(tmp_path, text.replace("2020-01-02", "010"))
    assert (build.version, build.number, build.noarch) == ("010", 7, "generic")


def test_data_of_a_project_is_read_without_running_it(tmp_path: Path) -> None:
    project = tmp_path / "recipes" / "one"
    project.mkdir(parents=True)
    (project / "setup.py").write_text(
        "import os\nraise SystemExit('run')\nVERSION = '2.5'\n"
        "setup(name='Thing', version=VERSION, install_requires=['click', 'rich >=1'], url=os.environ['X'])\n"
    )
    text = (
        "{% set data = load_setup_py_data(from_recipe_dir=True) %}\n"
        "package:\n  name: {{ data.name|lower }}\n  version: {{ data['version'] }}\nrequirements:\n  run:\n"
        "{% for one in data.get('install_requires', []) %}    - {{ one }}\n{% endfor %}"
    )
    [build] = builds(tmp_path, text)
    assert (build.name, build.version, build.requirements.run) == ("thing", "2.5", ("click", "rich >=1"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[project]\nname = 'a'\nversion = '2.5'\n"),
        ("setup.cfg", "[metadata]\nname = a\nversion = 2.5\n"),
    ],
)
def test_data_of_a_project_may_stand_in_its_other_files(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / "recipes" / "one").mkdir(parents=True)
    (tmp_path / "recipes" / "one" / name).write_text(content)
    text = "package: {name: a, version: '{{ load_setup_py_data(from_recipe_dir=True).version }}'}\n"
    assert [build.version for build in builds(tmp_path, text)] == ["2.5"]


def test_data_files_are_read_beside_the_recipe_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "recipes" / "one").mkdir(parents=True)
    (tmp_path / "recipes" / "one" / "data.json").write_text('{"version": "9.1"}')
    text = "package: {name: a, version: '{{ load_file_data(\"data.json\", from_recipe_dir=True).version }}'}\n"
    assert [build.version for build in builds(tmp_path, text)] == ["9.1"]
    with pytest.raises(WrongInputError, match="lies outside"):
        builds(tmp_path, text.replace("data.json", "../../../../etc/passwd.json"))


@pytest.mark.parametrize(
    ("expression", "version"),
    [
        ("load_file_regex('module.py', '__version__ = .(.*).', from_recipe_dir=True).group(1)", "9"),
        (r"load_file_regex('module.py', '([\d.]+)$', True).groups()[0]", "4.2"),
        ("load_file_regex('module.py', '(?P<v>[0-9]+)', from_recipe_dir=True).groupdict()['v']", "9"),
        ("load_file_regex('module.py', 'b = .+', from_recipe_dir=True).group()", "b = 4.2"),
    ],
)
def test_a_pattern_finds_what_a_file_says(tmp_path: Path, expression: str, version: str) -> None:
    (tmp_path / "recipes" / "one").mkdir(parents=True)
    (tmp_path / "recipes" / "one" / "module.py").write_text("__version__ = '9'\nb = 4.2")
    text = (
        f'{{% set found = {expression} %}}\npackage: {{name: a, version: "1"}}\nabout: {{summary: "{{{{ found }}}}"}}\n'
    )
    folder = written(tmp_path / "recipes" / "one", text)
    [rendered] = render_v0(folder, Rendering())
    assert rendered.fields["about"] == {"summary": version}


def test_a_pattern_that_fits_nothing_is_told_and_one_without_end_refused(tmp_path: Path) -> None:
    (tmp_path / "recipes" / "one").mkdir(parents=True)
    (tmp_path / "recipes" / "one" / "module.py").write_text("a" * 500 + "b")
    text = 'package: {name: a, version: \'v{{ load_file_regex("module.py", "c", from_recipe_dir=True).group(1) }}\'}\n'
    [build] = builds(tmp_path, text)
    assert build.version == "v"
    assert "nothing in module.py fits the pattern" in build.problems[0].what
    with pytest.raises(WrongInputError, match="takes too long"):
        builds(tmp_path, text.replace('"c"', '"(a|a|aa)+$"'))
    with pytest.raises(WrongInputError, match="can't be understood"):
        builds(tmp_path, text.replace('"c"', '"("'))


def test_what_needs_a_solver_is_told(tmp_path: Path) -> None:
    text = (
        "package: {name: a, version: '1'}\nrequirements:\n  run:\n"
        "{% for one in resolved_packages('host') %}    - {{ one }}\n{% endfor %}    - b\n"
    )
    [build] = builds(tmp_path, text)
    assert build.requirements.run == ("b",)
    assert "resolved_packages() isn't evaluated" in build.problems[0].what


CONFIG = """\
python:
  - 3.11
  - 3.12   # [unix]
numpy:
  - 1.26
  - 2.0    # [unix]
zlib:
  - 1.3
pin_run_as_build:
  zlib:
    max_pin: x.x
zip_keys:
  - - python
    - numpy
"""
USING = (
    "package: {name: a, version: '1'}\nrequirements:\n  host:\n    - python\n    - numpy\n    - zlib\n"
    "  run:\n    - python\n    - zlib\n"
)


def test_variants_come_from_the_root_and_zipped_keys_change_together(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "conda_build_config.yaml").write_text(CONFIG)
    made = builds(tmp_path, USING, {})
    assert [build.requirements.host for build in made] == [
        ("python 3.11.*", "numpy 1.26.*", "zlib 1.3.*"),
        ("python 3.12.*", "numpy 2.0.*", "zlib 1.3.*"),
    ]
    assert made[0].requirements.run == ("python >=3.11,<3.12.0a0", "zlib >=1.3,<1.4.0a0")
    [on_windows] = builds(tmp_path, USING, {}, platform="win-64")
    assert on_windows.requirements.host[0] == "python 3.11.*"


def test_a_value_that_is_given_chooses_among_zipped_ones(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "conda_build_config.yaml").write_text(CONFIG)
    [build] = builds(tmp_path, USING, {"python": ("3.12",)})
    assert build.requirements.host == ("python 3.12.*", "numpy 2.0.*", "zlib 1.3.*")
    with pytest.raises(WrongInputError, match="no variant has python"):
        builds(tmp_path, USING, {"python": ("3.9",)})


def test_a_variants_file_of_the_other_format_is_read_too(tmp_path: Path) -> None:
    given = tmp_path / "variants.yaml"
    given.write_text("zlib:\n  - if: linux\n    then: 1.2\n    else: 1.3\npython: [3.12]\nnumpy: ['2']\n")
    [build] = builds(tmp_path, USING, {}, files=(given,))
    assert build.requirements.host[2] == "zlib 1.2.*"


def test_a_variants_file_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("python: [3.11, 3.12]  #\nnumpy: 1.26\nzip_keys:\n  - python\n  - numpy\n")
    with pytest.raises(WrongInputError, match=r"given\.yaml: the zipped keys python, numpy have different numbers"):
        builds(tmp_path, USING, {}, files=(given,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("package:\n  name: a\n  - b\n", r"meta\.yaml:\d+: isn't YAML"),
        ("- a\n", "holds no mapping"),
        (
            "package:\n  name: a\n  version: {{ VERSION }}\n",
            r"meta\.yaml:3: package\.version: the version of a is empty",
        ),
        (
            "package: {name: a, version: '1 2'}\nbuild:\n  run_exports: \"{{ pin_subpackage('a') }}\"\n",
            "'1 2' isn't a version",
        ),
        ("package: {version: '1'}\n", r"package\.name: the name of the package is missing"),
        ("package:\n  - a\n", "package: has to be a mapping"),
        ("package: {name: A b, version: '1'}\n", "can't be a name"),
        ("package: {name: a, version: '1-2'}\n", "can't be a version"),
        ("package: {name: a, version: '1'}\nbuild: {number: x}\n", "'x' is no whole number"),
        ("package: {name: a, version: '1'}\nrequirements: {run: [{pip: [b]}]}\n", "list of match specs|has to be"),
        ("package: {name: a, version: '1'}\nx: !!python/name:os.system y\n", "isn't YAML"),
        ("package: {name: '{{ 1 + }}', version: '1'}\n", r"meta\.yaml:1: the template can't be understood"),
        ("package:\n  name: a  # [win and]\n", r"meta\.yaml:2: the selector \[win and\]"),
    ],
)
def test_a_recipe_that_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WrongInputError, match=message):
        builds(tmp_path, text)


def test_a_requirement_that_is_no_match_spec_is_told(tmp_path: Path) -> None:
    [build] = builds(tmp_path, "package: {name: a, version: '1'}\nrequirements:\n  run:\n    - b .*\n")
    assert [problem.where and problem.where.field for problem in build.problems] == ["requirements.run[0]"]


def test_the_variables_that_ownconda_supplies_are_there(tmp_path: Path) -> None:
    recipe = written(tmp_path, "package: {name: a, version: '1'}\nsource:\n  url: {{ pypi }}/a/a-1.tar.gz\n")
    [build] = [one.build for one in render_v0(recipe, Rendering(context={"pypi": "https://index.example/simple"}))]
    assert build.sources[0].urls == ("https://index.example/simple/a/a-1.tar.gz",)


def test_what_git_says_of_a_local_source_is_known(tmp_path: Path) -> None:
    for command in (
        ("init", "-q"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "one"),
        ("tag", "v1.5"),
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    text = (
        "package: {name: a, version: '{{ GIT_DESCRIBE_TAG[1:] }}'}\nsource: {path: ..}\n"
        "build: {number: '{{ GIT_DESCRIBE_NUMBER }}'}\n"
    )
    [build] = [one.build for one in render_v0(written(tmp_path / "conda", text), Rendering())]
    assert (build.version, build.number) == ("1.5", 0)


@pytest.mark.parametrize("name", ["variants.yaml", "conda_build_config.yaml"])
def test_a_variants_file_may_have_its_values_in_brackets(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / name).write_text('python_min: ["3.13"]\nzip_keys: [[a, b]]\na: [1, 2]\nb: [3, 4]\n')
    text = (
        "package: {name: x, version: '1'}\nrequirements:\n  run:\n    - c >={{ python_min }}\n    - d {{ a }}.{{ b }}\n"
    )
    found = builds(tmp_path, text)
    assert [build.requirements.run for build in found] == [("c >=3.13", "d 1.3.*"), ("c >=3.13", "d 2.4.*")]
