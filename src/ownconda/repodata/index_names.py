"""Which files of a channel are its index: those that are others at another snapshot."""

from collections.abc import Iterator

from ownconda.conda.names import SUBDIRS
from ownconda.repodata import channeldata, current, notices
from ownconda.repodata.documents import COMPRESSED, REPODATA, RUN_EXPORTS, SHARD_INDEX
from ownconda.repodata.shards import SHARDS_FOLDER

_NAMES = frozenset(
    {
        REPODATA,
        f"{REPODATA}{COMPRESSED}",
        RUN_EXPORTS,
        f"{RUN_EXPORTS}{COMPRESSED}",
        SHARD_INDEX,
        current.FILE,
        channeldata.FILE,
    }
)


def index_places() -> Iterator[str]:
    """Give every place below a channel at which a file may lie that is another one at another time, but for shards."""
    yield from (channeldata.FILE, notices.FILE)
    for subdir in sorted(SUBDIRS):
        yield from (f"{subdir}/{name}" for name in sorted(_NAMES - {channeldata.FILE}))


def is_index(path: str) -> bool:
    """Tell whether a path below a channel is one of its index files or of their shards."""
    folder, _, name = path.rpartition("/")
    return name in _NAMES or folder.endswith(SHARDS_FOLDER)
