import pytest

from ownconda.building.package_checks.floor import floor_of, parsed
from ownconda.building.package_checks.machine import machine_floor
from ownconda.errors import WrongInputError


def test_versions_are_compared_as_numbers() -> None:
    floor = floor_of("2.28")
    assert floor.has("GLIBC_2.4")
    assert floor.has("GLIBC_2.28")
    assert not floor.has("GLIBC_2.29")
    assert not floor.has("GLIBC_2.28.1")


def test_a_floor_by_its_name_in_pep_600_says_which_libstdcxx_there_is() -> None:
    floor = floor_of("manylinux_2_28")
    assert str(floor) == "glibc 2.28 (manylinux_2_28)"
    assert floor.has("GLIBCXX_3.4.24")
    assert not floor.has("GLIBCXX_3.4.25")
    assert floor.has("CXXABI_1.3.11")
    assert not floor.has("CXXABI_1.3.12")
    assert floor_of("2.30").newest["GLIBCXX"] == floor.newest["GLIBCXX"]


def test_versions_that_are_features_count_as_their_release() -> None:
    assert not floor_of("2.35").has("GLIBC_ABI_DT_RELR")
    assert floor_of("2.36").has("GLIBC_ABI_DT_RELR")


def test_versions_without_a_number_and_of_other_libraries_are_no_matter_of_the_floor() -> None:
    assert floor_of("2.17").has("CXXABI_FLOAT128")
    assert floor_of("2.17").has("OPENSSL_3.0.0")
    assert parsed("GLIBC_PRIVATE") == ("GLIBC", None)


def test_without_a_policy_the_floor_is_this_machine() -> None:
    assert "this machine's own" in str(machine_floor())


@pytest.mark.parametrize("name", ["", "old", "manylinux2014", "2", "2.x"])
def test_what_is_no_floor_is_refused(name: str) -> None:
    with pytest.raises(WrongInputError, match="isn't a floor"):
        floor_of(name)
