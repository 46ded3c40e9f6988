import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownconda.errors import WrongInputError
from ownconda.recipes.v0.selectors import DEEPEST, LONGEST, parse_selector

LINUX = {
    "linux": True,
    "win": False,
    "osx": False,
    "unix": True,
    "py": 312,
    "py3k": True,
    "np": 200,
    "vc": 14,
    "target_platform": "linux-64",
    "build_platform": "linux-64",
    "cuda_compiler_version": "None",
    "python_impl": "cpython",
    "environ": {"CI": "1"},
}


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("linux", True),
        ("win", False),
        ("not win", True),
        ("linux and py>=310", True),
        ("win or (osx and py3k)", False),
        ("py in (311, 312)", True),
        ("py not in [311, 312]", False),
        ("310 <= py < 312", False),
        ("build_platform == target_platform", True),
        ('cuda_compiler_version != "None"', False),
        ("cuda_compiler_version not in ('None', '12.0')", False),
        ("python_impl == 'cpython' and not (osx or win)", True),
        ("int(float(vc)) < 15", True),
        ("target_platform.startswith('linux')", True),
        ("environ.get('CI') == '1'", True),
        ("environ.get('NOT_THERE', 'x') == 'x'", True),
        ("environ['CI']", True),
        ("py if linux else win", True),
        ("'64' in target_platform", True),
        ("target_platform[:5] == 'linux'", True),
        ("np + 1 > 200", True),
    ],
)
def test_a_selector_holds_where_its_condition_is_met(selector: str, *, holds: bool) -> None:
    assert parse_selector(selector).holds(LINUX) is holds


@pytest.mark.parametrize(
    ("selector", "holds"),
    [("unheard_of", False), ("not unheard_of", True), ("unheard_of < 14", True), ("py38, py39", True)],
)
def test_a_name_that_nobody_defines_is_false(selector: str, *, holds: bool) -> None:
    assert parse_selector(selector).holds({}) is holds


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "linux and",
        "__import__('os').system('true')",
        "().__class__",
        "lambda: 1",
        "[x for x in (1,)]",
        "open('/')",
        "target_platform.format(1)",
        "(x := 1)",
        "f'{py}'",
        "'a' * 3 if linux else `1`",
        "int(x=1)",
        "(" * 300 + "1" + ")" * 300,
        "not " * (DEEPEST + 10) + "win",
        "1 or " * LONGEST,
    ],
)
def test_what_is_no_condition_is_refused(selector: str) -> None:
    with pytest.raises(WrongInputError, match="selector"):
        parse_selector(selector)


@pytest.mark.parametrize(
    "selector", ["'3' < py", "python_impl.index('x')", "py.startswith('3')", "1 / 0", "'a' * 9", "environ['X']"]
)
def test_values_that_do_not_fit_together_are_told(selector: str) -> None:
    with pytest.raises(WrongInputError, match="can't be evaluated"):
        parse_selector(selector).holds(LINUX)


def test_the_names_that_a_selector_asks_for_are_known() -> None:
    assert parse_selector("linux and (py>=310 or vc == '14')").names == {"linux", "py", "vc"}


NAMES = ("linux", "win", "py", "np", "unknown")
VALUES = {"linux": True, "win": False, "py": 312, "np": 200}
numbers = st.integers(0, 999)
atoms = st.one_of(st.sampled_from(NAMES), numbers.map(str))


def combined(inner: st.SearchStrategy[tuple[str, object]]) -> st.SearchStrategy[tuple[str, object]]:
    """Make larger conditions from smaller ones, each with what it has to come to."""
    return st.one_of(
        inner.map(lambda one: (f"not ({one[0]})", not one[1])),
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]}) and ({two[1][0]})", two[0][1] and two[1][1])),
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]}) or ({two[1][0]})", two[0][1] or two[1][1])),
    )


def meaning(atom: str) -> int:
    return int(atom) if atom.isdecimal() else int(VALUES.get(atom, False))


comparisons = st.tuples(atoms, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), atoms).map(
    lambda parts: (
        " ".join(parts),
        {
            "==": meaning(parts[0]) == meaning(parts[2]),
            "!=": meaning(parts[0]) != meaning(parts[2]),
            "<": meaning(parts[0]) < meaning(parts[2]),
            "<=": meaning(parts[0]) <= meaning(parts[2]),
            ">": meaning(parts[0]) > meaning(parts[2]),
            ">=": meaning(parts[0]) >= meaning(parts[2]),
        }[parts[1]],
    )
)
conditions: st.SearchStrategy[tuple[str, object]] = st.recursive(
    st.one_of(comparisons, st.sampled_from(NAMES).map(lambda name: (name, bool(meaning(name))))),
    combined,
    max_leaves=8,
)


@given(conditions)
def test_conditions_come_to_what_a_simple_model_says(condition: tuple[str, object]) -> None:
    text, expected = condition
    assert parse_selector(text).holds(VALUES) is bool(expected)


@given(st.text(alphabet=string.ascii_letters[:6] + "()[]'\"<>=!,.+-*/% 0123456789_notandri", max_size=40))
def test_any_text_is_evaluated_or_refused_and_never_breaks(text: str) -> None:
    with suppress(WrongInputError):
        parse_selector(text).holds(LINUX)


@given(st.text(max_size=30))
def test_any_characters_are_evaluated_or_refused(text: str) -> None:
    with suppress(WrongInputError):
        parse_selector(text).holds(LINUX)
