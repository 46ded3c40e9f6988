"""What all tests share; that this file is here lets tests import the modules beside it by name."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ownconda.wires.database_server import Server, read_server

if TYPE_CHECKING:
    from databases import Postgres
    from object_store_at_home import ObjectStoreAtHome

    from ownconda.stores.bucket import Bucket


@pytest.fixture(autouse=True)
def _plain_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy, authority or password of this machine take part where all happens on the loopback."""
    if request.node.get_closest_marker("network"):
        return
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", os.devnull)


@pytest.fixture(scope="session")
def postgres_server() -> "Iterator[Postgres]":
    from databases import postgres  # noqa: PLC0415  (it needs what the other tests don't)

    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def object_store_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[ObjectStoreAtHome]":
    from object_store_at_home import object_store  # noqa: PLC0415  (likewise)

    with object_store(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def object_store(object_store_server: "ObjectStoreAtHome", monkeypatch: pytest.MonkeyPatch) -> "ObjectStoreAtHome":
    """A server of S3, and an environment that leads to it."""
    for name, value in object_store_server.environment.items():
        monkeypatch.setenv(name, value)
    return object_store_server


@pytest.fixture
def bucket(object_store: "ObjectStoreAtHome") -> str:
    """The address of a new bucket."""
    return object_store.new_bucket(f"bucket-{uuid4().hex[:12]}")


@pytest.fixture(params=["folder", pytest.param("objects", marks=pytest.mark.objects)])
def kept_in(request: pytest.FixtureRequest) -> "Bucket | None":
    """Where a forge's bytes are to be: in its folder, or in a new bucket of an object store."""
    if request.param == "folder":
        return None
    from ownconda.stores.bucket import open_bucket  # noqa: PLC0415  (likewise)

    return open_bucket(request.getfixturevalue("bucket"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Server | None:
    """Where a forge's ledger is to be: in its folder, or in a new database of a server."""
    if request.param == "sqlite":
        return None
    server: Postgres = request.getfixturevalue("postgres_server")
    return read_server(server.new_database(f"t{uuid4().hex[:12]}"))
