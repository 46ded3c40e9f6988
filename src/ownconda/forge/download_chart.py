"""Downloads day by day, as the bars of a small drawing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = 90
HEIGHT = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: its date, its downloads, and where its bar stands (in units of the drawing, from the top left)."""

    date: str
    count: int
    left: int
    top: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All days until today, the downloads in all, and those of the day that had most."""

    bars: tuple[Bar, ...]
    total: int
    most: int


def download_chart(by_file: Iterable[Mapping[int, int]], *, today: int) -> Chart:
    """Draw the downloads of some files on the last days; days count from 1970."""
    counts: Counter[int] = Counter()
    for days in by_file:
        counts.update(days)
    first = today - DAYS + 1
    most = max(counts.values(), default=0)
    bars = tuple(_bar(day, counts[day], most, left=day - first) for day in range(first, today + 1))
    return Chart(bars=bars, total=sum(bar.count for bar in bars), most=most)


def _bar(day: int, count: int, most: int, *, left: int) -> Bar:
    height = max(round(HEIGHT * count / most), 2) if count else 0
    date = (_EPOCH + timedelta(days=day)).date().isoformat()
    return Bar(date=date, count=count, left=left * 8, top=HEIGHT - height, height=height)
