"""The parts of a picture: nodes that arrows or groups hold together."""

from collections import defaultdict

from ownconda.graph.graph import closure
from ownconda.graph.picture import Node, Picture

Part = tuple[Node, ...]


def parts(picture: Picture) -> tuple[Part, ...]:
    """Take a picture apart; the nodes of a part are in the picture's order."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for arrow in picture.arrows:
        beside[arrow.start].add(arrow.end)
        beside[arrow.end].add(arrow.start)
    for group in picture.groups.values():
        for node in group:
            beside[node.name].add(group[0].name)
            beside[group[0].name].add(node.name)
    part_of: dict[str, int] = {}
    found: defaultdict[int, list[Node]] = defaultdict(list)
    for number, node in enumerate(picture.nodes):
        if node.name not in part_of:
            part_of |= dict.fromkeys(closure(lambda name: beside[name], [node.name]), number)
        found[part_of[node.name]].append(node)
    return tuple(map(tuple, found.values()))
