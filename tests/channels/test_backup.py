"""A real forge's folder is backed up while it runs, lost, and put back."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from yards import CHARTERS, Yard, opened

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.journal import Line, open_journal, read_journal
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.upkeep.backup import BackedUp, back_up
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.restoring import Restored, complete, restore
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.stores.bucket import Bucket
from ownconda.wires.database_server import Server


@pytest.fixture
def yard(tmp_path: Path, database: Server | None, kept_in: Bucket | None) -> Iterator[Yard]:
    """A running forge with a journal."""
    folder = ForgeFolder(root=tmp_path / "forge", database=database, bucket=kept_in)
    create_forge(folder, CHARTERS, clock=lambda: 0)
    made = Yard(folder)
    with open_channels(folder, CHARTERS, clock=made.now, journal=open_journal(tmp_path / "journal")) as channels:
        made.channels = channels
        yield made


def backed_up(yard: Yard, *, check_all: bool = False) -> BackedUp:
    return back_up(yard.folder, yard.folder.root.parent / "backup", at=1, check_all=check_all)


def put_back(tmp_path: Path, lines: tuple[Line, ...] = ()) -> tuple[ForgeFolder, Restored]:
    folder = ForgeFolder(root=tmp_path / "back")
    done = restore(tmp_path / "backup", folder, lines)
    with open_channels(folder, CHARTERS) as channels:
        complete(channels, lines)
    return folder, done


def public(folder: ForgeFolder) -> dict[str, bytes]:
    """Give all that clients can download."""
    return {
        str(path.relative_to(folder.public)): path.read_bytes()
        for path in sorted(folder.public.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.parent.name != "shards"
    }


def test_a_forge_comes_back_with_its_past_its_sources_and_its_installers(yard: Yard, tmp_path: Path) -> None:
    past = yard.admit("old", "past")
    yard.roll_back("old", yard.start("old"))
    yard.admit("testing", "zlib")
    yard.attest("testing", "zlib", b"claimed")
    store = yard.channels.store
    for place, content in ((yard.folder.sources / "{}" / "a", b"a"), (yard.folder.channel("old") / "own-1.sh", b"#!")):
        sha256 = store.keep(content)
        store.show({Path(str(place).format(sha256)): sha256})
    (yard.folder.root / "ownconda.toml").write_text("[forge]\n")
    made = yard.folder.channel("old") / "made-from-the-ledger.json"
    made.write_text("{}")
    assert backed_up(yard).lost == ()
    folder, done = put_back(tmp_path)
    assert (done.files, done.lost) == (5, ())
    made.unlink()
    assert public(folder) == public(yard.folder)
    assert (folder.root / "ownconda.toml").is_file()
    assert check(folder, CHARTERS, mend=False) == ()
    with opened(folder) as back:
        assert [entry.record.name for entry in back.channels.state_of(past).contents.values()] == ["past"]


def test_a_second_backup_copies_only_what_is_new_and_forgets_what_was_purged(yard: Yard, tmp_path: Path) -> None:
    yard.admit("testing", "zlib", "key")
    assert (backed_up(yard).new, backed_up(yard).new) == (2, 0)
    yard.admit("testing", "xz")
    yard.channels.purge("key-1.0-h1_0.conda", author="ann", reason="a secret")
    done = backed_up(yard, check_all=True)
    assert (done.files, done.new, done.lost) == (2, 1, ())
    assert done.new_size == yard.file("testing", "xz").stat().st_size
    assert len(list((tmp_path / "backup").glob("ledger*"))) == 1
    assert len(list((tmp_path / "backup" / "files").glob("??/*"))) == 2


def test_what_a_backup_lists_is_in_it_whatever_is_uploaded_meanwhile(yard: Yard, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        uploads = [pool.submit(yard.admit, "testing", f"p{number}") for number in range(30)]
        while not all(one.done() for one in uploads):
            assert backed_up(yard).lost == ()
            folder, done = put_back(tmp_path)
            assert done.lost == ()
            assert check(folder, CHARTERS, mend=False) == ()
            shutil.rmtree(folder.root)


def test_a_backup_that_is_killed_leaves_the_one_before(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.admit("testing", "zlib")
    backed_up(yard)
    yard.channels.purge("zlib-1.0-h1_0.conda", author="ann", reason="a mistake")
    yard.admit("testing", "a", "b", "c")
    link, left = Path.hardlink_to, [2]

    def hardlink_to(path: Path, target: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        link(path, target)

    monkeypatch.setattr(Path, "hardlink_to", hardlink_to)
    with pytest.raises(KeyboardInterrupt):
        backed_up(yard)
    monkeypatch.undo()
    folder, _ = put_back(tmp_path)
    with opened(folder) as back:
        assert back.listed("testing") == {"zlib"}
    backed_up(yard)
    shutil.rmtree(folder.root)
    folder, _ = put_back(tmp_path)
    with opened(folder) as back:
        assert back.listed("testing") == {"a", "b", "c"}


def test_a_lost_file_is_told_and_the_others_are_backed_up(yard: Yard, tmp_path: Path) -> None:
    yard.admit("testing", "zlib")
    backed_up(yard)
    yard.admit("testing", "xz", "bz")
    digests = {one.record.name: one.record.sha256 for one in yard.channels.state("testing").contents.values()}
    place = {name: yard.channels.store.path_of(sha256) for name, sha256 in digests.items()}
    yard.channels.store.discard(digests["xz"])
    place["bz"].write_bytes(b"damaged")
    yard.channels.store.discard(digests["zlib"])  # the backup has it
    done = backed_up(yard)
    assert set(done.lost) == {digests["xz"], digests["bz"]}
    folder, back = put_back(tmp_path)
    assert (back.files, set(back.lost)) == (1, set(done.lost))
    assert (folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda").is_file()


def test_names_of_this_afternoon_stay_reserved_after_a_restore(yard: Yard, tmp_path: Path) -> None:
    yard.admit("testing", "morning")
    backed_up(yard)
    yard.admit("testing", "afternoon")
    yard.admit("old", "afternoon", "leaked")
    for name in ("morning", "leaked"):
        yard.channels.purge(f"{name}-1.0-h1_0.conda", author="ann", reason="a secret")
    lines = read_journal(tmp_path / "journal")
    assert [(line.path.partition("-1")[0], line.purged) for line in lines] == [
        ("linux-64/morning", False),
        ("linux-64/afternoon", False),
        ("linux-64/leaked", False),
        ("linux-64/morning", True),
        ("linux-64/leaked", True),
    ]
    folder, done = put_back(tmp_path, lines)
    assert done.reserved == 2
    with opened(folder) as back:
        assert back.listed("testing") == set()
        assert not back.file("testing", "morning").exists()
        for name in ("afternoon", "leaked"):
            with pytest.raises(ConflictError, match="other contents"):
                back.admit("testing", name, content=b"other")
        with pytest.raises(ConflictError, match="other contents"):
            back.admit("testing", "leaked")
        with pytest.raises(ConflictError, match="was purged by ann: a secret"):
            back.admit("testing", "morning")
        back.admit("testing", "afternoon")
        assert back.listed("testing") == {"afternoon"}


def test_nothing_is_taken_that_the_journal_cannot_be_told_of(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "journal").unlink()
    (tmp_path / "journal").mkdir()
    with pytest.raises(OutsideError, match="can't be written"):
        yard.admit("testing", "zlib")
    assert yard.channels.state("testing").contents == {}
    with pytest.raises(OutsideError, match="can't be written"):
        open_journal(tmp_path / "journal")
    (tmp_path / "journal").rmdir()
    yard.admit("testing", "zlib")
    assert len(read_journal(tmp_path / "journal")) == 1


def test_a_line_of_the_journal_that_was_cut_short_is_passed_over(yard: Yard, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    yard.admit("testing", "a")
    journal.write_bytes(journal.read_bytes() + b'{"at":1,"path":"linux-64/lo')
    yard.admit("testing", "b")
    assert [line.path for line in read_journal(journal)] == ["linux-64/a-1.0-h1_0.conda", "linux-64/b-1.0-h1_0.conda"]
    journal.write_text("what is this?\n")
    with pytest.raises(WrongInputError, match="isn't a journal"):
        read_journal(journal)
    with pytest.raises(WrongInputError, match="can't be read"):
        read_journal(tmp_path / "nowhere")


def test_an_interrupted_restore_is_run_again(yard: Yard, tmp_path: Path) -> None:
    yard.admit("testing", "zlib")
    backed_up(yard)
    restore(tmp_path / "backup", ForgeFolder(root=tmp_path / "back"), ())
    folder, done = put_back(tmp_path)
    assert done.files == 1
    with pytest.raises(WrongInputError, match="holds something"):
        restore(tmp_path / "backup", folder, ())


def test_what_cannot_be_backed_up_or_put_back_is_told(yard: Yard, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "things").mkdir(parents=True)
    with pytest.raises(WrongInputError, match="holds something else"):
        back_up(yard.folder, other, at=1)
    with pytest.raises(WrongInputError, match="would be lost with it"):
        back_up(yard.folder, yard.folder.root / "backup", at=1)
    with pytest.raises(WrongInputError, match="no forge in this folder"):
        back_up(ForgeFolder(root=other), tmp_path / "backup", at=1)
    with pytest.raises(WrongInputError, match="no backup here"):
        restore(other, ForgeFolder(root=tmp_path / "back"), ())
    backed_up(yard)
    [ledger] = (tmp_path / "backup").glob("ledger*")
    ledger.write_bytes(ledger.read_bytes()[:-1])
    with pytest.raises(OutsideError, match="ledger is damaged"):
        restore(tmp_path / "backup", ForgeFolder(root=tmp_path / "back"), ())
