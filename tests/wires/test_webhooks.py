"""Messages posted to a webhook."""

import json

import pytest
from serving import Answer, closed_address, served

from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.http import session
from ownconda.wires.webhooks import check_address, post


def test_a_message_is_posted_as_json() -> None:
    with served(lambda _: Answer(body=b"ok")) as server, session() as web:
        post(web, f"{server.address}/hooks/secret", "**news**")
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/hooks/secret")
    assert json.loads(asked.body) == {"text": "**news**"}
    assert asked.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(status=302, headers={"Location": "/login"})])
def test_its_address_is_not_told_when_it_is_refused(answer: Answer) -> None:
    with served(lambda _: answer) as server, session() as web, pytest.raises(OutsideError) as refused:
        post(web, f"{server.address}/hooks/secret", "x")
    assert f"the webhook answers {answer.status}" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_its_address_is_not_told_when_nobody_answers() -> None:
    with session(retries=0) as web, pytest.raises(OutsideError) as unreached:
        post(web, f"{closed_address()}/hooks/secret", "x")
    assert "secret" not in str(unreached.value)


@pytest.mark.parametrize("address", ["hooks/secret", "ftp://a.example/secret", "https:///secret", "https://[secret"])
def test_what_is_no_address_is_refused_untold(address: str) -> None:
    with pytest.raises(WrongInputError) as refused:
        check_address(address)
    assert "secret" not in str(refused.value)
