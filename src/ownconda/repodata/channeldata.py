"""channeldata.json (CEP 38): one summary for each package name, over all subdirs."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from ownconda.conda.names import NOARCH
from ownconda.conda.package_about import FLAGS, TEXTS
from ownconda.conda.records import Record, compact_json
from ownconda.conda.versions import version_key
from ownconda.repodata.chapters import Binding
from ownconda.repodata.entries import Entry

FILE = "channeldata.json"
VERSION = 1
LAST_SECOND = 253_402_300_799
"""The end of the year 9999: times of old packages are in seconds, larger numbers are milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the file tells of one name, or of several: text that begins with a comma; the subdirs that they are in."""

    text: bytes = field(default=b"", repr=False)
    subdirs: tuple[str, ...] = ()


SummarySize = tuple[int, tuple[str, ...]]
"""The length of a summary's text, and its subdirs."""


def channeldata(entries: Iterable[Entry]) -> bytes:
    """Make a channel's channeldata.json from all of its entries, as clients see them; yanked ones don't count."""
    return b"".join(channeldata_of(summaries(entries).values()))


def summaries(entries: Iterable[Entry]) -> dict[str, Summary]:
    """Sum up the packages of each name, given all entries of these names, in the order of names."""
    by_name: defaultdict[str, list[Record]] = defaultdict(list)
    for entry in entries:
        if not entry.yanked:
            by_name[entry.record.name].append(entry.record)
    return {name: _summary(name, by_name[name]) for name in sorted(by_name)}


def _joined(summed_up: Iterable[Summary]) -> Summary:
    summed_up = tuple(summed_up)
    return Summary(text=b"".join(one.text for one in summed_up), subdirs=tuple(sorted(_subdirs(summed_up))))


def _measure(summary: Summary) -> SummarySize:
    return len(summary.text), summary.subdirs


def _total(sizes: Iterable[SummarySize]) -> SummarySize:
    sizes = tuple(sizes)
    return sum(length for length, _ in sizes), _shared(frozenset(chain.from_iterable(some for _, some in sizes)))


def _cut(whole: Summary, sizes: Iterable[SummarySize]) -> Iterator[Summary]:
    start = 0
    for length, subdirs in sizes:
        yield Summary(text=whole.text[start : start + length], subdirs=subdirs)
        start += length


SUMMARIES = Binding(join=_joined, measure=_measure, total=_total, cut=_cut)
"""How summaries are joined to one of several names, in their order."""


def channeldata_of(summed_up: Iterable[Summary]) -> tuple[bytes, ...]:
    """Give the parts of the file of the summaries of all names, in their order."""
    summed_up = tuple(summed_up)
    listed = compact_json(sorted(_subdirs(summed_up) | {NOARCH}))
    head, tail = f'{{"channeldata_version":{VERSION},"packages":{{', f'}},"subdirs":{listed}}}\n'
    texts = [one.text for one in summed_up]
    first = (text[1:] for text in texts[:1])  # without its comma
    return (head.encode(), *first, *texts[1:], tail.encode())


def _subdirs(summed_up: Iterable[Summary]) -> set[str]:
    return {subdir for one in summed_up for subdir in one.subdirs}


def _summary(name: str, records: Sequence[Record]) -> Summary:
    text = f",{json.dumps(name)}:{compact_json(_package(records))}".encode()
    return Summary(text=text, subdirs=_shared(frozenset(record.subdir for record in records)))


@cache
def _shared(subdirs: frozenset[str]) -> tuple[str, ...]:
    """Put subdirs in order: the same object for all the packages that are in the same ones."""
    return tuple(sorted(subdirs))


def _package(records: Sequence[Record]) -> dict[str, Any]:
    """Sum up the packages of one name: texts of the newest that has them, and what holds for any of them."""
    newest_first = sorted(records, key=lambda record: (version_key(record.version), record.timestamp), reverse=True)
    facts = [_facts(record) for record in newest_first]
    texts = {key: next((each[key] for each in facts if each.get(key)), None) for key in TEXTS}
    return {
        **{key: text for key, text in texts.items() if text is not None},
        **{flag: any(each.get(flag) for each in facts) for flag in FLAGS},
        "run_exports": _run_exports(newest_first),
        "subdirs": sorted({record.subdir for record in records}),
        "timestamp": max(_seconds(record.timestamp) for record in records),
        "version": newest_first[0].version,
    }


def _facts(record: Record) -> Mapping[str, Any]:
    told: dict[str, Any] = json.loads(record.about) if record.about else {}
    return told | ({"license": record.license} if record.license else {})


def _run_exports(newest_first: Sequence[Record]) -> dict[str, Any]:
    """Give each version's run exports, as its newest package has them."""
    newest = {record.version: record.run_exports for record in reversed(newest_first)}
    return {version: json.loads(exports) for version, exports in newest.items() if exports}


def _seconds(time: int) -> int:
    return time // 1000 if time > LAST_SECOND else time
