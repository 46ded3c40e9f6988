"""Files on a web server that are read in pieces."""

import io
import os
import re

import pytest
from serving import Answer, Asked, served

from ownconda.errors import OutsideError
from ownconda.wires.http import session
from ownconda.wires.ranges import AT_ONCE, NoRangesError, RangedFile

CONTENT = os.urandom(AT_ONCE * 4)


def ranged(asked: Asked) -> Answer:
    begin, end = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.headers["Range"]).groups()  # type: ignore[union-attr]
    start = int(begin) if begin else len(CONTENT) - int(end)
    stop = int(end) + 1 if begin else len(CONTENT)
    headers = {"Content-Range": f"bytes {start}-{stop - 1}/{len(CONTENT)}"}
    return Answer(status=206, body=CONTENT[start:stop], headers=headers)


def test_any_part_of_a_file_can_be_read_and_what_was_read_isnt_asked_for_again() -> None:
    with served(ranged) as server, session() as web:
        file = RangedFile(f"{server.address}/x", web)
        assert file.seek(-10, io.SEEK_END) == len(CONTENT) - 10
        assert file.read() == CONTENT[-10:]
        assert file.read() == b""
        assert len(server.asked) == 1
        file.seek(5)
        assert file.read(7) + file.read(3) == CONTENT[5:15]
        assert len(server.asked) == 2
        file.seek(0)
        assert file.read(AT_ONCE * 3) == CONTENT[: AT_ONCE * 3]


@pytest.mark.parametrize("answer", [Answer(body=CONTENT), Answer(status=206, body=b"x"), Answer(status=404)])
def test_a_server_without_ranges_and_a_file_that_isnt_there_are_told(answer: Answer) -> None:
    with served(lambda _: answer) as server, session(retries=0) as web, pytest.raises(OutsideError) as caught:
        RangedFile(f"{server.address}/x", web)
    assert isinstance(caught.value, NoRangesError) == (answer.status != 404)


def test_a_file_that_is_replaced_meanwhile_is_refused() -> None:
    def replaced(asked: Asked) -> Answer:
        answer = ranged(asked)
        first = asked.headers["Range"].startswith("bytes=-")
        return answer if first else Answer(status=206, body=b"x", headers={"Content-Range": "bytes 0-0/1"})

    with served(replaced) as server, session() as web:
        file = RangedFile(f"{server.address}/x", web)
        with pytest.raises(OutsideError, match="was replaced"):
            file.read(1)
