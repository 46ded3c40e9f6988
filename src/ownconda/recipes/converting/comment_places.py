"""Comments of an old recipe put above the part that follows them, or below the one that they are indented like."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ownconda.recipes.converting.tree import Fields, Part, Scalar, Value
from ownconda.recipes.converting.walking import Line


def with_comments(root: Fields, lines: Sequence[Line]) -> tuple[Fields, tuple[str, ...]]:
    """Put each comment above the part that follows it, or below the part that it is indented like."""
    places = _places(root, ())
    starts = [place.line for place in places]
    comments = _Comments(lines=lines)
    for index, line in enumerate(lines):
        after = bisect_right(starts, index)
        following = places[after] if after < len(places) else None
        if line.is_comment:
            _put(comments, index, places[:after], following)
        elif not line.text.strip() and following and following.line == _next_content(lines, index):
            comments.spaced.add(following.path)
    return _dressed(root, (), comments), tuple(comments.at_end)


@dataclass(frozen=True, slots=True)
class _Place:
    path: tuple[int, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comments:
    """Where comments and blank lines go, by the paths of parts."""

    lines: Sequence[Line]
    above: defaultdict[tuple[int, ...], list[str]] = field(default_factory=lambda: defaultdict(list))
    below: defaultdict[tuple[int, ...], list[str]] = field(default_factory=lambda: defaultdict(list))
    spaced: set[tuple[int, ...]] = field(default_factory=set)
    at_end: list[str] = field(default_factory=list)


def _put(comments: _Comments, index: int, before: list[_Place], following: _Place | None) -> None:
    """Decide where the comment of a line goes: it stands between the places before it and the one that follows."""
    comment, column = comments.lines[index].text.strip(), _column(comments.lines, index)
    if following and (column <= _column(comments.lines, following.line) or not before):
        comments.above[following.path].append(comment)
    elif before and (holder := _holder(before, column, comments.lines)):
        comments.below[holder.path].append(comment)
    elif following:
        comments.above[following.path].append(comment)
    else:
        comments.at_end.append(comment)


def _places(value: Value, path: tuple[int, ...]) -> list[_Place]:
    if isinstance(value, Scalar):
        return []
    found = []
    for index, part in enumerate(value.parts):
        found += [_Place((*path, index), part.line), *_places(part.value, (*path, index))]
    return found


def _column(lines: Sequence[Line], index: int) -> int:
    return len(lines[index].text) - len(lines[index].text.lstrip())


def _next_content(lines: Sequence[Line], index: int) -> int:
    return next((at for at in range(index, len(lines)) if lines[at].text.strip() and not lines[at].is_comment), -1)


def _holder(before: list[_Place], column: int, lines: Sequence[Line]) -> _Place | None:
    """Find the part above a comment that is indented as it is."""
    if column == 0:
        return None
    last = before[-1].path
    known = {place.path: place for place in before}
    chain = [known[last[:length]] for length in range(len(last), 0, -1) if last[:length] in known]
    return next((place for place in chain if _column(lines, place.line) <= column), None)


def _dressed(value: Fields, path: tuple[int, ...], comments: _Comments) -> Fields:
    return replace(value, parts=tuple(_dress(part, (*path, index), comments) for index, part in enumerate(value.parts)))


def _dress(part: Part, path: tuple[int, ...], comments: _Comments) -> Part:
    value = part.value
    if not isinstance(value, Scalar):
        inner = tuple(_dress(one, (*path, index), comments) for index, one in enumerate(value.parts))
        value = replace(value, parts=inner)
    return replace(
        part,
        value=value,
        comments=tuple(comments.above.get(path, ())),
        after=tuple(comments.below.get(path, ())),
        is_spaced=path in comments.spaced,
        line=comments.lines[min(part.line, len(comments.lines) - 1)].number,
    )
