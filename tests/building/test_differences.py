import gzip
import io
import struct
import tarfile
import zipfile

import pytest
from binaries import library, small_elf

from ownconda.building.differences import DEEPEST, MOST_LINES, differences, first_difference


def told(one: bytes, other: bytes, name: str = "file") -> str:
    return "\n".join(differences(name, one, other))


def tarred(*members: tuple[str, bytes, int]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content, time in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), time
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_the_same_bytes_have_no_difference() -> None:
    assert differences("file", b"same", b"same") == []


def test_text_is_told_by_its_lines() -> None:
    assert told(b"one\ntwo\nthree\n", b"one\n2\nthree\n") == "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three"


def test_text_that_differs_only_in_how_lines_end_is_told_by_its_bytes() -> None:
    assert "from byte 3 on:\n- 6f 6e 65 0a  one." in told(b"one\n", b"one\r\n")


def test_other_bytes_are_told_from_the_first_that_differs() -> None:
    one, other = bytes(100) + b"\x01here" + bytes(20), bytes(100) + b"\x02here" + bytes(20)
    assert told(one, other).splitlines() == [
        "from byte 100 on:",
        "- 00 00 00 00 01 68 65 72 65 00 00 00 00 00 00 00  .....here.......",
        "+ 00 00 00 00 02 68 65 72 65 00 00 00 00 00 00 00  .....here.......",
    ]


@pytest.mark.parametrize(("one", "other", "place"), [(b"", b"x", 0), (b"abc", b"abd", 2), (b"ab", b"abc", 2)])
def test_the_first_difference_is_where_it_is(one: bytes, other: bytes, place: int) -> None:
    assert first_difference(one, other) == place


def test_members_of_archives_are_told_with_their_times_and_contents() -> None:
    one = gzip.compress(tarred(("a", b"same", 0), ("b", b"one\n", 0)), mtime=0)
    other = gzip.compress(tarred(("a", b"same", 86400), ("b", b"two\n", 0)), mtime=0)
    assert told(one, other).splitlines() == [
        "content:",
        "  a:",
        "    - 1970-01-01 00:00:00, 0644, 0:0 :",
        "    + 1970-01-02 00:00:00, 0644, 0:0 :",
        "  b:",
        "    @@ -1 +1 @@",
        "    -one",
        "    +two",
    ]


def test_members_that_only_one_has_and_another_order_are_told() -> None:
    a, b = ("a", b"1", 0), ("b", b"2", 0)
    assert told(tarred(a), tarred(a, b)) == "only in the second: b"
    assert told(tarred(a, b), tarred(b, a)) == "the members stand in another order"


def test_zip_archives_and_static_libraries_are_looked_into() -> None:
    def zipped(content: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo("inner.txt", (2001, 1, 1, 0, 0, 0)), content)
        return buffer.getvalue()

    assert told(zipped("one"), zipped("two")).splitlines()[0] == "inner.txt:"
    assert told(library(0, 0, b"644"), library(7, 0, b"644")).splitlines() == ["a.o:", "  - 0 0 0 644", "  + 7 0 0 644"]


def test_bytecode_is_told_by_its_header() -> None:
    def bytecode(time: int) -> bytes:
        return b"\xf3\r\r\n" + struct.pack("<III", 0, time, 10) + b"code"

    assert told(bytecode(0), bytecode(86400), "a.pyc").splitlines() == [
        "code:",
        "  - magic f30d0d0a, flags 0, source of 1970-01-01 00:00:00, 10 bytes",
        "  + magic f30d0d0a, flags 0, source of 1970-01-02 00:00:00, 10 bytes",
    ]


def test_an_elf_file_is_told_by_its_sections_also_where_they_are_compressed() -> None:
    one, other = small_elf(b"same\0made by anna\0"), small_elf(b"same\0made by bert\0")
    assert told(one, other).splitlines() == ["section .debug_str:", "  - made by anna", "  + made by bert"]


def test_a_difference_that_has_no_end_is_cut() -> None:
    one, other = (b"".join(b"%d %d\n" % (number, salt) for number in range(1000)) for salt in (1, 2))
    lines = differences("file", one, other)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "…"


def test_archives_within_archives_are_looked_into_to_a_bounded_depth() -> None:
    one, other = b"one\n", b"two\n"
    for _ in range(DEEPEST + 1):
        one, other = gzip.compress(one, mtime=0), gzip.compress(other, mtime=0)
    assert "from byte" in told(one, other)


def test_damaged_archives_are_told_by_their_bytes() -> None:
    assert "from byte" in told(b"\x1f\x8b\x08damaged\0", b"\x1f\x8b\x08otherwise\0")
