import pytest

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.lines import Line, select_lines, split_lines

FILE = Where(file="meta.yaml")


@pytest.mark.parametrize(
    ("line", "text", "selector"),
    [
        ("- patch  # [win]", "- patch", "win"),
        ("- patch  # only there [win] it is needed", "- patch", "win"),
        ("- patch [win]", "- patch", "win"),
        ("'- patch  # [win]'", "'- patch'", "win"),
        ("requires: [pytest]", "requires:", "pytest"),
        ("- a  # see [this](there)", "- a  # see [this](there)", None),
        ("- a  # nothing", "- a  # nothing", None),
        ("# a comment  # [win]", "", None),
        ("  ", "", None),
    ],
)
def test_a_selector_is_found_where_conda_build_finds_it(line: str, text: str, selector: str | None) -> None:
    assert split_lines(line) == (Line(text, selector),)


def test_lines_that_do_not_count_leave_empty_ones() -> None:
    text = "a: 1\nb: 2  # [win]\nc: 3  # [not win]\n"
    assert select_lines(text, {"win": False}, file=FILE) == "a: 1\n\nc: 3\n"


def test_every_selector_that_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(WrongInputError) as caught:
        select_lines("a: 1  # [win or]\nb: 2\nc: 3  # ['3' < py]\n", {"py": 312}, file=FILE)
    assert [problem.where and problem.where.line for problem in caught.value.problems] == [1, 3]
