"""A channel's channeldata.json, of which only what changed is summed up anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ownconda.channels.snapshots import Contents
from ownconda.repodata.channeldata import joined_channeldata, summaries
from ownconda.repodata.patches import Patch, patched_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedUp:
    """The summary of each package name, in their order, as patches have it; and the subdirs that there are."""

    patches: Mapping[str, Patch] = field(repr=False)
    summaries: Mapping[str, bytes] = field(repr=False)
    subdirs: frozenset[str]

    def content(self) -> bytes:
        """Give the file that all are joined to."""
        return joined_channeldata(self.summaries, self.subdirs)


def summed_up(
    contents: Contents, patches: Mapping[str, Patch], *, previous: SummedUp | None, changed: frozenset[str]
) -> SummedUp:
    """Sum up a channel; with the ``previous`` state of it, only packages of the names ``changed`` since."""
    if previous is None or previous.patches != patches:
        made = summaries(patched_channel(contents.values(), patches))
    else:
        touched = [entry for entry in contents.values() if entry.record.name in changed]
        fresh = summaries(patched_channel(touched, patches))
        gone = changed - fresh.keys()
        made = {name: text for name, text in previous.summaries.items() if name not in gone} | fresh
        if fresh.keys() - previous.summaries.keys():
            made = dict(sorted(made.items()))
    subdirs = frozenset(entry.record.subdir for entry in contents.values() if not entry.yanked)
    return SummedUp(patches=patches, summaries=made, subdirs=subdirs)
