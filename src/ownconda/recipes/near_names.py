"""Names that may be meant by one that nobody has."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

SHORTEST = 5
"""How long a name has to be for a slip in it to be told from another name."""


def nearest(name: str, names: Collection[str]) -> str | None:
    """Give the name that is most like it; None when none is."""
    return next(iter(difflib.get_close_matches(name, names, n=1)), None)


def slips(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Prepare names to be found by `one_slip_away`: each by what it is with one character left out."""
    found: dict[str, list[str]] = {}
    for name in names:
        for shortened in _shortened(name):
            found.setdefault(shortened, []).append(name)
    return {shortened: tuple(those) for shortened, those in found.items()}


def one_slip_away(name: str, prepared: Mapping[str, tuple[str, ...]]) -> str | None:
    """Give a name from which one differs by one character: left out, typed twice or too many, swapped with the next.

    Another first character, another digit make another name, and so does one character instead of another.
    """
    if len(name) < SHORTEST:
        return None
    candidates = {one for shortened in _shortened(name) for one in prepared.get(shortened, ())}
    return next((one for one in sorted(candidates) if len(one) >= SHORTEST and _is_slip(name, one)), None)


def _shortened(name: str) -> Iterator[str]:
    yield name
    yield from {name[:position] + name[position + 1 :] for position in range(len(name))}


def _is_slip(name: str, other: str) -> bool:
    same = next((at for at, (one, two) in enumerate(zip(name, other, strict=False)) if one != two), None)
    start = min(len(name), len(other)) if same is None else same
    one, two = name[start:], other[start:]
    swapped = one[:2] == two[1::-1] and one[2:] == two[2:]
    if start == 0 or name == other or any(part[:1].isdecimal() for part in (one, two)):
        return False
    return swapped or one[1:] == two or one == two[1:]
