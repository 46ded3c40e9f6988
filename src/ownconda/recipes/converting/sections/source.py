"""``source``: archives, repositories and folders, each with its patches."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ownconda.recipes.converting.conditions import excludes, same
from ownconda.recipes.converting.expressions import TRUE, Expression
from ownconda.recipes.converting.placing import Placed, assembled, one_list, one_text
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, by_key, fields_of, items_of, where_known

NAMES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("url", "path", "sha256", "md5", "patches")},
        "folder": "target_directory",
        "fn": "file_name",
        "git_url": "git",
        "git_rev": "rev",
        "git_tag": "tag",
        "git_branch": "branch",
        "git_depth": "depth",
    }
)
"""What fields are called in v1."""

_LISTS = frozenset({"url", "patches"})
_ARCHIVE = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2?|txz|zip|7z|gz|bz2|xz|conda|whl|crate)$")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def source(sections: Sequence[Part], around: Surroundings) -> Found:
    """Convert the section; several alternatives of one source become ``if``/``then``."""
    written = [item for part in sections for item in items_of(part)]
    found: list[Part] = []
    for item in written:
        if not isinstance(item.value, Fields):
            yield around.told(item, "a source has to be a mapping; it is left out")
            continue
        for alternative in _alternatives(item):
            placed = []
            for one in _fields(alternative, around):
                if isinstance(one, Placed):
                    placed.append(one)
                else:
                    yield one
            if any(one.path[0] in {"url", "git", "path"} for one in placed):
                found.append(replace(alternative, value=assembled(placed, section="source"), key=None))
    listed = any(isinstance(part.value, Items) for part in sections)
    if len(found) == 1 and found[0].condition == TRUE and not listed:
        yield Placed(("source",), found[0])
    elif found:
        yield Placed(("source",), Part(value=Items(parts=tuple(found)), line=found[0].line))


def _alternatives(item: Part) -> list[Part]:
    """Take a source whose address depends on a condition apart: one for each condition."""
    fields = fields_of(replace(item, condition=TRUE))
    conditions = _conditions(one for one in fields if one.key in {"url", "git_url", "path"})
    exclusive = all(excludes(a, b) for index, a in enumerate(conditions) for b in conditions[index + 1 :])
    if not conditions or not exclusive or any(one.key == "url" and one.condition == TRUE for one in fields):
        return [item]
    return [
        replace(
            item,
            condition=condition,
            value=Fields(parts=_kept(fields, condition)),
            comments=item.comments if not at else (),
        )
        for at, condition in enumerate(conditions)
    ]


def _conditions(addresses: Iterable[Part]) -> list[Expression]:
    """Give the conditions of addresses, each once."""
    found: list[Expression] = []
    for one in addresses:
        if one.condition != TRUE and not any(same(one.condition, other) for other in found):
            found.append(one.condition)
    return found


def _kept(fields: Sequence[Part], condition: Expression) -> tuple[Part, ...]:
    return tuple(where_known(one, condition) for one in fields if not excludes(one.condition, condition))


def _fields(item: Part, around: Surroundings) -> Found:
    fields = fields_of(replace(item, condition=TRUE, comments=(), after=(), remark=""))
    for key, parts in by_key(fields).items():
        if key not in NAMES:
            if key != "path_via_symlink":
                yield around.told(parts[0], f"source.{key} has no place in v1, and is left out", hint=_HINTS.get(key))
        elif all(part.is_empty for part in parts):
            continue
        elif (key in _LISTS and (len(parts) > 1 or isinstance(parts[0].value, Items))) or key == "patches":
            yield Placed((NAMES[key],), one_list(parts))
        elif not (key == "fn" and _is_archive(parts)):
            yield from _text(key, one_text(parts), around)


_HINTS: Mapping[str, str] = MappingProxyType({"sha1": "give the sha256 instead"})


def _is_archive(parts: Sequence[Part]) -> bool:
    """Tell whether a name is only that of an archive, which v1 wouldn't unpack any more if it had one."""
    last = parts[0].value.pieces[-1] if isinstance(parts[0].value, Scalar) and parts[0].value.pieces else ""
    return not isinstance(last, str) or _ARCHIVE.search(last) is not None


def _text(key: str, part: Part, around: Surroundings) -> Found:
    name = NAMES[key]
    plain = part.value.plain if isinstance(part.value, Scalar) else None
    if key == "git_rev" and plain is None:
        name = "tag"
    elif key == "git_rev" and plain is not None and not _COMMIT.fullmatch(plain):
        name = "tag" if any(character.isdigit() for character in plain) else "rev"
    if key == "git_depth" and plain == "-1":
        return
    if name == "tag" and key == "git_rev":
        yield around.told(part, "source.git_rev is written as a tag", hint="write it as branch: or rev: if it is one")
    yield Placed((name,), part)
