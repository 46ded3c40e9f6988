"""A forge whose bytes are in an object store: brought there and back, and looked after."""

from dataclasses import replace
from pathlib import Path

import pytest
from yards import CHARTERS, Yard, opened

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.faults import Fault
from ownconda.channels.upkeep.migrating import move_files
from ownconda.cli.main import run
from ownconda.errors import WrongInputError
from ownconda.stores.bucket import Bucket, open_bucket
from ownconda.stores.object_store import key_of

pytestmark = pytest.mark.objects


@pytest.fixture
def folder(tmp_path: Path) -> ForgeFolder:
    """A forge that has its bytes in its folder."""
    made = ForgeFolder(root=tmp_path / "forge")
    create_forge(made, CHARTERS, clock=lambda: 0)
    with opened(made) as yard:
        yard.admit("testing", "zlib", "xz")
        yard.attest("stable", "zlib", b"claimed")
    return made


@pytest.fixture
def opened_bucket(bucket: str) -> Bucket:
    return open_bucket(bucket)


def contents(yard: Yard) -> dict[str, bytes]:
    store = yard.channels.store
    return {one.sha256: store.read(one.sha256) for one in store.stored()}


def faults(folder: ForgeFolder, *, mend: bool) -> list[tuple[Fault, bool]]:
    return [(one.fault, one.mended) for one in check(folder, CHARTERS, mend=mend)]


def test_bytes_move_to_an_object_store_and_back(folder: ForgeFolder, opened_bucket: Bucket) -> None:
    with opened(folder) as yard:
        before = contents(yard)
    there = replace(folder, bucket=opened_bucket)
    assert (move_files(folder, opened_bucket).files, len(before)) == (3, 3)
    with opened(there) as yard:
        assert contents(yard) == before
        yard.admit("testing", "bz")
        after = contents(yard)
    assert move_files(folder, None).lost == ()
    with opened(folder) as yard:
        assert contents(yard) == after
        assert yard.listed("testing") == {"zlib", "xz", "bz"}


def test_bytes_that_are_damaged_stay_behind_and_are_told(folder: ForgeFolder, opened_bucket: Bucket) -> None:
    sha256 = next(folder.store().stored()).sha256
    folder.store().path_of(sha256).write_bytes(b"damaged")
    moved = move_files(folder, opened_bucket)
    assert (moved.files, moved.lost) == (2, (sha256,))


def test_bytes_are_moved_once(folder: ForgeFolder, opened_bucket: Bucket) -> None:
    with pytest.raises(WrongInputError, match="the files are there already"):
        move_files(folder, None)
    move_files(folder, opened_bucket)
    with pytest.raises(WrongInputError, match="the files are there already"):
        move_files(folder, opened_bucket)


def test_a_forge_is_not_opened_with_other_settings_than_its_bytes_need(
    folder: ForgeFolder, opened_bucket: Bucket
) -> None:
    with pytest.raises(WrongInputError, match="the files of this forge are in its folder"):
        check(replace(folder, bucket=opened_bucket), CHARTERS, mend=False)
    move_files(folder, opened_bucket)
    with pytest.raises(WrongInputError, match="the files of this forge are in the object store s3://"):
        opened(folder).__enter__()


def test_the_command_moves_files_and_says_what_to_set(
    folder: ForgeFolder, bucket: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["forge", "migrate", str(folder.root), "--files-to", bucket]) == 0
    said = capsys.readouterr().err
    assert "3 files with" in said
    assert f"set forge.store to {bucket} before the forge is started" in said
    assert run(["forge", "fsck", str(folder.root)]) != 0
    assert "are in the object store" in capsys.readouterr().err
    monkeypatch.setenv("OWNCONDA_FORGE_STORE", bucket)
    assert run(["forge", "fsck", str(folder.root)]) == 0
    assert run(["forge", "migrate", str(folder.root), "--files-to", "folder"]) == 0
    assert "unset forge.store before the forge is started" in capsys.readouterr().err


def test_what_changed_or_is_lost_in_the_store_is_found_and_taken_again_from_copies(
    folder: ForgeFolder, opened_bucket: Bucket
) -> None:
    move_files(folder, opened_bucket)
    there = replace(folder, bucket=opened_bucket)
    changed, lost, _ = sorted(one.sha256 for one in there.store().stored())
    opened_bucket.put(key_of(changed), b"damaged")
    opened_bucket.delete(key_of(lost))
    assert sorted(faults(there, mend=False)) == [(Fault.CHANGED, False), (Fault.MISSING, False)]
    assert (Fault.MISSING, True) in faults(there, mend=True)
    assert faults(there, mend=False) == []
    assert there.store().digest_of(changed) == changed
    assert there.store().digest_of(lost) == lost


def test_a_lost_ledger_is_not_made_again_from_the_copies_on_one_machine(
    folder: ForgeFolder, opened_bucket: Bucket
) -> None:
    move_files(folder, opened_bucket)
    folder.ledger.unlink()
    assert faults(replace(folder, bucket=opened_bucket), mend=True) == [(Fault.LEDGER, False)]
    assert not folder.ledger.exists()
