from collections.abc import Sequence

import pytest

from ownconda.access.access import Access
from ownconda.access.bringing import Named, against
from ownconda.access.callers import Caller
from ownconda.access.first_come import SOMEBODY, principal_of
from ownconda.access.ownership import Claim, claim_to

CLAIMS = [
    Claim(pattern="own_*", owners=("pipeline:own/*",)),
    Claim(pattern="own_secret*", owners=("pipeline:own/secret",)),
    Claim(pattern="openssl", owners=("group:packagers",)),
    Claim(pattern="*", owners=("group:packagers", "pipeline:recipes")),
]
HELLO = Caller(name="own/hello", principals=frozenset({"pipeline:own/hello", "pipeline:own/hello@main"}))
ANN = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}))


def test_the_claim_that_pins_a_name_down_the_most_decides() -> None:
    found = {name: claim_to(name, CLAIMS) for name in ("own_hello", "own_secret_tool", "openssl", "zlib")}
    assert {name: claim.pattern for name, claim in found.items() if claim} == {
        "own_hello": "own_*",
        "own_secret_tool": "own_secret*",
        "openssl": "openssl",
        "zlib": "*",
    }
    assert claim_to("zlib", CLAIMS[:3]) is None


def refused(caller: Caller, *names: str, claims: Sequence[Claim] = CLAIMS) -> set[str]:
    access = Access(identities=(), claims=claims)
    return {name for name in names if against(access, caller, Named(name=name, channel="testing"))}


def test_a_project_can_bring_its_own_names_and_no_others() -> None:
    names = ["own_hello", "own_secret_tool", "openssl"]
    assert refused(HELLO, *names) == {"own_secret_tool", "openssl"}
    assert refused(ANN, *names) == {"own_hello", "own_secret_tool"}


def test_a_name_that_nobody_claims_or_brought_is_everybodys() -> None:
    assert refused(HELLO, "zlib", claims=CLAIMS[:3]) == set()


@pytest.mark.parametrize(
    ("caller", "first", "base", "told"),
    [
        (HELLO, "pipeline:own/other", "", "were brought by others first"),
        (HELLO, SOMEBODY, "", "were brought by others first"),
        (HELLO, "pipeline:own/hello", "", ""),
        (ANN, "pipeline:own/other", "", ""),
        (HELLO, "pipeline:own/hello", "stable", ""),
        (ANN, "pipeline:own/other", "stable", "would hide the package of that name in stable"),
        (HELLO, None, "stable", "would hide the package of that name in stable"),
    ],
)
def test_without_a_claim_the_first_project_and_bases_keep_a_name(
    caller: Caller, first: str | None, base: str, told: str
) -> None:
    named = Named(name="zlib", channel="testing", first=first, base=base)
    found = against(Access(identities=()), caller, named)
    assert (told in found, bool(told)) == (True, bool(found))
    lax = against(Access(identities=(), first_come=False), caller, named)
    assert bool(lax) == bool(base)


def test_a_caller_goes_by_one_name() -> None:
    assert [principal_of(caller) for caller in (HELLO, ANN, Caller())] == ["pipeline:own/hello", "person:ann", ""]
