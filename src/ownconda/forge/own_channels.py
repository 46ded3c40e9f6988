"""The JSON interface by which people make channels of their own, and say who may what in them."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.first_come import principal_of
from ownconda.access.grant_texts import read_grant
from ownconda.access.own_channels import Grant, OwnChannel
from ownconda.access.rules import Question
from ownconda.channels.charters import Charter, check_name
from ownconda.channels.ledger.made import make_channel
from ownconda.channels.upkeep.catching_up import take_up
from ownconda.errors import ConflictError, WrongInputError
from ownconda.forge.identity import caller_of, require
from ownconda.forge.json_bodies import flag, json_body, text, texts
from ownconda.forge.services import Services
from ownconda.forge.told import snapshot_json

_OWNER = frozenset({Action.ADMINISTER})
_CHANNEL = "/api/v1/channels/{channel}"
_Answers = Callable[[Services, Request, Mapping[str, Any]], Response]


def routes(services: Services) -> list[Route]:
    """Give the routes; each asks itself whether one may."""

    def granted(request: Request) -> Response:
        channel = request.path_params["channel"]
        _require_owner(caller_of(request), services, channel)
        return JSONResponse(own_channel_json(services.own_channels.one(channel)))

    def all_granted(_: Request) -> Response:
        return JSONResponse({"channels": [own_channel_json(one) for one in services.own_channels.all().values()]})

    return [
        Route("/api/v1/channels", _doing(services, _create), methods=["POST"]),
        Route("/api/v1/access/channels", all_granted),
        Route(f"{_CHANNEL}/access", granted),
        Route(f"{_CHANNEL}/allow", _doing(services, _allow), methods=["POST"]),
        Route(f"{_CHANNEL}/disallow", _doing(services, _disallow), methods=["POST"]),
    ]


def refresh(services: Services) -> tuple[str, ...]:
    """Serve what was made since, by whichever process, and give the names of new channels."""
    fresh = take_up(services.channels)
    for name in fresh:
        services.noticeboard.refresh(name, now=services.channels.now())
    services.own_channels.refresh()
    return fresh


def own_channel_json(channel: OwnChannel) -> dict[str, Any]:
    """Write who may what in a channel as JSON."""
    granted = {grant.who: sorted(grant.may) for grant in channel.grants}
    return {"channel": channel.name, "private": channel.private, "granted": granted}


def _doing(services: Services, does: _Answers) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(does, services, request, await json_body(request))

    return endpoint


def _create(services: Services, request: Request, body: Mapping[str, Any]) -> Response:
    caller, name, base = caller_of(request), text(body, "name"), text(body, "base", default="")
    check_name(name)
    require(caller, services, Question(action=Action.CREATE, channel=name))
    if base:
        require(caller, services, Question(action=Action.READ, channel=base))
        services.channels.charter(base)  # a cache is none to stand on
    if name in services.caches.terms:
        raise ConflictError(f"there is a channel {name!r} already", hint="choose another name")
    own = OwnChannel(name=name, private=not flag(body, "public"), grants=_owners(caller, texts(body, "owners")))
    make_channel(
        services.channels.ledger.engine,
        Charter(name=name, base=base),
        author=caller.name,
        at=services.channels.now(),
        also=lambda connection: services.own_channels.add(connection, own, by=caller.name),
    )
    refresh(services)
    made = own_channel_json(own) | {"snapshot": snapshot_json(services.channels.state(name).snapshot)}
    return JSONResponse(made, HTTPStatus.CREATED)


def _owners(caller: Caller, named: tuple[str, ...]) -> tuple[Grant, ...]:
    owners = named or (principal_of(caller),)
    return tuple(read_grant(who, _OWNER) for who in dict.fromkeys(owners))


def _allow(services: Services, request: Request, body: Mapping[str, Any]) -> Response:
    channel, grant, by = _change_asked(services, request, body)
    if not grant.may:
        raise WrongInputError("no action is named", hint=f"actions are {', '.join(Action)}")
    services.own_channels.allow(channel, grant, by=by)
    return JSONResponse(own_channel_json(services.own_channels.one(channel)))


def _disallow(services: Services, request: Request, body: Mapping[str, Any]) -> Response:
    channel, grant, by = _change_asked(services, request, body)
    services.own_channels.disallow(channel, grant, by=by)
    return JSONResponse(own_channel_json(services.own_channels.one(channel)))


def _change_asked(services: Services, request: Request, body: Mapping[str, Any]) -> tuple[str, Grant, str]:
    channel, caller = request.path_params["channel"], caller_of(request)
    _require_owner(caller, services, channel)
    services.own_channels.one(channel)  # settings say who may what in the others
    return channel, read_grant(text(body, "who"), texts(body, "may")), caller.name


def _require_owner(caller: Caller, services: Services, channel: str) -> None:
    require(caller, services, Question(action=Action.ADMINISTER, channel=channel))
