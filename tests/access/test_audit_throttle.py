from ownconda.access.audit import MILLISECONDS_AN_HOUR, Throttle


def test_the_same_is_let_through_once_an_hour_and_what_was_kept_back_is_counted() -> None:
    throttle = Throttle(most=2)
    assert [throttle.admit(thing, 5) for thing in "aaabcd"] == [0, None, None, 2, None, None]
    assert throttle.admit("a", MILLISECONDS_AN_HOUR) == 2
