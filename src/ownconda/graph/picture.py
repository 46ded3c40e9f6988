"""Picture: what a drawing of a graph shows, whichever way it is drawn."""

from dataclasses import dataclass

HARD, SOFT, MARKED = "#34618c", "#8795a5", "#c92a2a"
"""The colours of arrows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How nodes of one sort look: ``name`` is for programs, ``title`` for the legend; colours as ``#rrggbb``."""

    name: str
    title: str
    fill: str
    line: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: its name, which no other one has, how it looks, and what is told of it.

    A ``mark`` is a look that covers its own. Nodes of the same ``group`` are drawn together.
    """

    name: str
    look: Look
    mark: Look | None = None
    group: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """An arrow from a node to one that it needs, and why; ``marked`` is one that the picture is about."""

    start: str
    end: str
    hard: bool
    marked: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Nodes and arrows; ``hard``, ``soft`` and ``marked`` say in the legend what the sorts of arrows mean."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    hard: str = "hard"
    soft: str = "soft"
    marked: str = "marked"

    @property
    def looks(self) -> tuple[Look, ...]:
        """Give the looks that are seen, the marks last."""
        marks = [node.mark for node in self.nodes if node.mark]
        return tuple(dict.fromkeys([*(node.look for node in self.nodes if not node.mark), *marks]))

    @property
    def groups(self) -> dict[str, tuple[Node, ...]]:
        """Give the groups of more than one node, by their titles."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.group, []).append(node)
        return {title: tuple(nodes) for title, nodes in found.items() if title and len(nodes) > 1}
