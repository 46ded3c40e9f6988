"""A picture as one page of HTML that needs nothing else: to pan, to search, to click through."""

import base64
import hashlib
import html
import json
from importlib.resources import files

from ownconda.graph.dot import dot, identifiers
from ownconda.graph.graphviz import svg
from ownconda.graph.picture import Look, Picture

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
)


def page(picture: Picture) -> str:
    """Write the page; nothing in it that comes from outside is more than text.

    Raises OutsideError where Graphviz can't lay it out.
    """
    script = _file("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    filled = {
        "POLICY": _POLICY.format(digest=digest),
        "TITLE": html.escape(picture.title),
        "STYLE": _file("page.css"),
        "LOOKS": "\n".join(_rules(look) for look in picture.looks),
        "DRAWING": svg(dot(picture, legend=False)),
        "DATA": _data(picture),
        "SCRIPT": script,
    }
    parts = _file("page.html").split("@@")  # text, name, text, name, …, text
    return "".join(filled[part] if number % 2 else part for number, part in enumerate(parts))


def _rules(look: Look) -> str:
    """Give a look's colours, as they are by day and, with more contrast, by night."""
    by_day = f".{look.name} {{ --fill: {look.fill}; --line: {look.line}; }}"
    by_night = f".{look.name} {{ --fill: color-mix(in srgb, {look.line} 32%, #14171a); }}"
    return f"{by_day}\n@media (prefers-color-scheme: dark) {{ {by_night} }}"


def _data(picture: Picture) -> str:
    """Give what the script has to know, as JSON that can't end the element it stands in."""
    called = identifiers(picture)
    content = {
        "nodes": [
            {
                "name": node.name,
                "drawn": called[node.name],
                "looks": [look.name for look in (node.look, node.mark) if look],
                "group": node.group,
                "facts": node.facts,
            }
            for node in picture.nodes
        ],
        "arrows": [
            {"start": arrow.start, "end": arrow.end, "hard": arrow.hard, "why": arrow.why} for arrow in picture.arrows
        ],
        "looks": [{"name": look.name, "title": look.title, "dashed": look.dashed} for look in picture.looks],
        "hard": picture.hard,
        "soft": picture.soft,
    }
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
