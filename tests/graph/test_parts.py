from ownconda.graph.parts import parts
from ownconda.graph.picture import Arrow, Look, Node, Picture

LOOK = Look(name="plain", title="plain", fill="#ffffff", line="#000000")


def test_arrows_and_groups_hold_nodes_together_whichever_way_they_lead() -> None:
    groups = {"c": "both", "d": "both", "g": "alone"}
    nodes = tuple(Node(name=name, look=LOOK, group=groups.get(name, "")) for name in "abcdefg")
    arrows = tuple(Arrow(start=start, end=end, hard=True) for start, end in ("ba", "ce", "be"))
    found = parts(Picture(title="t", nodes=nodes, arrows=arrows))
    assert ["".join(node.name for node in part) for part in found] == ["abcde", "f", "g"]
