"""Renderings remembered: what recipes made the last time, for as long as all that was seen then looks the same.

They are kept by everything else that a rendering depends on: how it is asked for, this program, and the libraries.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgpack

import ownconda
from ownconda.recipes.kept import Kept
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.sights import Sight, looking_again, would_see

_PATHS = "surrogateescape"  # they may have bytes that are no UTF-8


class Memory(NamedTuple):
    """What one recipe made, packed, and what was seen of the world for it; None when that doesn't last."""

    packed: bytes
    sights: tuple[Sight, ...] | None


def recall(kept: Kept, recipes: Sequence[Path], rendering: Rendering) -> dict[str, Memory]:
    """Give what is remembered of these recipes and is still true, by the path of the recipe."""
    again = looking_again()
    memories = _read(kept.get(_name(recipes, rendering)))
    return {
        path: memory
        for path in map(str, recipes)
        if (memory := memories.get(path)) and memory.sights and would_see(memory.sights, again)
    }


def remember(kept: Kept, recipes: Sequence[Path], rendering: Rendering, memories: Mapping[str, Memory]) -> None:
    """Keep what lasts, beside what is remembered of other recipes that are still there."""
    name = _name(recipes, rendering)
    others = {path: memory for path, memory in _read(kept.get(name)).items() if os.path.isfile(path)}  # noqa: PTH113
    lasting = {path: memory for path, memory in {**others, **memories}.items() if memory.sights}
    kept.put(name, msgpack.packb(lasting, unicode_errors=_PATHS))


def _read(data: bytes | None) -> Mapping[str, Memory]:
    if data is None:
        return {}
    unpacked = msgpack.unpackb(data, use_list=False, unicode_errors=_PATHS)
    return {path: Memory(*memory) for path, memory in unpacked.items()}


def _name(recipes: Sequence[Path], rendering: Rendering) -> str:
    """Name the file by all that a rendering depends on beside files; recipes of one folder stand in one file."""
    asked = (
        os.path.commonpath([recipe.parent.parent for recipe in recipes]),
        [str(file) for file in rendering.variant_files],
        [(key, *values) for key, values in rendering.variants.items()],
        rendering.target_platform,
        sorted(rendering.context.items()),
    )
    return f"{hashlib.sha256(f'{asked} {program()}'.encode(errors=_PATHS)).hexdigest()}.renderings"


@cache
def program() -> str:
    """Give a digest of this program, of the libraries that are installed, of the interpreter and the machine's kind."""
    digest = hashlib.sha256(f"{sys.version} {os.uname().sysname} {os.uname().machine}".encode())
    for name in sorted(_installed(sys.path)):
        digest.update(name.encode(errors=_PATHS))
    for file in sorted(Path(ownconda.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _installed(folders: Iterable[str]) -> Iterator[str]:
    """Give the names of the folders in which installers say what is installed: a library and its version."""
    for folder in filter(os.path.isdir, folders):
        yield from (name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))  # noqa: PTH208
