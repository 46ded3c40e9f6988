from pathlib import Path

import pytest

from ownconda.errors import Where, WrongInputError
from ownconda.pypi.names import CANONICAL
from ownconda.sources.checksums import Checksum, best_checksum, checksum_at, parse_checksum
from ownconda.sources.source import Alternative, alternative_source, parse_source

SHA256 = "a" * 64


@pytest.mark.parametrize(
    ("url", "file_name"),
    [
        ("https://upstream.invalid/a/zlib-1.3.tar.gz", "zlib-1.3.tar.gz"),
        ("http://upstream.invalid/get/x%2B1.zip?token=1#there", "x+1.zip"),
        ("file:///srv/archives/x.tar.xz", "x.tar.xz"),
        ("apt-source:bzip2/bzip2_1.0.8.orig.tar.gz", "bzip2_1.0.8.orig.tar.gz"),
        (f"{CANONICAL}/six/six-1.0.tar.gz", "six-1.0.tar.gz"),
    ],
)
def test_a_file_is_called_as_its_address_ends(url: str, file_name: str) -> None:
    assert parse_source(url, Checksum(digest=SHA256)).file_name == file_name


@pytest.mark.parametrize(
    "url",
    [
        "https://upstream.invalid/",
        "https://upstream.invalid/..",
        "https://upstream.invalid/.bashrc",
        "https://upstream.invalid/a%2Fb",
        "https://upstream.invalid/a%5Cb",
        "https://upstream.invalid/a%00b",
        "https://upstream.invalid/" + "a" * 201,
        "https://[broken/x.tar.gz",
        "ftp://upstream.invalid/x.tar.gz",
        "x.tar.gz",
        "",
        "apt-source:x.tar.gz",
        "apt-source:a/b/x.tar.gz",
        "apt-source:--option/x.tar.gz",
    ],
)
def test_an_address_that_names_no_safe_file_is_refused_where_it_stands(url: str) -> None:
    where = Where(file=Path("recipe.yaml"), line=7, field="source.url")
    with pytest.raises(WrongInputError, match=r"recipe\.yaml:7: source\.url: "):
        parse_source(url, Checksum(digest=SHA256), where=where)


@pytest.mark.parametrize("sha256", ["", "a" * 63, "g" * 64, "../" * 22])
def test_a_checksum_has_64_hexadecimal_digits(sha256: str) -> None:
    with pytest.raises(WrongInputError, match="isn't a sha256"):
        parse_checksum(sha256)


def test_a_checksum_may_be_written_in_capitals() -> None:
    assert parse_checksum(" " + "A" * 64) == Checksum(digest=SHA256)


def test_a_source_needs_an_address() -> None:
    with pytest.raises(WrongInputError, match="needs an address"):
        parse_source([], Checksum(digest=SHA256))


def test_a_python_source_knows_its_project_and_has_no_address_of_its_own() -> None:
    source = parse_source(f"{CANONICAL}/six/six-1.0.tar.gz", Checksum(digest=SHA256))
    assert (source.python_project, source.own_addresses) == ("six", ())


def test_further_addresses_are_kept_in_their_order() -> None:
    urls = ("https://a.invalid/x.tgz", "apt-source:xx/x.tgz", "https://b.invalid/x.tgz")
    source = parse_source(urls, Checksum(digest=SHA256))
    assert source.url == urls[0]
    assert source.own_addresses == (urls[0], urls[2])
    assert source.debian_source == "xx"


def test_an_alternative_keeps_the_hints_of_its_source() -> None:
    source = parse_source("https://a.invalid/x.tgz", Checksum(digest=SHA256), package="x", debian_source="libx")
    other = Alternative(url="apt-source:libx/x_1.orig.tgz", sha256="b" * 64, note="repacked")
    made = alternative_source(other, source)
    assert (made.file_name, made.checksum.digest, made.package, made.debian_source) == (
        "x_1.orig.tgz", "b" * 64, "x", "libx",
    )  # fmt: skip


def test_the_strongest_checksum_counts() -> None:
    given = {"md5": "a" * 32, "sha1": "B" * 40}
    assert best_checksum(given) == Checksum(kind="sha1", digest="b" * 40)
    assert best_checksum(given | {"sha256": SHA256}) == Checksum(digest=SHA256)
    assert best_checksum({}) is None


@pytest.mark.parametrize("label", ["a" * 64, f"md5-{'a' * 32}", f"sha512-{'a' * 128}"])
def test_a_checksum_is_read_from_what_its_folder_is_called(label: str) -> None:
    checksum = checksum_at(label)
    assert checksum is not None
    assert checksum.label == label


@pytest.mark.parametrize("label", ["", "a" * 63, "A" * 64, f"md5-{'a' * 64}", f"crc-{'a' * 8}", f"-{'a' * 64}", "git"])
def test_other_folders_are_called_by_no_checksum(label: str) -> None:
    assert checksum_at(label) is None
