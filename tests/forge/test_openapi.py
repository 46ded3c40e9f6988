"""The OpenAPI document says what the forge's routes are, no more and no less."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from forging import Forged
from jsonschema_rs import meta
from starlette.routing import Route

from ownconda.forge.app import make_app
from ownconda.forge.openapi.described import OPERATIONS, PAGES
from ownconda.forge.permissions import PERMISSIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def document(forge: Forged) -> dict[str, Any]:
    document: dict[str, Any] = forge.client.get("/api/v1/openapi.json").json()
    return document


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method} {path}": one for path, item in document["paths"].items() for method, one in item.items()}


def test_every_route_but_pages_is_described_and_nothing_that_is_not_there(forge: Forged) -> None:
    routes = [route for route in make_app(forge.services).routes if isinstance(route, Route)]
    there = {(method, route.path) for route in routes for method in (route.methods or ()) if method != "HEAD"}
    assert there - PAGES == set(OPERATIONS)
    assert there >= PAGES


def test_the_document_tells_which_action_each_operation_needs(document: dict[str, Any]) -> None:
    told = {name: one.get("x-ownconda-action") for name, one in operations(document).items()}
    assert (told["get /healthz"], told["post /api/v1/purge"]) == (None, "purge")
    assert told["get /conda/{channel}/{subdir}/{file}"] == "read"
    assert set(filter(None, told.values())) == set(filter(None, PERMISSIONS.values()))


def test_what_a_forge_lets_anybody_do_needs_no_token(document: dict[str, Any]) -> None:
    for name, one in operations(document).items():
        assert ({} in one["security"]) == (one.get("x-ownconda-action") in {None, "read", "watch"}), name


def test_every_name_in_an_address_is_a_parameter_and_operations_are_told_apart(document: dict[str, Any]) -> None:
    for name, one in operations(document).items():
        given = {each["name"] for each in one.get("parameters", ()) if each["in"] == "path"}
        assert given == set(re.findall(r"{(\w+)}", name)), name
        assert one["summary"]
    ids = [one["operationId"] for one in operations(document).values()]
    assert len(ids) == len(set(ids))


def test_every_schema_is_one_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    named = document["components"]["schemas"]
    for schema in (*named.values(), *schemas(document["paths"])):
        meta.validate({"$schema": DIALECT, **schema})
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references == set(named)


def test_bodies_and_parameters_that_nobody_knows_are_refused_by_name(forge: Forged) -> None:
    body = {"spec": "zlib", "reason": "x", "resaon": "y", "\ud800": 1}
    answer = forge.client.post(
        "/api/v1/channels/stable/hold",
        content=json.dumps(body),
        headers=forge.bearer | {"Content-Type": "application/json"},
    )
    [problem] = answer.json()["problems"]
    assert (answer.status_code, problem["what"]) == (400, "there is no field 'resaon', '\\ud800' here")
    assert problem["hint"] == "there are reason, spec"
    answer = forge.client.post("/api/v1/gc?dry_run=true", headers=forge.bearer)
    assert (answer.status_code, "there is no parameter 'dry_run' here" in answer.text) == (400, True)


def test_what_is_no_json_by_its_type_is_not_read(forge: Forged) -> None:
    for sent in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = forge.client.post("/api/v1/gc", content=b'{"dry_run": true}', headers=forge.bearer | sent)
        assert (answer.status_code, "has to be application/json" in answer.text) == (415, True)
    with_charset = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = forge.client.post("/api/v1/gc", content=b'{"dry_run": true}', headers=forge.bearer | with_charset)
    assert answer.status_code == 200
    assert forge.client.post("/api/v1/gc", headers=forge.bearer).status_code == 200


def schemas(part: object) -> Iterator[dict[str, Any]]:
    """Give all that stands as a schema anywhere in a part of the document."""
    values = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, value in values:
        if name == "schema":
            yield value
        else:
            yield from schemas(value)


def test_a_method_that_there_is_not_is_answered_with_all_that_there_are(forge: Forged) -> None:
    for path in ("/api/v1/tokens", "/upload/testing", f"/sources/{'0' * 64}/x"):
        answer = forge.client.request("DELETE", path)
        other = "PUT" if path.startswith("/sources") else "POST"
        assert (answer.status_code, answer.headers["Allow"]) == (405, f"GET, HEAD, {other}")


@pytest.mark.parametrize(("sent", "status"), [("5", 201), ("5.0", 201), ("5.5", 400), ("1e999", 400), ("NaN", 400)])
def test_a_number_is_whole_by_its_value_however_it_is_written(forge: Forged, sent: str, status: int) -> None:
    body = f'{{"name": "x", "may": ["read"], "hours": {sent}}}'
    json = {"Content-Type": "application/json"}
    assert forge.client.post("/api/v1/tokens", content=body, headers=forge.bearer | json).status_code == status
