"""``about``: renamed fields, and the licence as SPDX has it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ownconda.recipes.converting.expressions import TRUE
from ownconda.recipes.converting.licences import spdx_licence
from ownconda.recipes.converting.placing import Placed, one_list, one_text
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, below, by_key, items_of, stripped, text

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "home": "homepage",
        "dev_url": "repository",
        "doc_url": "documentation",
        **{name: name for name in ("license", "license_family", "license_file", "summary", "description")},
    }
)
"""What fields are called in v1."""

_LISTS = frozenset({"license_file"})
_PROSE = frozenset({"summary"})
_ADDRESSES = frozenset({"home", "dev_url", "doc_url"})
_FOLDER = "RECIPE_DIR"
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]*:/*[^\s/]\S*$")


def about(section: Sequence[Part], around: Surroundings) -> Found:
    """Convert the section; fields that v1 doesn't have are told."""
    for key, parts in by_key(section).items():
        if key not in NAMES:
            yield around.told(parts[0], f"about.{key} has no place in v1, and is left out")
        elif not all(part.is_empty for part in parts):
            yield from _field(key, parts, around)


def _field(key: str, parts: Sequence[Part], around: Surroundings) -> Found:
    path = ("about", NAMES[key])
    if key in _LISTS and (len(parts) > 1 or isinstance(parts[0].value, Items)):
        yield Placed(path, one_list([below(part, _FOLDER) for part in parts]))
        return
    if any(isinstance(part.value, Fields) for part in parts):
        yield around.told(parts[0], f"about.{key} is a mapping: is a ':' in it meant as text? It is left out")
        return
    single = [one for part in parts for one in items_of(part)[:1]]
    if sum(len(items_of(part)) for part in parts) > len(single):
        yield around.told(parts[0], f"about.{key} is one text in v1; the first of the list is taken")
    part = replace(one_text(single), key=key)
    plain = part.value.plain if isinstance(part.value, Scalar) else None
    if key in _ADDRESSES and plain is not None and not _ADDRESS.match(plain.strip()):
        yield around.told(
            part, f"about.{key} is no web address, and is left out", hint="for example https://example.org"
        )
        return
    if key == "license":
        yield from _licence(part, around)
    else:
        yield Placed(path, replace(_as_v1_has_it(key, part), condition=TRUE))


def _as_v1_has_it(key: str, part: Part) -> Part:
    if key in _PROSE and isinstance(part.value, Scalar):
        return replace(part, value=stripped(part.value))
    return below(part, _FOLDER) if key in _LISTS else part


def _licence(part: Part, around: Surroundings) -> Found:
    written = part.value.plain if isinstance(part.value, Scalar) else None
    if written is not None:
        found = spdx_licence(written.strip(), is_listed=around.is_listed_licence)
        if found != written.strip():
            yield around.told(
                part, f"the licence {written!r} isn't SPDX, and is written as {found}", hint="is that what is meant?"
            )
            part = replace(part, value=text(found))
    yield Placed(("about", "license"), part)
