"""A cache of a channel elsewhere: a real forge in front of a small web server that dies, changes and lies."""

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from backports import zstd
from forging import Forged, opened_forge, running_forge
from making import make_package, read_made
from serving import MISSING, Answer, Asked, Served, served
from starlette.testclient import TestClient

from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.faults import Fault
from ownconda.conda.solver import install, installed, solve
from ownconda.errors import WrongInputError
from ownconda.forge import cached_files
from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.forge_client.client import ForgeClient
from ownconda.settings.forges import CacheSettings, ChannelSettings, ForgeSettings
from ownconda.settings.policies import PolicySettings
from ownconda.settings.tree import Settings
from ownconda.stores.taken import Taken

DAY = 86_400_000


@dataclass
class Elsewhere:
    """A channel on a web server of ours, whose answers a test may change at any moment."""

    folder: Path
    down: bool = False
    slow: float = 0.0
    leads_to: str = ""
    lies: dict[str, bytes] = field(default_factory=dict)
    index: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)

    def add(self, name: str, version: str = "1.0", *, subdir: str = "linux-64", **fields: Any) -> Path:  # noqa: ANN401
        file = make_package(self.folder / subdir, name, version, subdir=subdir, **fields)
        self.index.setdefault(f"/main/{subdir}/repodata.json", {"packages": {}, "packages.conda": {}})
        section = "packages.conda" if file.name.endswith(".conda") else "packages"
        self.index[f"/main/{subdir}/repodata.json"][section][file.name] = json.loads(read_made(file).json)
        return file

    def answer(self, asked: Asked) -> Answer:
        if self.down:
            return Answer(status=503, headers={"Retry-After": "3600"})
        if self.leads_to:
            return Answer(status=302, headers={"Location": self.leads_to})
        time.sleep(self.slow)
        if asked.path in self.held:
            self.held[asked.path].wait(20)
        if asked.path in self.lies:
            return Answer(body=self.lies[asked.path])
        if asked.path in self.index:
            body = json.dumps(self.index[asked.path]).encode()
            etag = hashlib.sha256(body).hexdigest()[:8]
            unchanged = asked.headers.get("If-None-Match") == etag
            return Answer(status=304) if unchanged else Answer(body=body, headers={"ETag": etag})
        file = self.folder / asked.path.removeprefix("/main/")
        return Answer(body=file.read_bytes()) if file.is_file() else MISSING


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    made = Elsewhere(folder=tmp_path / "main")
    made.add("zlib")
    made.add("words", subdir="noarch", noarch="generic")
    return made


@pytest.fixture
def server(elsewhere: Elsewhere) -> Iterator[Served]:
    with served(elsewhere.answer) as running:
        yield running


Opening = Callable[..., AbstractContextManager[Forged]]


@pytest.fixture
def cached(blank: tuple[Path, str], server: Served, tmp_path: Path) -> Opening:
    """Open a forge, again and again the same one, with a cache called ``main``."""
    folder = shutil.copytree(blank[0], tmp_path / "forge")

    @contextmanager
    def opened(*, denied: Sequence[str] = (), **fields: Any) -> Iterator[Forged]:  # noqa: ANN401
        terms = replace(CacheSettings(url=f"{server.address}/main", minutes=0.0), **fields)
        policy = PolicySettings(licences_denied=list(denied))
        with opened_forge(
            folder, blank[1], Settings(forge=ForgeSettings(caches={"main": terms}), policy=policy)
        ) as one:
            yield one

    return opened


def listed(forge: Forged, subdir: str = "linux-64") -> set[str]:
    index = forge.client.get(f"/conda/main/{subdir}/repodata.json").json()
    return {name.partition("-h1_0")[0] for name in (*index["packages"], *index["packages.conda"])}


def fetched(server: Served) -> list[str]:
    return [path.rpartition("/")[2] for path in server.paths if path.endswith((".conda", ".tar.bz2"))]


ZLIB = "/conda/main/linux-64/zlib-1.0-h1_0.conda"


def test_a_package_is_fetched_once_checked_and_kept(cached: Opening, elsewhere: Elsewhere, server: Served) -> None:
    content = (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").read_bytes()
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0"}
        compressed = forge.client.get("/conda/main/linux-64/repodata.json.zst").content
        assert zstd.decompress(compressed) == forge.client.get("/conda/main/linux-64/repodata.json").content
        head = forge.client.head(ZLIB)
        assert (head.status_code, head.headers["Content-Length"], fetched(server)) == (200, str(len(content)), [])
        for _ in range(2):
            answer = forge.client.get(ZLIB)
            assert (answer.status_code, answer.content) == (200, content)
        assert forge.client.get(ZLIB, headers={"Range": "bytes=0-3"}).content == content[:4]
        assert fetched(server) == ["zlib-1.0-h1_0.conda"]
        stored = forge.services.channels.store.path_of(hashlib.sha256(content).hexdigest())
        assert stored.samefile(forge.services.folder.public / ZLIB[1:])
    elsewhere.down = True
    with cached() as forge:
        assert forge.client.get(ZLIB).content == content


def test_what_the_forge_has_already_isnt_fetched(cached: Opening, elsewhere: Elsewhere, server: Served) -> None:
    file = elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda"
    with cached() as forge:
        assert forge.upload("testing", file).status_code == 200
        assert forge.client.get(ZLIB).content == file.read_bytes()
        assert fetched(server) == []
        assert len(list(forge.services.channels.store.near.places())) == 1


def test_an_index_is_asked_for_only_when_it_may_have_changed(cached: Opening, server: Served) -> None:
    with cached(minutes=60.0) as forge:
        assert [listed(forge) for _ in range(3)] == [{"zlib-1.0"}] * 3
        assert server.paths.count("/main/linux-64/repodata.json") == 1
    with cached(minutes=60.0) as forge:
        assert listed(forge) == {"zlib-1.0"}
        assert server.paths.count("/main/linux-64/repodata.json") == 1
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0"}
        assert server.asked[-1].headers["If-None-Match"]


def test_while_nobody_answers_what_was_fetched_is_served_and_told_to_be_stale(
    cached: Opening, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
) -> None:
    with cached() as forge:
        assert forge.client.get("/conda/main/linux-64/repodata.json").headers["Cache-Status"] == "ownconda; hit"
        elsewhere.down = True
        for _ in range(2):
            answer = forge.client.get("/conda/main/linux-64/repodata.json")
            assert (answer.status_code, "detail=stale" in answer.headers["Cache-Status"]) == (200, True)
        assert caplog.text.count("it answers 503") == 1
        missing = forge.client.get("/conda/main/noarch/repodata.json")
        assert (missing.status_code, "it answers 503" in missing.json()["problems"][0]["what"]) == (502, True)
        assert forge.client.get(ZLIB).status_code == 502
    elsewhere.down = False
    elsewhere.add("xz")
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0", "xz-1.0"}
    elsewhere.lies["/main/linux-64/repodata.json"] = b"<html>please log in</html>"
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0", "xz-1.0"}


def test_nobody_waits_long_for_who_doesnt_answer_when_there_is_an_older_index(
    cached: Opening, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_files, "PATIENCE", 0.05)
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0"}
        elsewhere.add("xz")
        elsewhere.slow = 1.0
        told = [forge.client.get("/conda/main/linux-64/repodata.json").headers["Cache-Status"] for _ in range(3)]
        assert all("stale" in one for one in told)
        forge.services.caches.index("main", "linux-64").future.result()
        elsewhere.slow = 0.0
        assert listed(forge) == {"zlib-1.0", "xz-1.0"}


def test_nothing_is_fetched_onto_a_disk_that_is_nearly_full(cached: Opening, server: Served) -> None:
    with cached() as forge:
        full = replace(forge.services, intake=replace(forge.services.intake, keep_free=1 << 60))
        with TestClient(make_app(full)) as client:
            assert client.get(ZLIB).status_code == 507
        assert fetched(server) == []
        forge.client.get(ZLIB)
        with TestClient(make_app(full)) as client:
            assert client.get(ZLIB).status_code == 200


def test_a_channel_may_be_called_as_a_cache_was(
    cached: Opening, blank: tuple[Path, str], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    with cached() as forge:
        forge.client.get(ZLIB)
    settings = Settings(forge=ForgeSettings(channels={"main": ChannelSettings()}))
    with opened_forge(tmp_path / "forge", blank[1], settings) as forge:
        assert forge.client.get(ZLIB).status_code == 404
        forge.upload("main", elsewhere.add("zlib", files={"x": b"our own"})).raise_for_status()
        forge.client.post("/api/v1/gc", json={}, headers=forge.bearer).raise_for_status()
        assert forge.client.get(ZLIB).status_code == 200


def test_wrong_bytes_are_never_kept_nor_given_whole(cached: Opening, elsewhere: Elsewhere, server: Served) -> None:
    content = (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").read_bytes()
    for lie in (b"x" * len(content), content[:-1], content + b"x"):
        elsewhere.lies["/main/linux-64/zlib-1.0-h1_0.conda"] = lie
        with cached() as forge:
            answer = forge.client.get(ZLIB)
            assert (answer.status_code, "isn't what its channel lists" in answer.text) == (502, True)
            assert list(forge.services.channels.store.near.places()) == []
    del elsewhere.lies["/main/linux-64/zlib-1.0-h1_0.conda"]
    with cached() as forge:
        assert forge.client.get(ZLIB).content == content
    assert len(fetched(server)) == 4


def test_a_package_of_another_size_than_is_listed_is_neither_given_nor_kept(
    cached: Opening, elsewhere: Elsewhere
) -> None:
    listing = elsewhere.index["/main/linux-64/repodata.json"]["packages.conda"]["zlib-1.0-h1_0.conda"]
    size = listing["size"]
    for wrong in (size + 10, size - 10):
        listing["size"] = wrong
        with cached() as forge:
            answer = forge.client.get(ZLIB)
            assert (answer.status_code, "isn't what its channel lists" in answer.text) == (502, True)
            assert list(forge.services.channels.store.near.places()) == []


def test_a_large_package_is_streamed_and_broken_off_where_it_is_wrong(
    blank: tuple[Path, str], elsewhere: Elsewhere, server: Served, tmp_path: Path
) -> None:
    large = {"share/large": bytes(range(256)) * 8000 + hashlib.shake_256(b"").digest(1 << 20)}
    content = elsewhere.add("large", files=large).read_bytes()
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    (folder / "ownconda.toml").write_text(f'[forge.caches.main]\nurl = "{server.address}/main"\n')
    with running_forge(folder, "--port", "0") as forge:
        url = f"{forge.url}/conda/main/linux-64/large-1.0-h1_0.conda"
        elsewhere.lies["/main/linux-64/large-1.0-h1_0.conda"] = content[:-1] + b"x"
        with pytest.raises(requests.RequestException):
            requests.get(url, timeout=20).raise_for_status()  # how far it came before that showed is left to chance
        del elsewhere.lies["/main/linux-64/large-1.0-h1_0.conda"]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: requests.get(url, timeout=20).content, range(8)))
        assert {hashlib.sha256(one).hexdigest() for one in answers} == {hashlib.sha256(content).hexdigest()}
    assert len(fetched(server)) == 2


def test_many_who_ask_at_once_share_one_transfer(cached: Opening, elsewhere: Elsewhere, server: Served) -> None:
    with cached() as forge, ThreadPoolExecutor(12) as pool:
        listed(forge)
        elsewhere.slow = 0.2
        begun = threading.active_count()
        answers = list(pool.map(lambda _: forge.client.get(ZLIB).status_code, range(12)))
        assert (set(answers), fetched(server), begun > 0) == ({200}, ["zlib-1.0-h1_0.conda"], True)


def test_one_content_under_two_names_is_fetched_for_each_without_disturbing_the_other(
    cached: Opening, elsewhere: Elsewhere, server: Served
) -> None:
    content = (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").read_bytes()
    packages = elsewhere.index["/main/linux-64/repodata.json"]["packages.conda"]
    packages["zlib-1.0-h2_0.conda"] = packages["zlib-1.0-h1_0.conda"]
    elsewhere.lies["/main/linux-64/zlib-1.0-h1_0.conda"] = b"x" * len(content)
    elsewhere.lies["/main/linux-64/zlib-1.0-h2_0.conda"] = content
    held = elsewhere.held["/main/linux-64/zlib-1.0-h1_0.conda"] = threading.Event()
    with cached() as forge, ThreadPoolExecutor(1) as pool:
        listed(forge)
        waiting = pool.submit(forge.client.get, ZLIB)
        while not fetched(server):
            time.sleep(0.01)
        other = forge.client.get(ZLIB.replace("h1_0", "h2_0"))
        held.set()
        assert (waiting.result().status_code, other.content) == (502, content)
        assert forge.client.get(ZLIB.replace("h1_0", "h2_0")).content == content


@pytest.mark.parametrize("odd", ["\ud800", float("nan"), float("inf")])
def test_what_no_index_can_say_leaves_the_older_one(cached: Opening, elsewhere: Elsewhere, odd: object) -> None:
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0"}
        elsewhere.index["/main/linux-64/repodata.json"]["packages.conda"]["zlib-1.0-h1_0.conda"]["odd"] = odd
        answer = forge.client.get("/conda/main/linux-64/repodata.json")
        assert (answer.status_code, "stale" in answer.headers["Cache-Status"]) == (200, True)


def test_an_address_that_leads_to_none_leaves_the_older_index(cached: Opening, elsewhere: Elsewhere) -> None:
    with cached() as forge:
        assert listed(forge) == {"zlib-1.0"}
        elsewhere.leads_to = "http://["
        answer = forge.client.get("/conda/main/linux-64/repodata.json")
        assert (answer.status_code, "stale" in answer.headers["Cache-Status"]) == (200, True)
        assert forge.client.get(ZLIB).status_code == 502


def test_credentials_in_the_address_are_for_the_forge_alone(cached: Opening, server: Served) -> None:
    secret = server.address.replace("://", "://me:secret@")
    with cached(url=f"{secret}/main") as forge:
        assert forge.client.get(ZLIB).status_code == 200
        assert {asked.login for asked in server.asked} == {"me:secret"}
        shown = [forge.client.get(path).text for path in ("/", "/conda/main/", "/api/v1/channels")]
        kept = [path for path in forge.services.folder.caches.rglob("*") if path.is_file()]
        telling = [path for path in kept if b"secret" in path.read_bytes()]
    assert not any("secret" in text for text in shown)
    assert {path.stat().st_mode & 0o077 for path in telling} == {0}


def test_a_file_that_is_another_one_by_now_is_that_one(cached: Opening, elsewhere: Elsewhere) -> None:
    with cached() as forge:
        before = forge.client.get(ZLIB).content
        elsewhere.add("zlib", files={"x": b"built again"})
        listed(forge)
        assert not (forge.services.folder.public / ZLIB[1:]).exists()
        after = forge.client.get(ZLIB).content
        assert before != after == (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").read_bytes()
        elsewhere.index["/main/linux-64/repodata.json"]["packages.conda"].clear()
        assert listed(forge) == set()
        assert forge.client.get(ZLIB).content == after


def test_names_in_a_cache_reserve_nothing_and_have_no_history(
    cached: Opening, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    with cached() as forge:
        forge.client.get(ZLIB)
        other = make_package(tmp_path / "own", "zlib", files={"x": b"our own"})
        assert forge.upload("testing", other).status_code == 200
        assert forge.upload("main", other).status_code == 404
        assert forge.client.get("/api/v1/channels/main/history").status_code == 404
        told = forge.client.get("/api/v1/channels").json()
        assert "main" not in {one["name"] for one in told["channels"]}
        size = (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").stat().st_size
        assert [(one["name"], one["files"], one["size"]) for one in told["caches"]] == [("main", 1, size)]
        for page in ("/", "/conda/main/"):
            assert "cache of http://127.0.0.1" in forge.client.get(page, headers={"Accept": "text/html"}).text


def test_only_what_is_let_through_is_listed_and_given(cached: Opening, elsewhere: Elsewhere) -> None:
    elsewhere.add("xz", license="GPL-3.0-only")
    elsewhere.add("curl", "2.0")
    with cached(specs=["zlib", "curl <2"]) as forge:
        assert listed(forge) == {"zlib-1.0"}
        assert forge.client.get("/conda/main/linux-64/curl-2.0-h1_0.conda").status_code == 404
    with cached(held=["curl >=2"]) as forge:
        assert listed(forge) == {"zlib-1.0", "xz-1.0"}
    with cached(denied=["GPL-*"]) as forge:
        assert listed(forge) == {"zlib-1.0", "curl-2.0"}
        assert forge.client.get(ZLIB).status_code == 200
    elsewhere.down = True
    with cached(held=["zlib"]) as forge:
        assert listed(forge) == {"xz-1.0", "curl-2.0"}
        assert forge.client.get(ZLIB).status_code == 404


def test_what_is_new_there_waits_for_some_days_by_our_own_clock(cached: Opening, elsewhere: Elsewhere) -> None:
    with cached(days=3.0) as forge:
        assert listed(forge) == {"zlib-1.0"}
        elsewhere.add("zlib", "2.0", timestamp=1_000_000_000_000)
        assert listed(forge) == {"zlib-1.0"}
        assert forge.client.get(ZLIB.replace("1.0", "2.0")).status_code == 404
        forge.services.caches._clock = lambda: int(time.time() * 1000) + 3 * DAY + 60_000  # noqa: SLF001  (days pass)
        elsewhere.down = True
        assert listed(forge) == {"zlib-1.0", "zlib-2.0"}


def test_gc_lets_go_what_is_unused_for_long_too_much_or_of_no_cache(cached: Opening, elsewhere: Elsewhere) -> None:
    elsewhere.add("xz")

    def gc(forge: Forged, **body: object) -> int:
        told = forge.client.post("/api/v1/gc", json=body, headers=forge.bearer).json()
        return int(told["cached"]["count"])

    with cached(kept="30 days") as forge:
        for path in (ZLIB, ZLIB.replace("zlib", "xz")):
            forge.client.get(path)
        assert gc(forge) == 0
        taken = forge.services.channels.store.taken
        assert isinstance(taken, Taken)
        taken._since.clear()  # noqa: SLF001  (an hour passes)
        forge.services.channels._clock = lambda: int(time.time() * 1000) + 31 * DAY  # noqa: SLF001  (days pass)
        assert (gc(forge, dry_run=True), gc(forge)) == (2, 2)
        assert list(forge.services.channels.store.near.places()) == []
        assert forge.client.get(ZLIB).status_code == 200
    with cached(gigabytes=1e-9) as forge:
        forge.upload("testing", elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda")
        assert gc(forge) == 1
        assert forge.client.get("/conda/testing/linux-64/zlib-1.0-h1_0.conda").status_code == 200


def test_fsck_knows_what_a_cache_keeps_and_makes_no_channel_of_it(cached: Opening, elsewhere: Elsewhere) -> None:
    with cached() as forge:
        forge.client.get(ZLIB)
        forge.upload("testing", elsewhere.add("xz"))
        folder = forge.services.folder
    assert check(folder, (), mend=False) == ()
    folder.ledger.unlink()
    check(folder, (), mend=True)
    assert check(folder, (), mend=False) == ()
    with cached() as forge:
        assert "main" not in forge.services.channels.names()
        assert forge.client.get(ZLIB).status_code == 200
    place = folder.public / ZLIB[1:]
    place.write_bytes(b"damaged")
    assert [one.fault for one in check(folder, (), mend=True)] == [Fault.CHANGED]
    with cached() as forge:
        assert forge.client.get(ZLIB).content == (elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda").read_bytes()


def test_a_purged_file_isnt_given_by_a_cache_either(cached: Opening, elsewhere: Elsewhere) -> None:
    with cached() as forge:
        forge.client.get(ZLIB)
        forge.upload("testing", elsewhere.folder / "linux-64/zlib-1.0-h1_0.conda")
        body = {"file": "zlib-1.0-h1_0.conda", "reason": "a private key"}
        forge.client.post("/api/v1/purge", json=body, headers=forge.bearer).raise_for_status()
        assert forge.client.get(ZLIB).status_code == 410
        assert list(forge.services.channels.store.near.places()) == []


@pytest.mark.parametrize(
    "path",
    ["linux-64/repodata_shards.msgpack.zst", "linux-64/.state.json", "nix/repodata.json", "linux-64/x", "linux-64"],
)
def test_what_isnt_cached_isnt_there(cached: Opening, path: str) -> None:
    with cached() as forge:
        listed(forge)
        assert forge.client.get(f"/conda/main/{path}").status_code == 404


def test_a_client_solves_and_installs_and_goes_on_when_nobody_answers(
    blank: tuple[Path, str],
    elsewhere: Elsewhere,
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler"))
    elsewhere.add("curl", "8.0", depends=["zlib", "words"], extension=".tar.bz2")
    folder = shutil.copytree(blank[0], tmp_path / "forge")
    (folder / "ownconda.toml").write_text(f'[forge.caches.main]\nurl = "{server.address}/main"\nminutes = 0\n')
    with running_forge(folder, "--port", "0") as forge:
        for number in range(2):
            solved = solve([f"{forge.url}/conda/main"], ["curl"], subdir="linux-64")
            assert all(url.startswith(f"{forge.url}/conda/main/") for url in solved.urls)
            install(solved, tmp_path / str(number))
            assert installed(tmp_path / str(number)) == {"curl-8.0-h1_0", "zlib-1.0-h1_0", "words-1.0-h1_0"}
            elsewhere.down = True
        with ForgeClient(forge.url) as client:
            assert [(one.name, one.cache_of, one.files) for one in client.caches()] == [
                ("main", f"{server.address}/main", 3)
            ]


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("main", {"url": "main"}, "has to be the address of a channel"),
        ("main", {"url": "http://x", "kept": "soon"}, "length of time"),
        ("main", {"url": "http://["}, "forge.caches.main.url: has to be the address of a channel"),
        ("main", {"url": "http://x:99999"}, "has to be the address of a channel"),
        ("main", {"url": "http://x", "minutes": float("nan")}, "forge.caches.main.minutes: has to be a number from 0"),
        ("main", {"url": "http://x", "days": float("inf")}, "has to be a number from 0"),
        ("main", {"url": "http://x", "gigabytes": -1.0}, "has to be a number from 0"),
        ("main", {"url": "http://x", "specs": ["=="]}, "forge.caches.main.specs: .*match spec"),
        ("testing", {"url": "http://x"}, "the forge has a channel of that name"),
        ("Main", {"url": "http://x"}, "can't be a channel's name"),
    ],
)
def test_what_can_be_no_cache_is_told_at_the_start(
    blank: tuple[Path, str], name: str, fields: dict[str, Any], told: str
) -> None:
    settings = Settings(forge=ForgeSettings(caches={name: CacheSettings(**fields)}))
    with pytest.raises(WrongInputError, match=told), open_services(blank[0], settings=settings):
        pass
