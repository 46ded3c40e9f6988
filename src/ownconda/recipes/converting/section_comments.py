"""Comments at the sections of an old recipe, put to those of the new one; what has no place any more is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ownconda.errors import Problem, Where
from ownconda.recipes.converting.tree import Fields
from ownconda.recipes.converting.walking import Line

_NEW_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({"package": ("recipe", "package"), "test": ("tests",)})
_BySection = dict[str, list[str]]


def with_section_comments(body: Fields, root: Fields) -> Fields:
    """Put the comments at the old sections to the new ones; those of one that is gone to the next."""
    above, below = _above_and_below(root, [str(part.key) for part in body.parts])
    return Fields(
        parts=tuple(
            replace(
                part,
                comments=(*above.get(str(part.key), ()), *part.comments),
                after=(*part.after, *below.get(str(part.key), ())),
            )
            for part in body.parts
        )
    )


def _above_and_below(root: Fields, keys: Sequence[str]) -> tuple[_BySection, _BySection]:
    above: _BySection = {}
    below: _BySection = {}
    waiting: list[str] = []
    for part in root.parts:
        waiting += [*part.comments, *([f"# {part.remark}"] if part.remark else [])]
        key = next((key for key in _NEW_NAMES.get(str(part.key), (str(part.key),)) if key in keys), None)
        if key is None:
            waiting += part.after
            continue
        above.setdefault(key, []).extend(waiting)
        below.setdefault(key, []).extend(part.after)
        waiting = []
    if waiting and keys:
        below.setdefault(keys[-1], []).extend(waiting)
    return above, below


def lost_comments(lines: Sequence[Line], written: str, where: Where) -> Iterator[Problem]:
    """Tell the comments of the old recipe's lines that the new one hasn't got."""
    there = {line.strip() for line in written.splitlines()}
    for line in lines:
        if line.is_comment and line.text.strip() not in there and line.text.strip("# "):
            said = line.text.strip()
            yield Problem(
                what=f"the comment {said!r} stood at something that v1 doesn't have, and is left out",
                where=Where(file=where.file, line=line.number),
            )
