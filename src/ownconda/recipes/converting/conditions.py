"""Conditions compared by what they mean: the same, opposites, one following from another.

A condition is tried on every platform, with every combination of what else it asks for.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from jinja2 import nodes

from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, both, free_names, negated, parse_expression

PLATFORMS = (
    "linux-64",
    "linux-32",
    "linux-aarch64",
    "linux-ppc64le",
    "linux-s390x",
    "linux-armv7l",
    "linux-riscv64",
    "osx-64",
    "osx-arm64",
    "win-64",
    "win-32",
    "win-arm64",
)
"""The subdirs on which a condition is tried."""

_MOST_ATOMS = 7  # what a condition may ask for beside the platform until it is taken as it is written
_MACHINES = {"64": "x86_64", "32": "x86"}


def same(left: Expression, right: Expression) -> bool:
    """Tell whether two conditions always say the same."""
    return left == right or _table(written(left), written(right)) <= {(True, True), (False, False)}


def opposite(left: Expression, right: Expression) -> bool:
    """Tell whether of two conditions always one holds."""
    return _table(written(left), written(right)) <= {(True, False), (False, True)}


def follows(conclusion: Expression, premise: Expression) -> bool:
    """Tell whether the conclusion holds wherever the premise does."""
    return conclusion in (TRUE, premise) or (False, True) not in _table(written(conclusion), written(premise))


def excludes(left: Expression, right: Expression) -> bool:
    """Tell whether two conditions never hold together."""
    return (True, True) not in _table(written(left), written(right))


def within(condition: Expression, outer: Expression) -> Expression:
    """Give what is left to be said of a condition where the outer one is known to hold."""
    if follows(condition, outer):
        return TRUE
    rest = [part for part in conjuncts(condition) if not follows(part, outer)]
    found = TRUE
    for part in rest:
        found = both(found, part)
    return found


def conjuncts(condition: Expression) -> Iterator[Expression]:
    """Give the parts of a condition that all have to hold."""
    if isinstance(condition, nodes.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    else:
        yield condition


def simplified(condition: Expression) -> Expression:
    """Give ``true`` or ``false`` for a condition that always is, and leave out what it says twice."""
    if follows(condition, TRUE):
        return TRUE
    if excludes(condition, TRUE):
        return FALSE
    found = TRUE
    for part in conjuncts(condition):
        if not follows(part, found):
            found = both(*((found, part) if not follows(found, part) else (TRUE, part)))
    return found


@lru_cache(maxsize=8_192)
def _table(left: str, right: str) -> frozenset[tuple[bool, bool]]:
    """Give every pair of answers that two conditions can have together."""
    trees = tuple(_canonical(parse_expression(text)) for text in (left, right))
    atoms = sorted({atom for tree in trees for atom in _atoms(tree)})
    platforms: tuple[str, ...] = PLATFORMS if any(set(free_names(tree)) & _WORDS for tree in trees) else ("linux-64",)
    if len(atoms) > _MOST_ATOMS:
        return frozenset({(True, True), (True, False), (False, True), (False, False)})
    pairs: set[tuple[bool, bool]] = set()
    for platform in platforms:
        words = _words(platform)
        for answers in itertools.product((True, False), repeat=len(atoms)):
            if not _possible(atoms, answers):
                continue
            known = {**words, **dict(zip(atoms, answers, strict=True))}
            first, second = (_holds(tree, known) for tree in trees)
            pairs.add((first, second))
    return frozenset(pairs)


def _possible(atoms: Sequence[str], answers: Sequence[bool]) -> bool:
    """Tell whether answers can be true together: nothing equals two different texts."""
    true = [atom.rpartition(" == ") for atom, answer in zip(atoms, answers, strict=True) if answer]
    subjects = [subject for subject, sign, value in true if sign and value[:1] in {'"', "'"}]
    return len(subjects) == len(set(subjects))


def _canonical(node: Expression) -> Expression:
    """Say ``!=`` and ``>=`` by their opposites, so that they are no atoms of their own."""
    if isinstance(node, nodes.And | nodes.Or):
        return type(node)(_canonical(node.left), _canonical(node.right))
    if isinstance(node, nodes.Not):
        return nodes.Not(_canonical(node.node))
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op in {"ne", "notin"}:
        return nodes.Not(negated(node))
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "match":
        subject, spec = node.args
        if isinstance(spec, nodes.Const) and str(spec.value).startswith(">="):
            below = nodes.Const(f"<{str(spec.value).removeprefix('>=')}")
            return nodes.Not(nodes.Call(node.node, [subject, below], [], None, None))
    return node


def _atoms(node: Expression) -> Iterator[str]:
    if isinstance(node, nodes.And | nodes.Or):
        yield from _atoms(node.left)
        yield from _atoms(node.right)
    elif isinstance(node, nodes.Not):
        yield from _atoms(node.node)
    elif not isinstance(node, nodes.Const) and not (isinstance(node, nodes.Name) and node.name in _WORDS):
        yield written(node)


def _holds(node: Expression, known: Mapping[str, bool]) -> bool:
    if isinstance(node, nodes.And):
        return _holds(node.left, known) and _holds(node.right, known)
    if isinstance(node, nodes.Or):
        return _holds(node.left, known) or _holds(node.right, known)
    if isinstance(node, nodes.Not):
        return not _holds(node.node, known)
    return bool(node.value) if isinstance(node, nodes.Const) else known[written(node)]


def _words(platform: str) -> Mapping[str, bool]:
    system, _, machine = platform.partition("-")
    true = {system, _MACHINES.get(machine, machine), *(("unix",) if system in {"linux", "osx"} else ())}
    return {word: word in true for word in _WORDS}


def _every_word(platforms: Iterable[str]) -> Iterator[str]:
    for platform in platforms:
        system, _, machine = platform.partition("-")
        yield from (system, _MACHINES.get(machine, machine))


_WORDS = frozenset({"unix", *_every_word(PLATFORMS)})
