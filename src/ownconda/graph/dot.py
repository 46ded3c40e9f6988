"""Pictures in Graphviz's DOT language."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from ownconda.graph.parts import Part, parts
from ownconda.graph.picture import HARD, MARKED, SOFT, Arrow, Look, Node, Picture

_FONT = (
    "Helvetica,Arial,sans-serif"  # nearly every system has one as wide as the first: what is laid out is what is shown
)
_GRAPH = (
    f'graph [fontname="{_FONT}", fontsize=11, fontcolor="#495057", ranksep=0.8, nodesep=0.08];',
    "graph [outputorder=edgesfirst];  // no arrow over a name",
    f'node [shape=box, style="rounded,filled", fontname="{_FONT}", fontsize=11, height=0.28, margin="0.1,0.04"];',
    f'edge [color="{HARD}", arrowsize=0.6, penwidth=0.9];',
)
_PACKED = 'graph [pack=14, packmode="graph"];  // parts beside each other'
_GROUP = 'labelloc=t; labeljust=l; style="rounded,filled"; color="#ced4da"; fillcolor="#fbfcfd";'
_ALONE = "without arrows"
WORTH_ROWS = 6
"""Fewer nodes without arrows stand where Graphviz puts them."""

_PLAIN = re.compile(r"[\w .,:=<>+()*|-]+")


def dot(picture: Picture, *, legend: bool = True, tooltips: bool = False) -> str:
    """Write a picture for Graphviz: arrows point to what is needed, soft ones are dashed, groups are boxed.

    With ``tooltips`` what is told of nodes and arrows is there as well, for programs that show it.
    """
    whole = parts(picture)
    called = identifiers(picture)
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        "  rankdir=LR;",
        *(f"  {line}" for line in (*_GRAPH, *([_PACKED] if _is_in_pieces(whole) else []))),
        *(_legend(picture) if legend and picture.nodes else ()),
        *_nodes(picture, tooltips=tooltips),
        *_alone([called[part[0].name] for part in whole if len(part) == 1]),
        *_arrows(picture, tooltips=tooltips),
    ]
    return "\n".join([*lines, "}", ""])


def _is_in_pieces(whole: Sequence[Part]) -> bool:
    """Tell whether there are many small parts: beside a large one they would only make the picture wider."""
    sizes = [len(part) for part in whole if len(part) > 1]
    return bool(sizes) and max(sizes) < sum(sizes) / 2


def identifiers(picture: Picture) -> Mapping[str, str]:
    """Give what each node is called in the text, by its name: the name, unless Graphviz could read it as more."""
    return {
        node.name: node.name if _PLAIN.fullmatch(node.name) else f"?{number}"
        for number, node in enumerate(picture.nodes)
    }


def _nodes(picture: Picture, *, tooltips: bool) -> Iterator[str]:
    groups, called = picture.groups, identifiers(picture)
    for number, (title, nodes) in enumerate(groups.items()):
        yield f'  subgraph "cluster_{number}" {{'
        yield f"    label={_quoted(title)}; {_GROUP}"
        yield from (f"    {_node(node, called[node.name], tooltips=tooltips)}" for node in nodes)
        yield "  }"
    ungrouped = (node for node in picture.nodes if node.group not in groups)
    yield from (f"  {_node(node, called[node.name], tooltips=tooltips)}" for node in ungrouped)


def _alone(names: Sequence[str]) -> Iterator[str]:
    """Box nodes without arrows in rows, as they would be scattered otherwise."""
    if len(names) < WORTH_ROWS:
        return
    columns = max(2, math.isqrt(len(names) // 3))  # as a name is wider than it is high
    yield '  subgraph "cluster_alone" {'
    yield f"    label={_quoted(_ALONE)}; {_GROUP}"
    for start in range(0, len(names), columns):
        row = " -> ".join(map(_quoted, names[start : start + columns]))
        yield f"    edge [style=invis]; {row};"
    yield "  }"


def _node(node: Node, called: str, *, tooltips: bool) -> str:
    names = " ".join(look.name for look in (node.look, node.mark) if look)
    told = "\n".join(f"{what}: {value}" for what, value in node.facts)
    attributes = {"class": names, **_style(node.look), **(_style(node.mark) if node.mark else {})}
    if node.mark and node.look.dashed:
        attributes["style"] = _style(node.look)["style"]
    if called != node.name:
        attributes["label"] = node.name
    if told and tooltips:
        attributes["tooltip"] = told
    return f"{_quoted(called)} [{_listed(attributes)}];"


def _style(look: Look) -> dict[str, str]:
    style = "rounded,filled,dashed" if look.dashed else "rounded,filled"
    return {"fillcolor": look.fill, "color": look.line, "penwidth": f"{look.width:g}", "style": style}


def _arrows(picture: Picture, *, tooltips: bool) -> Iterator[str]:
    called = identifiers(picture)
    for arrow in picture.arrows:
        attributes = _listed(_arrow(arrow, tooltips=tooltips))
        yield f"  {_quoted(called[arrow.start])} -> {_quoted(called[arrow.end])} [{attributes}];"


def _arrow(arrow: Arrow, *, tooltips: bool) -> dict[str, str]:
    attributes = {"class": "hard"} if arrow.hard else {"class": "soft", "style": "dashed", "color": SOFT}
    if arrow.marked:
        attributes |= {"class": f"{attributes['class']} marked", "color": MARKED, "penwidth": "2.2"}
    if arrow.why and tooltips:
        attributes["tooltip"] = "\n".join(arrow.why)
    return attributes


def _legend(picture: Picture) -> Iterator[str]:
    sorts = (
        (any(arrow.hard for arrow in picture.arrows), HARD, f"⟶ {picture.hard}"),
        (not all(arrow.hard for arrow in picture.arrows), SOFT, f"⇢ {picture.soft}"),
        (any(arrow.marked for arrow in picture.arrows), MARKED, f"⟶ {picture.marked}"),
    )
    cells = [_cell(look) for look in picture.looks]
    cells += [f'<td><font color="{colour}">{_html(title)}</font></td>' for occurs, colour, title in sorts if occurs]
    table = f'<table border="0" cellborder="0" cellspacing="6" cellpadding="3"><tr>{"".join(cells)}</tr></table>'
    yield "  labelloc=b;"
    yield f"  label=<{table}>;"


def _cell(look: Look) -> str:
    style = "rounded,dashed" if look.dashed else "rounded"
    return f'<td border="1" bgcolor="{look.fill}" color="{look.line}" style="{style}">{_html(look.title)}</td>'


def _listed(attributes: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    """Quote a text so that Graphviz shows it as it is: it reads backslashes and entities in what it shows."""
    escaped = text.replace("\\", "\\\\").replace("&", "&amp;").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
