"""Libraries that packages have for others, and copies that they carry."""

import pytest

from ownconda.conda.package_libraries import carried_libraries, is_copy_of, own_libraries

SITE = "lib/python3.12/site-packages"


def test_a_package_has_the_libraries_in_the_places_where_others_look() -> None:
    files = ["lib/libz.so", "lib/libz.so.1.3.1", "lib/libz.1.dylib", "Library/bin/zlib1.dll", "lib/a/libb.so", "bin/z"]
    assert own_libraries(files) == ("libz", "zlib1")


def test_copies_are_known_by_their_folder_or_by_the_checksum_in_their_name() -> None:
    copies = [
        f"{SITE}/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so",
        f"{SITE}/numpy.libs/libgfortran-040039e1-0352e75f.so.5.0.0",
        f"{SITE}/numpy/.dylibs/libgcc_s.1.1.dylib",
        f"{SITE}/pkg/libssl-1a2b3c4d.so.3",
        "Lib/site-packages/scipy.libs/msvcp140-263139962577ecda4cd9469ca360a746.dll",
    ]
    others = [
        "lib/libz.so.1",
        f"{SITE}/numpy/core/_multiarray.cpython-312-x86_64-linux-gnu.so",
        f"{SITE}/x.libs/README",
    ]
    assert carried_libraries([*copies, *others]) == tuple(sorted(copies))


@pytest.mark.parametrize(
    ("carried", "stems", "name"),
    [
        ("numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so", ["libopenblas"], "libopenblas"),
        ("numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so", [], "openblas"),
        ("x.libs/libz-0cf96a72.so.1.2.3", ["libz"], "zlib"),
        ("x/.dylibs/libssl.3.dylib", ["libcrypto", "libssl"], "openssl"),
    ],
)
def test_a_copy_is_known_by_the_stem_or_by_the_first_word(carried: str, stems: list[str], name: str) -> None:
    assert is_copy_of(carried, stems, name)


@pytest.mark.parametrize(
    ("carried", "stem", "name"),
    [
        ("x.libs/libzmq-0cf96a72.so.5", "libz", "zlib"),
        ("x.libs/libbz2-0cf96a72.so", "libbz3", "bzip3"),
        ("x.libs/libpng16-0cf96a72.so", "libjpeg", "libjpeg"),
    ],
)
def test_what_only_begins_alike_is_no_copy(carried: str, stem: str, name: str) -> None:
    assert not is_copy_of(carried, [stem], name)
