"""Every rule finds what its bad example shows, and nothing in its good one."""

import re
from pathlib import Path

import pytest
from checking_recipes import findings_of

from ownconda.errors import WrongInputError
from ownconda.recipes.all_rules import RULES, rule_named
from ownconda.recipes.checks import Rule

NAMED = [pytest.param(rule, id=rule.name) for rule in RULES]


@pytest.mark.parametrize("rule", NAMED)
def test_a_rule_finds_what_its_bad_example_shows(rule: Rule, tmp_path: Path) -> None:
    found = [one for one in findings_of(rule.bad, tmp_path) if one.rule is rule]
    assert found
    for one in found:
        assert one.hint
        assert 1 <= one.line <= rule.bad.text.count("\n") + 1


@pytest.mark.parametrize("rule", NAMED)
def test_a_rule_finds_nothing_in_its_good_example(rule: Rule, tmp_path: Path) -> None:
    found = findings_of(rule.good, tmp_path)
    assert [one.what for one in found if one.rule is rule or one.rule.name == "unreadable-recipe"] == []


def test_rules_have_names_of_their_own_in_lower_case_with_dashes() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)+", name)] == []


def test_a_misspelt_rule_is_told_with_the_nearest_name() -> None:
    with pytest.raises(WrongInputError, match="there is no rule 'mising-hash'") as caught:
        rule_named("mising-hash")
    assert caught.value.problems[0].hint == "did you mean 'missing-hash'?"
