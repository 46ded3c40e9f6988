import pytest
from making import make_record

from ownconda.conda.match_specs import chooser
from ownconda.errors import WrongInputError

RECORD = make_record("hello", "1.5", track_features="a b", license_family="BSD")


@pytest.mark.parametrize(
    "spec",
    [
        "hello",
        "Hello",
        "he*",
        "*",
        "^h.*o$",
        "hello 1.* h1_*",
        "hello[build_number=0]",
        "hello[build_number='<1']",
        "hello[subdir=linux-64]",
        "hello[license=BlueOak-1.0.0]",
        "hello[license_family=BSD]",
        "hello[track_features=a]",
        "hello[fn='hello-1.5-h1_0.conda']",
        f"hello[sha256={RECORD.sha256}]",
        f"hello[md5={RECORD.sha256[:32]}]",
    ],
)
def test_a_spec_chooses_by_all_that_it_says(spec: str) -> None:
    assert chooser(spec)(RECORD)


@pytest.mark.parametrize(
    "spec",
    [
        "hell",
        "x*",
        "hello 2.*",
        "hello * h2_*",
        "hello[build_number=99]",
        "hello[subdir=noarch]",
        "hello[license=MIT]",
        "hello[license_family=GPL]",
        "hello[track_features=c]",
        "hello[fn='hello-1.5-h1_0.tar.bz2']",
        f"hello[sha256={'0' * 64}]",
        f"hello[md5={'0' * 32}]",
    ],
)
def test_a_spec_leaves_what_differs_in_one_thing(spec: str) -> None:
    assert not chooser(spec)(RECORD)


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("conda-forge::hello", "another channel"),
        ("conda-forge/noarch::hello", "another channel"),
        ("hello[url='https://x/linux-64/hello-1.5-h1_0.conda']", "an address"),
        ("https://x/linux-64/hello-1.5-h1_0.conda", "an address"),
        ("python:hello", "a namespace"),
        ("hello[extras=[test]]", "extras"),
        ("hello[when='python']", "a condition"),
        ("hello[weight=5]", "isn't a match spec"),
    ],
)
def test_what_no_channel_can_tell_of_its_packages_is_refused(spec: str, what: str) -> None:
    with pytest.raises(WrongInputError, match=what):
        chooser(spec)


def test_a_version_that_is_none_is_chosen_by_nothing() -> None:
    assert not chooser("hello")(make_record("hello", "1..2"))
