"""Whether a channel's index files are what the ledger says."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.public import MARKER, PublicIndex
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.upkeep.faults import Fault, Found, finding, put_aside
from ownconda.repodata.documents import COMPRESSED
from ownconda.repodata.shards import SHARDS_FOLDER
from ownconda.wires.zstandard import zstd


def wrong_indexes(folder: ForgeFolder, ledger: Ledger) -> Iterator[Found]:
    """Write each channel's index anew, in another place, and find what differs; the whole index takes its place."""
    for channel in ledger.channels():
        with tempfile.TemporaryDirectory(dir=folder.incoming) as beside:
            made = Path(beside) / "channel"
            state = ledger.state(ledger.head(channel))
            terms = shown_terms(state.terms)
            PublicIndex(made).write_anew(state.contents, state.snapshot, terms=terms)
            differing = list(_differing(made, folder.channel(channel)))

        def cure(channel: str = channel, differing: list[Path] = differing) -> bool:
            for path in differing:
                if path.parent.name == SHARDS_FOLDER and path.exists():
                    put_aside(folder, path)
            now = ledger.state(ledger.head(channel))
            PublicIndex(folder.channel(channel)).write_anew(now.contents, now.snapshot, terms=shown_terms(now.terms))
            return True

        for number, path in enumerate(differing):
            what = "isn't what the ledger says" if path.exists() else "isn't there"
            yield finding(folder, Fault.INDEX, path, what), cure if number == 0 else _written_already


def _written_already() -> bool:
    return True


def _differing(made: Path, shown: Path) -> Iterator[Path]:
    for path in sorted(made.rglob("*")):
        other = shown / path.relative_to(made)
        if path.is_file() and path.name != MARKER and not _says_the_same(path, other):
            yield other


def _says_the_same(made: Path, shown: Path) -> bool:
    try:
        expected, found = made.read_bytes(), shown.read_bytes()
        if expected == found:
            return True
        return made.suffix == COMPRESSED and zstd.decompress(expected) == zstd.decompress(found)
    except (OSError, zstd.ZstdError):
        return False
