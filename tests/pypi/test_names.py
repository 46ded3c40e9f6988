import pytest

from ownconda.pypi.index import guess_project
from ownconda.pypi.names import CANONICAL, PythonFile, normalized, python_file


def test_an_address_below_the_canonical_base_is_a_python_file() -> None:
    expected = PythonFile(project="six", file_name="six-1.0.tar.gz")
    assert python_file(f"{CANONICAL}/six/six-1.0.tar.gz") == expected


@pytest.mark.parametrize("tail", ["", "/", "/six", "/six/", "//x.tar.gz", "/a/b/c.tar.gz", "x/six/six.tar.gz"])
def test_other_addresses_are_none(tail: str) -> None:
    assert python_file(CANONICAL + tail) is None


@pytest.mark.parametrize(
    ("file_name", "project"),
    [
        ("six-1.0.tar.gz", "six"),
        ("flit_core-3.12.0-py3-none-any.whl", "flit_core"),
        ("a-b-1.0.zip", "a-b"),
        ("v1.0.tar.gz", None),
        ("openssl.tar.gz", None),
    ],
)
def test_a_project_is_guessed_from_what_looks_like_a_python_archive(file_name: str, project: str | None) -> None:
    assert guess_project(file_name) == project


def test_project_names_are_spelled_as_pep_503_has_it() -> None:
    assert normalized("Zope._-Interface") == "zope-interface"
