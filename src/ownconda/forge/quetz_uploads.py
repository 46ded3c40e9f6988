"""The upload interfaces of quetz, which quetz-client, rattler-build and py-rattler-build speak.

They want 201, and their token comes as ``X-API-Key``. ``force`` changes nothing: a name means one content for ever.
"""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.forge.admission import admitted
from ownconda.forge.forms import Received
from ownconda.forge.identity import caller_of
from ownconda.forge.receiving import received_body, received_files
from ownconda.forge.services import Services


def routes(services: Services) -> list[Route]:
    """Give the routes: one file as the body, its sha256 in the query; and a form with several, as older clients do."""

    async def upload(request: Request) -> Response:
        channel, name = request.path_params["channel"], request.path_params["file"]
        services.channels.charter(channel)  # there has to be such a channel
        announced = request.query_params.get("sha256", "").lower()
        async with received_body(request, services.intake) as body:
            received = [Received(name=name, file=body.path, announced=announced)]
            told = await run_in_threadpool(admitted, services, channel, received, caller=caller_of(request))
        return JSONResponse(told, status_code=HTTPStatus.CREATED)

    async def upload_form(request: Request) -> Response:
        channel = request.path_params["channel"]
        services.channels.charter(channel)  # there has to be such a channel
        async with received_files(request, services.intake) as received:
            told = await run_in_threadpool(admitted, services, channel, received, caller=caller_of(request))
        return JSONResponse(told, status_code=HTTPStatus.CREATED)

    return [
        Route("/api/channels/{channel}/upload/{file}", upload, methods=["POST"]),
        Route("/api/channels/{channel}/files/", upload_form, methods=["POST"]),
    ]
