"""What is asked elsewhere isn't led to this machine or its neighbours."""

import pytest
import requests
from serving import Answer, pages, served

from ownconda.errors import OutsideError
from ownconda.wires.http import reached, session
from ownconda.wires.outward import outward_pools


def test_an_address_in_somebody_elses_answer_cant_be_one_of_ours() -> None:
    with (
        served(pages({"/secret": b"secret"})) as ours,
        session(retries=0, pools=outward_pools("conda.example.org")) as asking,
    ):
        with (
            pytest.raises(OutsideError, match=r"127\.0\.0\.1, which isn't for others to lead to"),
            reached(ours.address),
        ):
            asking.get(f"{ours.address}/secret")
        assert ours.asked == []


def test_a_channel_of_ours_may_lead_to_its_neighbours() -> None:
    with served(pages({"/there": b"there"})) as neighbour:
        moved = Answer(status=302, headers={"Location": f"{neighbour.address.replace('127.0.0.1', 'localhost')}/there"})
        with served(pages({"/here": moved})) as own, session(retries=0, pools=outward_pools("127.0.0.1")) as asking:
            assert asking.get(f"{own.address}/here").content == b"there"


def test_without_such_a_limit_any_address_can_be_asked() -> None:
    with served(pages({"/there": b"there"})) as anywhere, session(retries=0) as asking:
        answer: requests.Response = asking.get(f"{anywhere.address}/there")
        assert answer.content == b"there"
