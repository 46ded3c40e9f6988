from ownconda.access.callers import Caller
from ownconda.access.ownership import Claim, claim_to, foreign_names

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


def test_a_project_can_bring_its_own_names_and_no_others() -> None:
    names = ["own_hello", "own_secret_tool", "openssl"]
    assert set(foreign_names(HELLO, names, CLAIMS)) == {"own_secret_tool", "openssl"}
    assert set(foreign_names(ANN, names, CLAIMS)) == {"own_hello", "own_secret_tool"}


def test_a_name_that_nobody_claims_is_everybodys() -> None:
    assert foreign_names(HELLO, ["zlib"], CLAIMS[:3]) == {}
