"""Whether two renderings of one recipe, by conda-build's rules and by rattler-build's, are the same packages.

It knows nothing of how the one was made from the other; hashes in build strings differ always.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ownconda.recipes.converting.facts import NEEDS, STAGED, TESTED, Facts
from ownconda.recipes.converting.new_facts import new_facts
from ownconda.recipes.converting.normal_forms import Own
from ownconda.recipes.converting.old_facts import old_facts
from ownconda.recipes.converting.sections.about import NAMES as ABOUT_NAMES
from ownconda.recipes.rendering import Rendered

_OPEN = frozenset(
    {"build string", *(f"about.{name}" for name in ABOUT_NAMES.values())}
)  # v1 fills in what v0 leaves open


def differences(
    old: Sequence[Rendered], new: Sequence[Rendered], *, platform: str, variants: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Say how what v1 renders differs from what v0 renders, a sentence for each field.

    ``variants`` are the values of all keys, whether the recipe uses them or not.
    """
    own = Own(names=frozenset(one.build.name for one in (*old, *new)), variants=variants)
    before, after = (_by_name(rendered, facts, own) for rendered, facts in ((old, old_facts), (new, new_facts)))
    for name in dict.fromkeys([*before, *after]):
        had, has = before.get(name, []), after.get(name, [])
        if len(had) != len(has):
            yield f"{platform}: {name}: v0 makes {_count(len(had))} of it, v1 {len(has)}"
            continue
        for first, second in _pairs(had, has):
            for field in first:
                if not _agree(field, first, second):
                    yield f"{platform}: {name}: {field}: {_told(first[field], second[field])}"


def _agree(field: str, first: Facts, second: Facts) -> bool:
    """Tell whether both say the same of a field. v1 fills in some that v0 leaves open, and builds once with a stage."""
    said, now = first[field], second.get(field)
    return (
        said == now
        or field == TESTED
        or (field in _OPEN and not said)
        or (field == "script" and not now and said == second[STAGED])
        or (field == NEEDS and not now and not first[TESTED])  # nothing that would need them is run
    )


def _count(number: int) -> str:
    return f"{number} variant{'' if number == 1 else 's'}"


def _by_name(rendered: Sequence[Rendered], facts: Callable[[Rendered, Own], Facts], own: Own) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = {}
    for one in rendered:
        found.setdefault(one.build.name, []).append(facts(one, own))
    return found


def _pairs(had: Sequence[Facts], has: Sequence[Facts]) -> Iterator[tuple[Facts, Facts]]:
    """Put the variants of one package together, those that are the same first."""
    left = list(has)
    odd = []
    for one in had:
        if one in left:
            left.remove(one)
        else:
            odd.append(one)
    yield from zip(odd, left, strict=True)


def _told(before: object, after: object) -> str:
    if isinstance(before, tuple) and isinstance(after, tuple):
        gone, come = ([one for one in a if one not in b] for a, b in ((before, after), (after, before)))
        if gone or come:
            return f"v0 has {_listed(gone)}, v1 {_listed(come)}"
    return f"v0 has {before or 'nothing'}, v1 {after or 'nothing'}"


def _listed(values: Sequence[object]) -> str:
    return ", ".join(str(one) for one in values) or "nothing"
