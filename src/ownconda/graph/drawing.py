"""Graphs as text that drawing programs read."""

from collections.abc import Callable

from ownconda.graph.graph import Graph, T


def dot(graph: Graph[T], *, label: Callable[[T], str], name: str = "requirements") -> str:
    """Write the graph in Graphviz's DOT language: arrows point to what is needed, soft ones are dashed."""
    labels = {node: label(node) for node in graph.nodes}
    lines = [
        f"digraph {_quoted(name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fillcolor="#eef4fb", color="#34618c", fontname="sans-serif"];',
        '  edge [color="#34618c"];',
        *(f"  {_quoted(labels[node])};" for node in graph.nodes),
    ]
    for node in graph.nodes:
        hard, soft = graph.hard.get(node, frozenset()), graph.soft.get(node, frozenset())
        lines += [f"  {_quoted(labels[node])} -> {_quoted(to)};" for to in sorted(labels[one] for one in hard)]
        lines += [
            f'  {_quoted(labels[node])} -> {_quoted(to)} [style=dashed, color="#9aa7b4"];'
            for to in sorted(labels[one] for one in soft - hard)
        ]
    return "\n".join([*lines, "}", ""])


def mermaid(graph: Graph[T], *, label: Callable[[T], str]) -> str:
    """Write the graph as a Mermaid flowchart, which GitLab draws in Markdown; soft edges are dotted."""
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR", *(f'  {names[node]}["{_escaped(label(node))}"]' for node in graph.nodes)]
    for node in graph.nodes:
        hard, soft = graph.hard.get(node, frozenset()), graph.soft.get(node, frozenset())
        lines += [f"  {names[node]} --> {to}" for to in sorted(names[one] for one in hard)]
        lines += [f"  {names[node]} -.-> {to}" for to in sorted(names[one] for one in soft - hard)]
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
