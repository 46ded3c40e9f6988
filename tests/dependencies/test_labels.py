from hypothesis import given
from hypothesis import strategies as st
from networks import package

from ownconda.dependencies.labels import labels
from ownconda.dependencies.packages import Package, outside


def test_a_label_says_no_more_than_it_has_to() -> None:
    alone = package("zlib")
    old, new = package("python", "3.12"), package("python", "3.13")
    one, two = (
        package("ext", variant={"python": version, "perl": "5"}, project=version) for version in ("3.12", "3.13")
    )
    found = labels([alone, old, new, one, two])
    assert list(found.values()) == [
        "zlib",
        "python 3.12",
        "python 3.13",
        "ext 1.0 (python 3.12)",
        "ext 1.0 (python 3.13)",
    ]


def test_what_is_outside_is_told_from_what_is_made() -> None:
    assert list(labels([package("python"), outside("python")]).values()) == [
        "python 1.0",
        "python (made by nobody here)",
    ]


@given(
    st.lists(
        st.builds(
            package,
            st.sampled_from(["a", "b"]),
            st.sampled_from(["1", "2"]),
            subdir=st.sampled_from(["linux-64", "noarch"]),
            project=st.sampled_from(["x", "y/x", "z"]),
            variant=st.dictionaries(st.just("python"), st.sampled_from(["3.12", "3.13"])),
        ),
        unique_by=lambda one: (one.path, one.place),
    )
)
def test_no_two_packages_have_the_same_label(packages: list[Package]) -> None:
    found = labels(packages)
    assert len(set(found.values())) == len(packages)
