import pytest

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.lines import lost_lists, select_lines, split_lines

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
    [found] = split_lines(line)
    assert (found.text, found.selector) == (text, selector)


@pytest.mark.parametrize("line", ['python: ["3.12", "3.13"]', "  - [python, numpy]", "a_b:   [x]"])
def test_a_list_in_brackets_is_one_where_lists_count_and_otherwise_told(line: str) -> None:
    assert select_lines(line, {}, file=FILE, lists=True) == f"{line}\n"
    [problem] = lost_lists(f"name: a\n{line}", file=FILE)
    assert problem.where == Where(file="meta.yaml", line=2)
    assert "counts as a selector" in problem.what


def test_what_has_a_selector_is_no_list() -> None:
    text = "- a [win]\nb: 2  # [win]\nc: [1]  # [win]\nd: [1]  # or two\n"
    assert lost_lists(text, file=FILE) == []
    assert select_lines(text, {}, file=FILE, lists=True) == "\n\n\nd: [1]  # or two\n"


def test_lines_that_do_not_count_leave_empty_ones() -> None:
    text = "a: 1\nb: 2  # [win]\nc: 3  # [not win]\n"
    assert select_lines(text, {"win": False}, file=FILE) == "a: 1\n\nc: 3\n"


def test_every_selector_that_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(WrongInputError) as caught:
        select_lines("a: 1  # [win or]\nb: 2\nc: 3  # ['3' < py]\n", {"py": 312}, file=FILE)
    assert [problem.where and problem.where.line for problem in caught.value.problems] == [1, 3]
