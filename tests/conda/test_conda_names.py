import pytest

from ownconda.conda.names import (
    LONGEST_FILE_NAME,
    FileName,
    check_channel_name,
    check_subdir,
    parse_file_name,
)
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError


def test_a_file_name_is_taken_apart() -> None:
    parsed = parse_file_name("my-pkg-1.0.post1-py313_0.tar.bz2")
    assert parsed == FileName(name="my-pkg", version="1.0.post1", build="py313_0", extension=".tar.bz2")
    assert str(parsed) == "my-pkg-1.0.post1-py313_0.tar.bz2"


@pytest.mark.parametrize(
    "name",
    [
        "zlib.conda",
        "zlib-1.0.conda",
        "zlib-1.0-h1_0.zip",
        "Zlib-1.0-h1_0.conda",
        "a/b-1.0-h1_0.conda",
        "../zlib-1.0-h1_0.conda",
        "zlib\n-1.0-h1_0.conda",
        "zlib-1.0\n-h1_0.conda",
        "zlib-1.0-h1_0\n.conda",
        'zlib"-1.0-h1_0.conda',
        "zlib-1.0-h 1.conda",
        "",
    ],
)
def test_what_is_no_package_files_name_is_refused(name: str) -> None:
    with pytest.raises(WrongInputError):
        parse_file_name(name)


def test_a_file_name_has_a_longest_length() -> None:
    rest = "-1-0.conda"
    parse_file_name("a" * (LONGEST_FILE_NAME - len(rest)) + rest)
    with pytest.raises(WrongInputError, match="211 are allowed"):
        parse_file_name("a" * (LONGEST_FILE_NAME - len(rest) + 1) + rest)


@pytest.mark.parametrize("name", ["testing", "my-team", "a.b_c-1", "2024"])
def test_a_channel_may_be_called_so(name: str) -> None:
    assert check_channel_name(name) == name


@pytest.mark.parametrize("name", ["", "Testing", "a b", "-a", "a--b", "a/b", "..", "noarch", "a\n", "x" * 129])
def test_a_channel_may_not_be_called_so(name: str) -> None:
    with pytest.raises(WrongInputError):
        check_channel_name(name)


def test_a_subdir_is_one_that_conda_knows() -> None:
    assert check_subdir("linux-64") == "linux-64"
    with pytest.raises(WrongInputError, match="isn't a subdir"):
        check_subdir("linux64")


def test_versions_are_in_condas_order() -> None:
    ordered = ["not a version", "1.0a1", "1.0", "1.2", "1.10", "2024.1", "1!0.1"]
    assert sorted([*ordered[3:], *ordered[:3]], key=version_key) == ordered
