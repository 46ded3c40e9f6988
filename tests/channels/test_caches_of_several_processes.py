"""Caches whose folder several processes share."""

import json
from pathlib import Path

from making import make_record
from serving import pages, served

from ownconda.channels.caches.cached_index import CachedIndex
from ownconda.channels.caches.terms import CacheTerms
from ownconda.wires.http import session


def index(*names: str) -> bytes:
    records = [make_record(name) for name in names]
    return json.dumps({"packages.conda": {one.file_name: json.loads(one.json) for one in records}}).encode()


def test_an_index_that_another_process_fetched_is_gone_on_from(tmp_path: Path) -> None:
    content = {"/linux-64/repodata.json": index("zlib")}
    with served(pages(content)) as server, session(retries=0) as web:
        terms = CacheTerms(name="cf", url=server.address)
        first, other = (CachedIndex(terms, tmp_path, "linux-64") for _ in range(2))
        first.refresh(web, now=1)
        other.follow()
        assert other.listed("zlib-1.0-h1_0.conda") is not None
        content["/linux-64/repodata.json"] = index("zlib", "xz")
        other.refresh(web, now=2)
        first.follow()
        assert first.listed("xz-1.0-h1_0.conda") is not None
        assert first.answered == 2
