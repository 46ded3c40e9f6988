"""The table of rules: each answer is the one that a plain reading of it gives."""

import fnmatch
import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownconda.access.actions import Action
from ownconda.access.callers import ANYBODY, Caller, Scope
from ownconda.access.rules import OPEN, Question, Rule, decide

READ, UPLOAD, PROMOTE, ADMINISTER = Action.READ, Action.UPLOAD, Action.PROMOTE, Action.ADMINISTER
ANN = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}), address="10.1.2.3")
ZLIB = Caller(
    name="own/zlib@main",
    principals=frozenset({"pipeline:own/zlib", "pipeline:own/zlib@main"}),
    address="192.168.0.7",
    protected=True,
    environment="production",
)
LOOSE = replace(ZLIB, protected=False)
NOBODY = Caller(address="10.9.9.9")
WHO = ("anybody", "person:ann", "person:*", "group:packagers", "pipeline:own/*", "pipeline:own/zlib@main", "token:ci")
CHANNELS, NAMES, NETWORKS = ("testing", "stable", "t*", "*"), ("zlib", "own_*", "*"), ("10.0.0.0/8", "192.168.0.0/16")


def scope(*may: Action, channels: tuple[str, ...] = ("*",), names: tuple[str, ...] = ("*",)) -> Scope:
    return Scope(may=frozenset(may), channels=channels, names=names)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)


SCOPES = st.builds(
    Scope,
    may=st.frozensets(st.sampled_from(Action), min_size=1, max_size=3),
    channels=some(CHANNELS),
    names=some(NAMES),
)
RULES = st.builds(
    Rule,
    name=st.just("rule"),
    who=some(WHO),
    scope=SCOPES,
    protected=st.booleans(),
    environments=st.just(()) | st.just(("production",)),
    networks=st.just(()) | some(NETWORKS),
)
CALLERS = st.builds(
    replace,
    st.sampled_from((ANN, ZLIB, NOBODY)),
    protected=st.booleans(),
    environment=st.sampled_from(("", "production")),
    address=st.sampled_from(("10.1.2.3", "192.168.0.7", "8.8.8.8", "")),
    grant=st.none() | SCOPES,
    limit=st.none() | SCOPES,
)
QUESTIONS = st.builds(
    Question,
    action=st.sampled_from(Action),
    channel=st.sampled_from(("testing", "stable", "team.x", "*", "")),
    name=st.sampled_from(("zlib", "own_hello", "")),
)


def covers(given: Scope, question: Question) -> bool:
    acts = ADMINISTER in given.may or question.action in given.may
    channel = question.channel == "" or any(fnmatch.fnmatchcase(question.channel, one) for one in given.channels)
    return acts and channel and (question.name == "" or any(fnmatch.fnmatchcase(question.name, n) for n in given.names))


def applies(rule: Rule, caller: Caller) -> bool:
    meant = any(one == ANYBODY or any(fnmatch.fnmatchcase(who, one) for who in caller.principals) for one in rule.who)
    near = not rule.networks or any(
        caller.address and ipaddress.ip_address(caller.address) in ipaddress.ip_network(one) for one in rule.networks
    )
    placed = not rule.environments or caller.environment in rule.environments
    return meant and near and placed and (caller.protected or not rule.protected)


@given(rules=st.lists(RULES, max_size=4), caller=CALLERS, question=QUESTIONS)
def test_what_is_decided_is_what_a_plain_reading_says(rules: list[Rule], caller: Caller, question: Question) -> None:
    by_rules = any(applies(rule, caller) and covers(rule.scope, question) for rule in rules)
    by_token = caller.grant is not None and covers(caller.grant, question)
    limited = caller.limit is not None and not covers(caller.limit, question)
    assert decide(rules, caller, question).allowed == ((by_rules or by_token) and not limited)


def test_nobody_may_anything_where_no_rule_says_so() -> None:
    for action in Action:
        assert not decide([], ANN, Question(action=action, channel="testing")).allowed


def test_everybody_may_read_and_watch_where_no_rules_are_set_and_nothing_else() -> None:
    allowed = {action for action in Action if decide([OPEN], NOBODY, Question(action=action, channel="stable")).allowed}
    assert allowed == {READ, Action.WATCH}


def test_a_star_stands_for_one_part_of_a_path_and_two_for_several() -> None:
    deep = Caller(principals=frozenset({"pipeline:own/libs/zlib"}))
    for pattern, allowed in (("pipeline:own/*", False), ("pipeline:own/**", True), ("pipeline:own/libs/*", True)):
        rule = Rule(name="r", who=(pattern,), scope=scope(UPLOAD))
        assert decide([rule], deep, Question(action=UPLOAD, channel="testing")).allowed == allowed


@pytest.mark.parametrize(
    ("rule", "caller", "told"),
    [
        (Rule(name="r", who=("person:ann",), scope=scope(READ)), ANN, "isn't about upload 'zlib' in stable"),
        (
            Rule(name="r", who=("pipeline:**",), scope=scope(UPLOAD), protected=True),
            replace(ZLIB, protected=False),
            "prot",
        ),
        (Rule(name="r", who=("pipeline:**",), scope=scope(UPLOAD), environments=("live",)), ZLIB, "environments live"),
        (Rule(name="r", who=(ANYBODY,), scope=scope(UPLOAD), networks=("10.0.0.0/8",)), ZLIB, "networks 10.0.0.0/8"),
    ],
)
def test_a_denial_tells_what_each_rule_about_the_caller_lacks(rule: Rule, caller: Caller, told: str) -> None:
    decision = decide([rule], caller, Question(action=UPLOAD, channel="stable", name="zlib"))
    [(what, why)] = decision.lacks
    assert (decision.allowed, what) == (False, "the rule 'r'")
    assert told in why


def test_an_address_of_ipv4_that_came_by_ipv6_is_the_same_one() -> None:
    assert replace(ANN, address="::ffff:10.1.2.3").is_within(("10.0.0.0/8",))
