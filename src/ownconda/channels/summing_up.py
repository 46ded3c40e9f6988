"""A channel's channeldata.json, of which only what changed is summed up anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ownconda.channels.listing import entries_named
from ownconda.channels.snapshots import Contents
from ownconda.repodata.channeldata import SUMMARIES, Summary, SummarySize, channeldata_of, summaries
from ownconda.repodata.chapters import Chapters, revised
from ownconda.repodata.patches import Patch, patched_channel
from ownconda.wires.blocks import in_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedUp:
    """The summary of each package name, as patches have it."""

    patches: Mapping[str, Patch] = field(repr=False)
    chapters: Chapters[Summary, SummarySize] = field(repr=False)

    def blocks(self) -> Iterator[bytes]:
        """Give the file that all are joined to, in blocks of some size."""
        return in_blocks(channeldata_of(chapter.whole for chapter in self.chapters))


def summed_up(
    contents: Contents, patches: Mapping[str, Patch], *, previous: SummedUp | None, changed: frozenset[str]
) -> SummedUp:
    """Sum up a channel; with the ``previous`` state of it, only packages of the names ``changed`` since."""
    going_on = previous if previous and previous.patches == patches else None
    touched = entries_named(contents, changed) if going_on else contents.values()
    made = summaries(patched_channel(touched, patches))
    before = going_on.chapters if going_on else ()
    chapters = revised(before, made, changed - made.keys(), binding=SUMMARIES)
    return SummedUp(patches=patches, chapters=chapters)
