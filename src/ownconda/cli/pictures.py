"""Pictures of graphs in the forms that commands can print."""

from ownconda.graph.dot import dot
from ownconda.graph.graphviz import svg
from ownconda.graph.mermaid import mermaid
from ownconda.graph.page import page
from ownconda.graph.picture import Picture

FORMS = ("dot", "mermaid", "svg", "html")


def drawn(picture: Picture, form: str) -> str:
    """Draw a picture in one of the forms.

    Raises OutsideError where Graphviz is needed and isn't there.
    """
    match form:
        case "dot":
            return dot(picture)
        case "mermaid":
            return mermaid(picture)
        case "svg":
            return svg(dot(picture, tooltips=True))
    return page(picture)
