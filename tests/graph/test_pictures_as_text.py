from dataclasses import replace

import pytest

from ownconda.graph.dot import dot
from ownconda.graph.mermaid import mermaid
from ownconda.graph.picture import Arrow, Look, Node, Picture

OWN = Look(name="own", title="our own", fill="#ffffff", line="#000000", width=1.8)
OTHER = Look(name="other", title="made elsewhere", fill="#eeeeee", line="#777777", dashed=True)
CHANGED = Look(name="changed", title="changed", fill="#ffcc00", line="#ff0000")
NODES = (
    Node(name="app", look=OWN, facts=(("version", "1.0"),)),
    Node(name="library", look=OTHER, group="both"),
    Node(name="tool", look=OTHER, mark=CHANGED, group="both"),
)
PICTURE = Picture(
    title="requirements",
    nodes=NODES,
    arrows=(
        Arrow(start="app", end="tool", hard=True, why=("host: tool",)),
        Arrow(start="app", end="library", hard=False),
        Arrow(start="library", end="tool", hard=True, marked=True),
    ),
)


def line(text: str, start: str) -> str:
    [found] = [one.strip() for one in text.splitlines() if one.strip().startswith(start)]
    return found


def test_hard_arrows_are_solid_soft_ones_dashed_and_marked_ones_red() -> None:
    drawn = dot(PICTURE)
    assert line(drawn, '"app" -> "tool"') == '"app" -> "tool" [class="hard"];'
    assert 'style="dashed"' in line(drawn, '"app" -> "library"')
    assert 'class="hard marked", color="#c92a2a"' in line(drawn, '"library" -> "tool"')


def test_nodes_look_as_what_they_are_and_a_mark_covers_that() -> None:
    drawn = dot(PICTURE)
    assert 'class="own", fillcolor="#ffffff", color="#000000", penwidth="1.8"' in line(drawn, '"app" [')
    assert 'style="rounded,filled,dashed"' in line(drawn, '"library" [')
    assert 'class="other changed", fillcolor="#ffcc00"' in line(drawn, '"tool" [')


def test_a_group_of_several_is_boxed_and_one_of_a_single_node_is_not() -> None:
    drawn = dot(replace(PICTURE, nodes=(replace(NODES[0], group="alone"), *NODES[1:])))
    assert drawn.count("subgraph") == 1
    assert 'label="both"' in drawn


def test_the_legend_tells_what_occurs_and_nothing_else() -> None:
    legend = line(dot(PICTURE), "label=<<table")
    assert all(title in legend for title in ("our own", "made elsewhere", "changed", "hard", "soft", "marked"))
    plain = Picture(title="t", nodes=NODES[:1], arrows=())
    assert not any(title in dot(plain) for title in ("made elsewhere", "changed", "hard", "⇢"))
    assert "<table" not in dot(PICTURE, legend=False)


def test_tooltips_come_where_they_are_wanted() -> None:
    assert "tooltip" not in dot(PICTURE)
    assert 'tooltip="version: 1.0"' in dot(PICTURE, tooltips=True)
    assert 'tooltip="host: tool"' in dot(PICTURE, tooltips=True)


def test_names_with_quotes_backslashes_and_entities_are_shown_as_they_are() -> None:
    drawn = dot(Picture(title='a "b"', nodes=(Node(name='say "hi" \\N &lt;', look=OWN),), arrows=()))
    assert 'digraph "a \\"b\\"" {' in drawn
    assert line(drawn, '"?0" [').endswith('label="say \\"hi\\" \\\\N &amp;lt;"];')


def test_mermaid_shows_the_same() -> None:
    assert mermaid(PICTURE).splitlines() == [
        "flowchart LR",
        '  subgraph g0["both"]',
        '    n1["library"]:::other',
        '    n2["tool"]:::changed',
        "  end",
        '  n0["app"]:::own',
        "  n0 --> n2",
        "  n0 -.-> n1",
        "  n1 --> n2",
        "  classDef own fill:#ffffff,stroke:#000000,stroke-width:1.8px",
        "  classDef other fill:#eeeeee,stroke:#777777,stroke-width:1px,stroke-dasharray:4 3",
        "  classDef changed fill:#ffcc00,stroke:#ff0000,stroke-width:1px",
        "  linkStyle 2 stroke:#c92a2a,stroke-width:2.2px",
    ]


@pytest.mark.parametrize("name", ['say "hi"', "<script>", "a;b", "#35;", "`code`"])
def test_what_mermaid_would_take_for_syntax_becomes_an_entity(name: str) -> None:
    drawn = line(mermaid(Picture(title="t", nodes=(Node(name=name, look=OWN),), arrows=())), "n0[")
    assert drawn.count('"') == 2
    assert not set("<>`") & set(drawn)


def test_nodes_without_arrows_stand_in_rows_and_can_be_seen() -> None:
    alone = tuple(Node(name=name, look=OTHER) for name in "abcdefg")
    drawn = dot(replace(PICTURE, nodes=(*NODES, *alone)))
    rows = drawn.partition('"cluster_alone"')[2].partition("}")[0].splitlines()[2:]
    assert [row.strip() for row in rows if row.strip()] == [
        'edge [style=invis]; "a" -> "b";',
        'edge [style=invis]; "c" -> "d";',
        'edge [style=invis]; "e" -> "f";',
        'edge [style=invis]; "g";',
    ]
    assert "cluster_alone" not in dot(replace(PICTURE, nodes=(*NODES, *alone[:3])))


def test_small_parts_are_packed_and_those_beside_a_large_one_are_not() -> None:
    pairs = [(Node(name=f"{one} user", look=OWN), Node(name=one, look=OWN)) for one in "abc"]
    arrows = tuple(Arrow(start=user.name, end=needed.name, hard=True) for user, needed in pairs)
    nodes = tuple(node for pair in pairs for node in pair)
    assert "pack=" in dot(Picture(title="t", nodes=nodes, arrows=arrows))
    assert "pack=" not in dot(replace(PICTURE, nodes=(*NODES, *nodes[:2]), arrows=(*PICTURE.arrows, arrows[0])))
