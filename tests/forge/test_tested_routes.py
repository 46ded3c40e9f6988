"""Results of tests as they are posted over HTTP."""

import pytest
from forging import Forged

ONE, OTHER = "1" * 64, "2" * 64


def test_only_who_may_write_notes_results(forge: Forged) -> None:
    body = {"results": [{"package": ONE, "with": [OTHER], "status": "passed"}]}
    assert forge.client.post("/api/v1/tests", json=body).status_code == 401
    answer = forge.client.post("/api/v1/tests", json=body, headers=forge.bearer)
    assert (answer.status_code, answer.json()) == (200, {"results": 1})


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"results": []},
        {"results": ["passed"]},
        {"results": [{"package": "numpy", "status": "passed"}]},
        {"results": [{"package": ONE, "with": ["numpy"], "status": "passed"}]},
        {"results": [{"package": ONE, "status": "fine"}]},
        {"results": [{"package": ONE, "status": "passed", "log": "javascript:alert(1)"}]},
    ],
)
def test_what_cannot_be_meant_is_refused(forge: Forged, said: dict[str, object]) -> None:
    assert forge.client.post("/api/v1/tests", json=said, headers=forge.bearer).status_code == 400


def test_a_newer_result_takes_the_place_of_an_older_one(forge: Forged) -> None:
    for status in ("failed", "no tests"):
        body = {"results": [{"package": ONE, "status": status}]}
        assert forge.client.post("/api/v1/tests", json=body, headers=forge.bearer).is_success
    [known] = forge.services.channels.tested_with([ONE])
    assert (known.package, known.together_with, known.status, known.author) == (ONE, ONE, "no tests", "init")
