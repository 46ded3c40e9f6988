import pytest

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.giving import excess, latest_end
from ownconda.access.lifetimes import end_of, read_lifetime
from ownconda.access.patterns import every, matches
from ownconda.access.rules import Rule
from ownconda.access.tokens import make_token
from ownconda.errors import WrongInputError


def scope(*may: str, channels: tuple[str, ...] = ("*",), names: tuple[str, ...] = ("*",)) -> Scope:
    return Scope(may=frozenset(map(Action, may)), channels=channels, names=names)


@pytest.mark.parametrize(
    ("pattern", "other", "included"),
    [
        ("*", "own_*", True),
        ("own_*", "own_a*", True),
        ("own_*", "own_?", True),
        ("own_*", "*", False),
        ("own_?", "own_*", False),
        ("own_?", "own_?", True),
        ("own_??", "own_**", False),
        ("a/*", "a/**", False),
        ("a/**", "a/*/b", True),
        ("testing", "testing", True),
        ("testing", "test*", False),
    ],
)
def test_a_pattern_includes_another_when_it_stands_for_all_of_it(pattern: str, other: str, *, included: bool) -> None:
    assert matches(pattern, every(other)) is included


def test_nobody_gives_more_than_they_may() -> None:
    rules = [Rule(name="own", who=("person:ann",), scope=scope("upload", channels=("testing",), names=("own_*",)))]
    ann = Caller(name="ann", principals=frozenset({"person:ann"}))
    assert excess(rules, ann, scope("upload", channels=("testing",), names=("own_a", "own_b*"))) == ""
    assert excess(rules, ann, scope("upload", channels=("testing",))) == "upload '*' in testing"
    assert excess(rules, ann, scope("purge", channels=("testing",), names=("own_a",))) == "purge 'own_a' in testing"


def test_a_narrow_administrator_gives_only_what_is_within_their_token() -> None:
    _, token = make_token("team", at=1, scope=scope("administer", names=("own_*",)))
    assert excess([], token.caller(""), scope("upload", names=("own_a*",))) == ""
    assert excess([], token.caller(""), scope("administer")) == "administer '*' in *"


def test_a_token_makes_none_that_outlives_it() -> None:
    _, short = make_token("short", at=1, expires=50)
    _, lasting = make_token("lasting", at=1)
    ann = Caller(name="ann", principals=frozenset({"person:ann"}))
    _, signed_in = make_token("ann", at=1, expires=50, stands_for=ann)
    assert [latest_end(short.caller(""), expires) for expires in (0, 90, 20)] == [50, 50, 20]
    assert (latest_end(lasting.caller(""), 0), latest_end(signed_in.caller(""), 90)) == (0, 90)


def test_lifetimes_are_written_in_days_and_hours() -> None:
    assert [read_lifetime(text) for text in ("90d", "12h", "never")] == [2160, 12, 0]
    assert (end_of(1, 5), end_of(0, 5)) == (3_600_005, 0)


@pytest.mark.parametrize("text", ["", "0d", "90", "-1d", "1w", "999999d", "90 d"])
def test_other_lifetimes_are_refused(text: str) -> None:
    with pytest.raises(WrongInputError, match="no time that a token could last"):
        read_lifetime(text)
