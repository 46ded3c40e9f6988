"""What the rules' own examples leave open: the other format, the limits, what must not be found."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from checking_recipes import findings, told, write

from ownconda.recipes.editing import Form

HEAD = "package:\n  name: tool\n  version: 1.0.0\n"
NOARCH = f"{HEAD}build:\n  noarch: python\nrequirements:\n"


def rules(root: Path) -> set[str]:
    return {one.rule.name for one in findings(root)}


def places(root: Path, rule: str) -> list[tuple[str, int]]:
    return [(one.field, one.line) for one in findings(root) if one.rule.name == rule]


def test_a_finding_is_told_once_for_all_variants(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}requirements:\n  host:\n    - python\n  run:\n    - python\n    - six\n")
    (tmp_path / "variants.yaml").write_text("python: ['3.12.*', '3.13.*']\n")
    assert told(tmp_path, "unpinned-requirement") == ["9: requirements.run[1]: any version would do of six"]


def test_a_finding_is_at_the_output_that_it_is_about(tmp_path: Path) -> None:
    outputs = "".join(
        f"  - package:\n      name: {name}\n    requirements:\n      run:\n        - six\n" for name in ("a", "b")
    )
    write(tmp_path / "tool", f"recipe:\n  name: tool\n  version: 1.0.0\noutputs:\n{outputs}")
    assert places(tmp_path, "unpinned-requirement") == [
        ("outputs[0].requirements.run[0]", 9),
        ("outputs[1].requirements.run[0]", 14),
    ]


def test_a_requirement_from_a_template_is_found_where_the_template_is(tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("c_compiler: [gcc]\n")
    write(tmp_path / "tool", f"{NOARCH}  build:\n    - make\n    - ${{{{ compiler('c') }}}}\n")
    assert places(tmp_path, "noarch-compiled") == [("requirements.build[1]", 9)]


@pytest.mark.parametrize(
    ("form", "lines", "found"),
    [
        ("v0", ("    - colorama  # [win]",), 1),
        ("v0", ("    - __unix  # [unix]",), 0),
        ("v0", ("    - colorama  # only for colours",), 0),
        ("v1", ("    - if: win", "      then: colorama"), 1),
        ("v1", ("    - if: unix", "      then: __unix", "      else: __win"), 0),
        ("v1", ("    - if: build_platform != target_platform", "      then: six"), 0),
    ],
)
def test_conditions_count_in_noarch_packages_unless_they_are_about_virtual_ones(
    form: Form, lines: Sequence[str], found: int, tmp_path: Path
) -> None:
    write(tmp_path / "tool", NOARCH + "  run:\n    - python >=3.10\n" + "".join(f"{line}\n" for line in lines), form)
    assert len(told(tmp_path, "noarch-selectors")) == found


@pytest.mark.parametrize(
    ("form", "spec", "written"),
    [
        ("v0", "python>=3.10", "python >=3.10"),
        ("v0", "python >= 3.10, <4", "python >=3.10,<4"),
        ("v0", "python=3.10", "python =3.10"),
        ("v1", "numpy >= ${{ 2 }}", "numpy >=${{ 2 }}"),
        ("v0", "python >=3.10", None),
        ("v0", "numpy 2.*", None),
        ("v0", "numpy 2.0 py312_0", None),
        ("v0", "{{ compiler('c') }}", None),
        ("v0", "{{ pin_compatible('numpy', max_pin='x') }}", None),
        ("v0", "'numpy[version=\">=2\"]'", None),
    ],
)
def test_blanks_in_match_specs_are_told_with_what_to_write(
    form: Form, spec: str, written: str | None, tmp_path: Path
) -> None:
    write(tmp_path / "tool", f"{HEAD}requirements:\n  run:\n    - {spec}\n", form)
    found = [one for one in findings(tmp_path) if one.rule.name == "odd-match-spec"]
    assert [one.hint for one in found] == ([f"write {written!r}"] if written else [])


@pytest.mark.parametrize(
    ("form", "lines", "found"),
    [
        ("v0", ("  git_url: https://tool.example/tool.git", "  git_rev: main"), True),
        ("v0", ("  git_url: https://tool.example/tool.git", "  git_tag: v1"), False),
        ("v0", ("  git_url: ..",), False),
        ("v1", ("  git: https://tool.example/tool.git",), True),
        ("v1", ("  git: https://tool.example/tool.git", "  rev: 0123456789abcdef"), False),
    ],
)
def test_a_git_source_has_to_name_its_commit(form: Form, lines: Sequence[str], *, found: bool, tmp_path: Path) -> None:
    write(tmp_path / "tool", HEAD + "source:\n" + "".join(f"{line}\n" for line in lines), form)
    assert ("floating-source" in rules(tmp_path)) is found


def test_system_libraries_are_judged_where_the_package_is_for_linux(tmp_path: Path) -> None:
    linking = "  missing_dso_whitelist:\n    - libcuda.so.1  # [linux]\n    - /usr/lib/libfoo.dylib\n"
    write(tmp_path / "tool", f"{HEAD}build:\n  number: 0\n{linking}", "v0")
    assert told(tmp_path, "foreign-system-library") == [
        "7: build.missing_dso_whitelist[0]: 'libcuda.so.1' isn't one of the system's libraries"
    ]


def test_a_patch_in_a_folder_is_found_by_its_path(tmp_path: Path) -> None:
    source = "source:\n  url: https://tool.example/t.tar.gz\n  patches:\n    - patches/a.patch\n    - b.patch\n"
    recipe = write(tmp_path / "tool", HEAD + source)
    (recipe.parent / "patches").mkdir()
    (recipe.parent / "patches" / "a.patch").touch()
    (recipe.parent / "patches" / "c.patch").touch()
    assert told(tmp_path, "missing-patch") == ["8: source.patches[1]: the patch 'b.patch' isn't there"]
    assert told(tmp_path, "unused-patch") == ["6: source.patches: the patch 'patches/c.patch' isn't used"]


def test_a_licence_is_inherited_from_the_top(tmp_path: Path) -> None:
    outputs = "outputs:\n  - package:\n      name: a\n  - package:\n      name: b\n"
    write(tmp_path / "tool", f"recipe:\n  name: tool\n  version: 1.0.0\n{outputs}about:\n  license: MIT\n")
    assert "missing-licence" not in rules(tmp_path)


def test_a_recipe_without_source_needs_its_licence_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}about:\n  license: MIT\n  license_file: LICENSE\n")
    assert told(tmp_path, "missing-licence-file") == ["6: about.license_file: the licence file 'LICENSE' isn't there"]


def test_a_library_that_is_ignored_on_purpose_needs_no_run_requirement(tmp_path: Path) -> None:
    write(tmp_path / "zlib", "package:\n  name: zlib\n  version: 1.3.1\n")
    against = f"{HEAD}requirements:\n  host:\n    - zlib\n"
    recipe = write(tmp_path / "tool", against)
    assert "host-without-run" in rules(tmp_path)
    recipe.write_text(f"{against}  ignore_run_exports:\n    from_package:\n      - zlib\n")
    assert "host-without-run" not in rules(tmp_path)
    recipe.write_text(f"{against}  run:\n    - zlib\n")
    assert "host-without-run" not in rules(tmp_path)


def test_a_module_of_a_language_in_host_is_no_library(tmp_path: Path) -> None:
    write(tmp_path / "wheel", f"{HEAD.replace('tool', 'wheel')}requirements:\n  run:\n    - python >=3.10\n")
    write(tmp_path / "tool", f"{HEAD}requirements:\n  host:\n    - wheel\n")
    assert "host-without-run" not in rules(tmp_path)


def test_an_interpreter_in_host_belongs_into_run(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}requirements:\n  host:\n    - perl\n")
    assert told(tmp_path, "host-without-run") == [
        "6: requirements.host[0]: built against perl, but doesn't require it to run"
    ]


def test_two_recipes_that_make_one_file_are_both_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, HEAD)
    files = {one.file.parent.name for one in findings(tmp_path) if one.rule.name == "same-package-twice"}
    assert files == {"one", "two"}


def test_a_wheel_for_every_platform_may_be_the_source_of_a_noarch_package(tmp_path: Path) -> None:
    source = "source:\n  url: https://tool.example/tool-1.0.0-py3-none-any.whl\n"
    recipe = write(tmp_path / "tool", f"{HEAD}{source}build:\n  noarch: python\n")
    assert "binary-source" not in rules(tmp_path)
    recipe.write_text(f"{HEAD}{source}")
    assert "binary-source" in rules(tmp_path)


def test_a_script_beside_a_recipe_of_conda_builds_is_a_test(tmp_path: Path) -> None:
    recipe = write(tmp_path / "tool", HEAD, "v0")
    assert "missing-test" in rules(tmp_path)
    (recipe.parent / "run_test.sh").touch()
    assert "missing-test" not in rules(tmp_path)


def test_virtual_packages_are_known_everywhere(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}requirements:\n  run:\n    - __glibc >=2.17\n    - nmupy\n")
    found = [one.what for one in findings(tmp_path, offered={"numpy"}) if one.rule.name == "unknown-requirement"]
    assert found == ["unknown package 'nmupy'"]


def test_without_channels_another_recipes_own_need_is_no_slip(tmp_path: Path) -> None:
    write(tmp_path / "numpy", HEAD.replace("tool", "numpy"))
    needs = f"{HEAD}requirements:\n  run:\n    - nmupy >=2\n"
    write(tmp_path / "tool", needs)
    assert told(tmp_path, "misspelt-requirement") == ["6: requirements.run[0]: unknown package 'nmupy'"]
    write(tmp_path / "other", needs.replace("tool", "other"))
    assert told(tmp_path, "misspelt-requirement") == []
