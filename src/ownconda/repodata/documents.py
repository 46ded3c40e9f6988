"""The index files of one subdir, joined from its pieces.

``repodata.json`` and its ``.zst`` (one zstandard frame), run exports beside it (CEP 12), and the index of the shards
(CEP 16). Compression is quick rather than small, so that an upload is visible at once. A large file is never joined to
one whole: it goes to disk, or through the compression, block by block.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from ownconda.conda.records import compact_json
from ownconda.repodata.indexes import SubdirIndex
from ownconda.repodata.revisions import V3, revisions_info
from ownconda.repodata.shards import shard_index
from ownconda.wires.blocks import in_blocks
from ownconda.wires.zstandard import compressed

REPODATA = "repodata.json"
RUN_EXPORTS = "run_exports.json"
SHARD_INDEX = "repodata_shards.msgpack.zst"
COMPRESSED = ".zst"
COMPRESSION_LEVEL = 1
RUN_EXPORTS_VERSION = 1


Parts = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An index file: its name, and the parts that it is joined of; one that is ``packed`` is compressed then."""

    name: str
    parts: Parts = field(repr=False)
    packed: bool = False

    def blocks(self) -> Iterator[bytes]:
        """Give what stands in the file, in blocks of some size."""
        return compressed(self.parts, COMPRESSION_LEVEL) if self.packed else in_blocks(self.parts)


def documents(index: SubdirIndex) -> tuple[Document, ...]:
    """Give a subdir's index files, those first that take longest."""
    repodata, run_exports = _repodata(index), _run_exports(index)
    return (
        Document(name=f"{REPODATA}{COMPRESSED}", parts=repodata, packed=True),
        Document(name=REPODATA, parts=repodata),
        Document(name=SHARD_INDEX, parts=_shard_index(index), packed=True),
        Document(name=f"{RUN_EXPORTS}{COMPRESSED}", parts=run_exports, packed=True),
        Document(name=RUN_EXPORTS, parts=run_exports),
    )


def index_files(index: SubdirIndex) -> Iterator[tuple[str, bytes]]:
    """Make a subdir's index files one after the other, each as a whole."""
    return ((one.name, b"".join(one.blocks())) for one in documents(index))


def repodata_json(index: SubdirIndex) -> bytes:
    """Make the file that lists every package, as a whole."""
    return b"".join(_repodata(index))


def _repodata(index: SubdirIndex) -> Parts:
    info = compact_json(index.info.fields(index.subdir, _revisions(index)))
    return _document(
        f'{{"info":{info},"packages":{{',
        _section(index, "packages"),
        '},"packages.conda":{',
        _section(index, "packages_conda"),
        '},"removed":[',
        _section(index, "removed"),
        f'],"repodata_version":{2 if index.info.base_url else 1}',  # CEP 15
        *_newer(index),
        "}\n",
    )


def _newer(index: SubdirIndex) -> Iterable[str | list[bytes]]:
    conda, packages = _section(index, "v3_conda"), _section(index, "v3_packages")
    return (f',"{V3}":{{"conda":{{', conda, '},"tar.bz2":{', packages, "}}") if conda or packages else ()


def _run_exports(index: SubdirIndex) -> Parts:
    info = compact_json({"subdir": index.subdir, "version": RUN_EXPORTS_VERSION})
    return _document(
        f'{{"info":{info},"packages":{{',
        _section(index, "exports"),
        '},"packages.conda":{',
        _section(index, "exports_conda"),
        "}}\n",
    )


def _shard_index(index: SubdirIndex) -> Parts:
    names = sum(len(chapter.measures) for chapter in index.chapters)
    addresses = (chapter.whole.shards for chapter in index.chapters)
    return shard_index(index.subdir, index.info, _revisions(index), names=names, addresses=addresses)


def _revisions(index: SubdirIndex) -> dict[str, dict[str, int]]:
    return revisions_info(chain.from_iterable(chapter.whole.v3_times for chapter in index.chapters))


def _section(index: SubdirIndex, name: str) -> list[bytes]:
    """Give the parts of a section's text; the comma before the first package goes."""
    parts = [text for chapter in index.chapters if (text := getattr(chapter.whole, name))]
    return [parts[0][1:], *parts[1:]] if parts else parts


def _document(*parts: str | list[bytes]) -> Parts:
    return tuple(chain.from_iterable([part.encode()] if isinstance(part, str) else part for part in parts))
