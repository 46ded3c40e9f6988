"""Which files of a channel are its index: those that are others at another snapshot."""

from ownconda.repodata import channeldata, current
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


def is_index(path: str) -> bool:
    """Tell whether a path below a channel is one of its index files or of their shards."""
    folder, _, name = path.rpartition("/")
    return name in _NAMES or folder.endswith(SHARDS_FOLDER)
