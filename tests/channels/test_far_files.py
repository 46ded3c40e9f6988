"""Files that a machine fetches when somebody asks for them."""

from dataclasses import replace
from pathlib import Path

import pytest
from yards import CHARTERS, Yard, opened

from ownconda.channels.far_files import fetch
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.stores.bucket import Bucket, open_bucket
from ownconda.stores.object_store import ObjectStore

pytestmark = pytest.mark.objects
PATH = "linux-64/zlib-1.0-h1_0.conda"


class Purging(Bucket):
    """A bucket in which a package is purged when all of it was read."""

    def __init__(self, bucket: Bucket, yard: Yard) -> None:
        super().__init__(bucket.address, bucket._opened)  # noqa: SLF001
        self._yard = yard

    def get_file(self, key: str, target: Path) -> None:
        super().get_file(key, target)
        self._yard.channels.purge(PATH, author="ann", reason="it holds a key")


def test_what_is_purged_while_it_is_fetched_is_not_here(tmp_path: Path, bucket: str) -> None:
    folder = ForgeFolder(root=tmp_path / "forge", bucket=open_bucket(bucket))
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as yard:
        yard.admit("testing", "zlib")
        store, place = yard.channels.store, yard.folder.channel("testing") / PATH
        [entry] = yard.channels.state("testing").contents.values()
        place.unlink()
        store.near.discard(entry.record.sha256)
        assert isinstance(store, ObjectStore)
        yard.channels.store = replace(store, bucket=Purging(store.bucket, yard))
        assert not fetch(yard.channels, "testing", PATH)
        assert not place.exists()
        assert not store.near.holds(entry.record.sha256)
