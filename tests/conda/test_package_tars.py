import json
import resource
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from backports import zstd
from making import index_fields

from ownconda.conda.package_files import read_package
from ownconda.errors import WrongInputError

MEGABYTE = 1 << 20
INDEX = json.dumps(index_fields("zlib", "1.0", build="h1_0")).encode()


def with_payload(folder: Path, payload: Iterator[bytes]) -> Path:
    """Write a package whose files' tar is these bytes."""
    compressor = zstd.ZstdCompressor()
    packed = b"".join(compressor.compress(part) for part in payload) + compressor.flush()
    index = tarfile.TarInfo("info/index.json")
    index.size = len(INDEX)
    info = index.tobuf() + INDEX + bytes(-len(INDEX) % 512) + bytes(1024)
    path = folder / "zlib-1.0-h1_0.conda"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("pkg-zlib-1.0-h1_0.tar.zst", packed)
        archive.writestr("info-zlib-1.0-h1_0.tar.zst", zstd.compress(info))
    return path


def large_header(kind: bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo("header")
    header.type, header.size = kind, 100 * MEGABYTE
    yield header.tobuf()
    yield from (b"a" * MEGABYTE for _ in range(100))


def sparse_map() -> Iterator[bytes]:
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    entry.size = 20 * MEGABYTE
    yield entry.tobuf(tarfile.PAX_FORMAT)
    yield b"100000000\n"
    yield from (b"0\n" * (MEGABYTE // 2) for _ in range(20))


def many_entries() -> Iterator[bytes]:
    folders = "/".join(["x" * 250] * 40)
    for number in range(15_000):
        yield tarfile.TarInfo(f"{folders}/{number}").tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_tar_header_made_to_fill_the_memory_is_refused(tmp_path: Path, kind: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = with_payload(tmp_path, large_header(kind))
    assert path.stat().st_size < 20_000
    with pytest.raises(WrongInputError, match="a tar header is 104857600 bytes large"):
        read_package(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB


def test_a_sparse_file_is_refused_before_its_map_is_read(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="holds a sparse file"):
        read_package(with_payload(tmp_path, sparse_map()))


def test_more_entries_than_any_package_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="too many entries"):
        read_package(with_payload(tmp_path, many_entries()))


def test_long_names_are_read_in_either_dialect(tmp_path: Path) -> None:
    for dialect in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        entry = tarfile.TarInfo("lib/" + "x" * 500)
        path = with_payload(tmp_path, iter([entry.tobuf(dialect), bytes(1024)]))
        assert read_package(path).name == "zlib"
