"""Pictures as Mermaid flowcharts, which GitLab draws in Markdown."""

from collections.abc import Iterator

from ownconda.graph.picture import MARKED, Node, Picture


def mermaid(picture: Picture) -> str:
    """Write a picture for Mermaid: arrows point to what is needed, soft ones are dotted, groups are boxed."""
    names = {node.name: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = [
        "flowchart LR",
        *_nodes(picture, names),
        *(f"  {names[one.start]} {'-->' if one.hard else '-.->'} {names[one.end]}" for one in picture.arrows),
        *_classes(picture),
        *(
            f"  linkStyle {number} stroke:{MARKED},stroke-width:2.2px"
            for number, arrow in enumerate(picture.arrows)
            if arrow.marked
        ),
    ]
    return "\n".join([*lines, ""])


def _nodes(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    groups = picture.groups
    for number, (title, nodes) in enumerate(groups.items()):
        yield f'  subgraph g{number}["{_escaped(title)}"]'
        yield from (f"    {_node(node, names)}" for node in nodes)
        yield "  end"
    yield from (f"  {_node(node, names)}" for node in picture.nodes if node.group not in groups)


def _node(node: Node, names: dict[str, str]) -> str:
    return f'{names[node.name]}["{_escaped(node.name)}"]:::{(node.mark or node.look).name}'


def _classes(picture: Picture) -> Iterator[str]:
    for look in picture.looks:
        dashes = ",stroke-dasharray:4 3" if look.dashed else ""
        yield f"  classDef {look.name} fill:{look.fill},stroke:{look.line},stroke-width:{look.width:g}px{dashes}"


def _escaped(text: str) -> str:
    """Write what Mermaid would take for its own syntax or for HTML as entities."""
    return "".join(f"#{ord(one)};" if one in '"&<>#;`' or not one.isprintable() else one for one in text)
