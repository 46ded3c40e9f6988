"""A channel's channeldata.json, of which only what changed is summed up anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ownconda.channels.snapshots import Contents
from ownconda.repodata.channeldata import joined_channeldata, summaries
from ownconda.repodata.patches import Patch, patched_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedUp:
    """The summary of each package name as patches have it, and the file that all are joined to."""

    patches: Mapping[str, Patch] = field(repr=False)
    summaries: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


def summed_up(
    contents: Contents, patches: Mapping[str, Patch], *, previous: SummedUp | None, changed: Collection[str]
) -> SummedUp:
    """Sum up a channel; with the ``previous`` state of it, only packages of the names ``changed`` since."""
    if previous is None or previous.patches != patches:
        made = summaries(patched_channel(contents.values(), patches))
    else:
        touched = [entry for entry in contents.values() if entry.record.name in changed]
        kept = {name: text for name, text in previous.summaries.items() if name not in changed}
        made = kept | summaries(patched_channel(touched, patches))
    subdirs = {entry.record.subdir for entry in contents.values() if not entry.yanked}
    return SummedUp(patches=patches, summaries=made, content=joined_channeldata(made, subdirs))
