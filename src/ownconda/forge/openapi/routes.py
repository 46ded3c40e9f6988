"""The route of the document."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ownconda.forge.openapi.described import OPERATIONS
from ownconda.forge.openapi.document import document_of
from ownconda.forge.openapi.schemas import JSON
from ownconda.forge.permissions import PERMISSIONS


def routes() -> list[Route]:
    """Give the route; the document is made once."""
    content = json.dumps(document_of(OPERATIONS.values(), PERMISSIONS), ensure_ascii=False).encode()

    def document(_: Request) -> Response:
        return Response(content, media_type=JSON, headers={"Cache-Control": "no-cache"})

    return [Route("/api/v1/openapi.json", document)]
