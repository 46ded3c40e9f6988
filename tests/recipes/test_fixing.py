"""What can be mended is: exactly the characters that must change, and only where the packages stay what they are."""

from pathlib import Path

import pytest
from checking_recipes import findings, read, render, write

from ownconda.policy.policy import Policy
from ownconda.recipes.checked import Change
from ownconda.recipes.checking import Severities, check, known_of
from ownconda.recipes.editing import Form
from ownconda.recipes.fixing import Fix, carry_out, plan_fix


def fix_of(root: Path) -> Fix | None:
    [recipe] = read(root)
    return plan_fix(recipe.file, findings(root), render)


def mended(root: Path, text: str, form: Form) -> str:
    write(root / "tool", text, form)
    fix = fix_of(root)
    return fix.after if fix else text


HEAD = "package:\n  name: tool\n  version: 1.0.0\n"


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ("v0", "about:\n  license: 'mit'  # as upstream says\n", "about:\n  license: 'MIT'  # as upstream says\n"),
        ("v1", "about:\n  license: mit and bsd-3-clause\n", "about:\n  license: MIT AND BSD-3-Clause\n"),
        (
            "v0",
            "requirements:\n  run:\n    - python>=3.10  # [unix]\n    - six   # keep\n",
            "requirements:\n  run:\n    - python >=3.10  # [unix]\n    - six   # keep\n",
        ),
        ("v1", "build:  \n  number: 0\t\n\n\n", "build:\n  number: 0\n"),
        ("v1", "build:\n  number: 0", "build:\n  number: 0\n"),
    ],
)
def test_what_can_be_mended_is_and_nothing_else_changes(form: Form, before: str, after: str, tmp_path: Path) -> None:
    assert mended(tmp_path, HEAD + before, form) == HEAD + after


def test_line_ends_stay_what_they_are(tmp_path: Path) -> None:
    text = f"{HEAD}about:\n  license: mit  \n  summary: caf\u00e9".replace("\n", "\r\n")
    after = f"{HEAD}about:\n  license: MIT\n  summary: caf\u00e9\n".replace("\n", "\r\n")
    assert mended(tmp_path, text, "v0") == after


def test_blanks_that_are_part_of_a_text_stay(tmp_path: Path) -> None:
    text = f"{HEAD}build:\n  script: |\n    echo 'a  \n    b'\n"
    assert mended(tmp_path, text, "v1") == text


def test_of_several_edits_the_safe_ones_are_made(tmp_path: Path) -> None:
    text = f"{HEAD}build:\n  script: |\n    echo 'a  \n    b'\nrequirements:\n  run:\n    - six>=1\n"
    assert mended(tmp_path, text, "v1") == text.replace("six>=1", "six >=1")


def test_the_build_number_is_raised_where_the_recipe_changed(tmp_path: Path) -> None:
    before = f"{HEAD}build:\n  number: 3\n  script: make\n"
    file = write(tmp_path / "tool", before.replace("make", "make all"))
    [recipe] = read(tmp_path)
    change = Change(reason="recipe.yaml changed", before=before)
    known = known_of([recipe.rendered], policy=Policy(), changes={file: change})
    fix = plan_fix(file, check(recipe, known, Severities()), render)
    assert fix is not None
    carry_out(fix)
    assert file.read_text() == before.replace("make", "make all").replace("number: 3", "number: 4")


def test_variants_beside_and_above_hold_while_mending_is_tried(tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("python: ['3.12.*', '3.13.*']\n")
    text = f"{HEAD}requirements:\n  host:\n    - python\nabout:\n  license: MIT  \n"
    assert mended(tmp_path, text, "v1") == text.replace("MIT  ", "MIT")


def test_a_recipe_that_keeps_every_rule_is_let_alone(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}build:\n  number: 0\n")
    assert fix_of(tmp_path) is None


def test_the_folder_is_never_written_to_while_mending_is_tried(tmp_path: Path) -> None:
    file = write(tmp_path / "tool", f"{HEAD}about:\n  license: mit\n", "v0")
    before = {path: path.stat().st_mtime_ns for path in (file, file.parent, tmp_path)}
    assert fix_of(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_would_be_another_package_stays(tmp_path: Path) -> None:
    text = f"{HEAD}requirements:\n  host:\n    - r-base >=4.0\n  run:\n    - r-base>=4.0\n"
    assert mended(tmp_path, text, "v0") == text  # with a blank it has R's version in its build string
