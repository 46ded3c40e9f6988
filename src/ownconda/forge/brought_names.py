"""Whether somebody may bring packages of these names into a channel: by rules, claims, bases and who came first."""

from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.bringing import Named, against, hiding, is_above
from ownconda.access.callers import Caller
from ownconda.access.first_come import Taking, is_project
from ownconda.access.ownership import claim_to
from ownconda.access.rules import Question
from ownconda.channels.acts import Promotion
from ownconda.channels.shadowing import shadowed
from ownconda.channels.snapshots import Change, State
from ownconda.forge.answers import RefusedError
from ownconda.forge.identity import docs_of, require
from ownconda.forge.services import Services

_HINT = "an administrator can bring it, or say in access.names whose the name is"


def routes(services: Services) -> list[Route]:
    """Give the route that tells what is known of a name in a channel."""

    def known(request: Request) -> Response:
        channel, name = request.path_params["channel"], request.path_params["name"]
        [named] = _named(services, channel, [name])
        return JSONResponse({"name": name, "channel": channel, "first": named.first, "base": named.base})

    return [Route("/api/v1/access/names/{channel}/{name}", known)]


def require_names(caller: Caller, services: Services, channel: str, names: Collection[str]) -> None:
    """Check that a caller may bring packages of these names into a channel. Raises RefusedError."""
    for name in sorted(names):
        require(caller, services, Question(action=Action.UPLOAD, channel=channel, name=name))
    _refuse_foreign(caller, services, channel, names)


def taking_names(caller: Caller, services: Services, names: Collection[str]) -> Taking | None:
    """Give what notes as a caller's, in the transaction that brings their packages, the names that nobody had."""
    bound = services.access.first_come and is_project(caller) and not is_above(services.access, caller)
    return services.first_come.taking(caller, names, alone=bound)


def require_project(caller: Caller, services: Services, project: str) -> None:
    """Check that a caller may bring documentation of a project, as packages that are called so. Raises RefusedError."""
    channel = docs_of(project)
    require(caller, services, Question(action=Action.UPLOAD, channel=channel, name=project))
    named = Named(name=project, channel=channel, first=services.first_come.of([project]).get(project))
    if told := against(services.access, caller, named):
        raise RefusedError(HTTPStatus.FORBIDDEN, told, hint=_HINT)


def require_no_shadows(caller: Caller, services: Services, act: Promotion) -> None:
    """Check that what is promoted hides nothing that a base lists, unless the name is claimed. Raises RefusedError."""
    here = services.channels.state(act.channel)
    if not here.terms.base or is_above(services.access, caller):
        return
    there = {entry.record.name for entry in here.contents.values()}
    change = _change(services, act, here)
    fresh = {entry.record.name for entry in change.added} - there
    for named in _named(services, act.channel, fresh):
        if named.base and claim_to(named.name, services.access.claims) is None:
            raise RefusedError(HTTPStatus.FORBIDDEN, hiding(named), hint=_HINT)


def _change(services: Services, act: Promotion, here: State) -> Change:
    """Tell what a promotion brings; a gate is asked only where it decides that."""
    channels = services.channels
    return channels.plan(act).change if act.with_dependencies else act.change(here, channels, channels.now())


def _refuse_foreign(caller: Caller, services: Services, channel: str, names: Collection[str]) -> None:
    if not names or is_above(services.access, caller):
        return
    for named in _named(services, channel, names):
        if told := against(services.access, caller, named):
            raise RefusedError(HTTPStatus.FORBIDDEN, told, hint=_HINT)


def _named(services: Services, channel: str, names: Collection[str]) -> list[Named]:
    hidden = shadowed(services.channels.state(channel), names, services.channels)
    first = services.first_come.of(names)
    return [
        Named(name=name, channel=channel, first=first.get(name), base=hidden.get(name, "")) for name in sorted(names)
    ]
