"""What the tests of this room share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from placing import Bench
from serving import Answer, pages, served

from ownconda.sources.contents import Web
from ownconda.wires.http import session


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("STAND_IN_ARCHIVE", "")
    content: dict[str, Answer | bytes] = {}
    with served(pages(content)) as server, session(retries=0) as made:
        yield Bench(folder=tmp_path, server=server, content=content, web=Web(made))
