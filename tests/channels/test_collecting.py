"""Snapshots expire, and what nobody needs goes, on a real forge's folder."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from making import make_package
from yards import CHARTERS, DAY, Yard, opened, with_forgotten_arrivals

from ownconda.channels.acts import Promotion, Revert, Unprune
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.channels.prune_rules import PruneRules
from ownconda.channels.snapshots import ExpiredError
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.collecting import collect, plan_collection
from ownconda.channels.upkeep.migrating import copy_into_file
from ownconda.channels.views import view_folder
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, OutsideError
from ownconda.stores.bucket import Bucket
from ownconda.wires.database_server import Server
from ownconda.wires.files import exclusive_lock


@pytest.fixture
def yard(tmp_path: Path, database: Server | None, kept_in: Bucket | None) -> Iterator[Yard]:
    folder = ForgeFolder(root=tmp_path / "forge", database=database, bucket=kept_in)
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as made:
        yield made


def test_a_snapshot_expires_when_a_newer_one_has_stood_for_as_long_as_is_set(yard: Yard) -> None:
    first = yard.admit("testing", "zlib")
    yard.day = 200
    yard.admit("testing", "xz")
    yard.day = 209
    collect(yard.channels)
    assert yard.channels.snapshot_of("testing", str(first.id)) == first
    yard.day = 210
    assert first.id in collect(yard.channels).expiring["testing"]
    assert first.id in yard.expired("testing")
    yard.day = 999
    collect(yard.channels)
    assert yard.channels.state("testing").snapshot.id not in yard.expired("testing")


def test_an_expired_snapshot_cannot_be_looked_at_nor_gone_back_to(yard: Yard) -> None:
    first = yard.admit("testing", "zlib")
    last = yard.admit("testing", "xz")
    yard.day = 200
    collect(yard.channels)
    expired = f"snapshot {first.id} of 'testing' has expired"
    with pytest.raises(ExpiredError, match=expired):
        yard.channels.snapshot_of("testing", str(first.id))
    with pytest.raises(ExpiredError, match="has expired"):
        yard.channels.snapshot_of("testing", "1970-01-02")
    with pytest.raises(ExpiredError, match=expired):
        yard.roll_back("testing", first)
    with pytest.raises(ExpiredError, match=expired):
        yard.channels.difference(str(first.id), "testing")
    with pytest.raises(ExpiredError, match=expired):
        yard.channels.tag("testing", "late", str(first.id), author="ann")
    with pytest.raises(ExpiredError, match=expired):  # what it would bring back may be gone
        yard.channels.do(Revert(channel="testing", snapshot=last.id), author="bob")


def test_tagged_snapshots_and_those_of_channels_without_a_limit_are_kept(yard: Yard) -> None:
    for channel in ("testing", "old"):
        tagged = yard.admit(channel, f"kept-{channel}")
        yard.channels.tag(channel, "good", str(tagged.id), author="ann")
        yard.roll_back(channel, yard.start(channel))
    yard.day = 999
    collect(yard.channels)
    assert yard.channels.snapshot_of("testing", "good")
    assert yard.expired("old") == []
    assert yard.file("testing", "kept-testing").is_file()
    assert yard.file("old", "kept-old").is_file()


def test_only_what_no_kept_snapshot_needs_is_removed(yard: Yard) -> None:
    yard.admit("testing", "gone", "shared")
    yard.admit("old", "shared")
    yard.roll_back("testing", yard.start("testing"))
    yard.admit("testing", "zlib")
    yard.day = 200
    with_forgotten_arrivals(yard)
    planned = plan_collection(yard.channels)
    assert yard.file("testing", "gone").is_file()
    assert yard.expired("testing") == []
    done = collect(yard.channels)
    assert (done.files, done.links) == (planned.files, planned.links)
    assert {link.path.partition("-1")[0] for link in done.links} == {"linux-64/gone", "linux-64/shared"}
    assert len(done.files) == 1
    assert done.size == planned.size > 0
    assert not yard.file("testing", "gone").exists()
    assert not yard.file("testing", "shared").exists()
    assert yard.file("old", "shared").is_file()
    assert yard.listed("testing") == {"zlib"}
    again = collect(yard.channels)
    assert (again.links, again.files, again.size) == ((), {}, 0)


def test_what_becomes_due_while_files_are_removed_is_needed_until_the_next_time(yard: Yard) -> None:
    for name in "abcdef":
        yard.roll_back("testing", yard.admit("testing", name))
        yard.roll_back("testing", yard.start("testing"))
        yard.day += 1
    with_forgotten_arrivals(yard)
    yard.day, yard.step = 110, 1
    collect(yard.channels)
    yard.step = 0
    kept = [one.snapshot for one in yard.channels.history("testing", limit=99) if not one.snapshot.expired]
    listed = {path for one in kept for path in yard.channels.state_of(one).contents}
    assert listed
    assert all((yard.folder.channel("testing") / path).is_file() for path in listed)


def test_what_an_archive_lists_answers_where_it_ever_was(yard: Yard) -> None:
    yard.admit("testing", "zlib")
    yard.channels.do(Promotion(channel="stable", source="testing"), author="bob")
    for channel in ("stable", "testing"):
        yard.roll_back(channel, yard.start(channel))
    yard.day = 999
    assert collect(yard.channels).links == ()
    for channel in ("stable", "testing", "archive"):
        assert yard.file(channel, "zlib").is_file()


def test_an_archive_keeps_also_what_was_there_before_it(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder, (Charter(name="stable", snapshots=10 * DAY), Charter(name="archive"))) as before:
        before.admit("stable", "zlib")
    with opened(folder) as yard:
        collect(yard.channels)
        yard.roll_back("stable", yard.start("stable"))
        yard.day = 200
        with_forgotten_arrivals(yard)
        collect(yard.channels)
        assert yard.listed("archive") == {"zlib"}
        assert yard.file("stable", "zlib").is_file()


def test_the_same_file_may_come_again_and_another_of_its_name_may_not(yard: Yard) -> None:
    yard.admit("testing", "zlib", content=b"one")
    yard.roll_back("testing", yard.start("testing"))
    yard.day = 200
    with_forgotten_arrivals(yard)
    assert len(collect(yard.channels).files) == 1
    with pytest.raises(ConflictError, match="other contents"):
        yard.admit("testing", "zlib", content=b"two")
    yard.admit("testing", "zlib", content=b"one")
    assert yard.file("testing", "zlib").is_file()
    assert yard.listed("testing") == {"zlib"}


def test_bytes_that_came_and_were_not_told_of_yet_are_left_alone(yard: Yard) -> None:
    yard.admit("testing", "zlib")
    yard.roll_back("testing", yard.start("testing"))
    yard.day = 200
    with_forgotten_arrivals(yard)
    path = make_package(yard.folder.incoming, "zlib", files={"x": b""})
    record = read_package(path)
    yard.channels.store.take(path, record.sha256)  # somebody uploads it again at this moment
    assert collect(yard.channels).files == {}
    assert yard.channels.store.holds(record.sha256)


def test_orphans_go_after_a_day_and_what_is_shown_elsewhere_stays(yard: Yard) -> None:
    orphan = yard.channels.store.keep(b"nobody's")
    source, installer = yard.channels.store.keep(b"source"), yard.channels.store.keep(b"#!")
    yard.channels.shelf.show({yard.folder.sources / source / "x.tar.gz": source})
    yard.channels.shelf.show({yard.folder.channel("stable") / "own-1.sh": installer})
    with_forgotten_arrivals(yard)
    yard.day = int(time.time() * 1000) // DAY
    assert collect(yard.channels).orphans == {}
    yard.day += 2
    assert collect(yard.channels).orphans == {orphan: 8}
    assert {source, installer} <= yard.kept()
    assert orphan not in yard.kept()


def test_without_hard_links_copies_keep_their_bytes(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    source = yard.channels.store.keep(b"source")
    yard.channels.shelf.show({yard.folder.sources / source / "x.tar.gz": source})
    yard.admit("testing", "zlib")
    yard.roll_back("testing", yard.admit("testing", "xz"))
    orphan = yard.channels.store.keep(b"nobody's")
    with_forgotten_arrivals(yard)
    assert check_of(yard) == {"orphaned"}
    yard.day = int(time.time() * 1000) // DAY + 2
    assert collect(yard.channels).orphans.keys() == {orphan}
    assert source in yard.kept()
    assert check_of(yard) == set()


def no_links(path: Path, target: Path) -> None:
    raise PermissionError(f"{path} can't be linked to {target}")


def check_of(yard: Yard) -> set[str]:
    """Check a copy of the folder, as a forge runs on this one."""
    copy = ForgeFolder(root=yard.folder.root.with_name("copy"), bucket=yard.folder.bucket)
    shutil.copytree(yard.folder.root, copy.root)
    if yard.folder.database:
        (copy.root / "ledger.elsewhere").unlink()
        copy_into_file(yard.channels.ledger.engine, copy.ledger)
    found = {one.fault.value for one in check(copy, CHARTERS, mend=False)}
    shutil.rmtree(copy.root)
    return found


def test_shards_that_no_index_refers_to_go_after_a_day(yard: Yard) -> None:
    yard.admit("testing", "zlib")
    yard.admit("testing", "zlib", "xz")
    yard.channels.do(Revert(channel="testing", snapshot=yard.admit("testing", "bz").id), author="bob")
    shards = yard.folder.channel("testing") / "linux-64" / "shards"
    assert len(list(shards.iterdir())) == 3
    yard.day = int(time.time() * 1000) // DAY
    collect(yard.channels)
    assert len(list(shards.iterdir())) == 3
    yard.day += 2
    collect(yard.channels)
    assert len(list(shards.iterdir())) == 2
    assert not yard.channels.all()[0].index.lacks_shards()


def test_views_of_expired_snapshots_go(yard: Yard) -> None:
    first = yard.admit("testing", "zlib")
    last = yard.admit("testing", "xz")
    views = [view_folder(yard.channels, one, "http://x/conda/testing") for one in (first, last)]
    yard.day = 200
    collect(yard.channels)
    assert [view.is_dir() for view in views] == [False, True]


def test_nothing_is_collected_while_a_backup_is_made(yard: Yard) -> None:
    with exclusive_lock(yard.folder.keeping), pytest.raises(OutsideError, match="a backup is being made"):
        collect(yard.channels)


def test_uploads_of_the_same_files_go_on_while_they_are_collected(yard: Yard) -> None:
    names = [f"p{number}" for number in range(8)]

    def churn(name: str) -> None:
        for _ in range(6):
            yard.admit("old", name)
            assert yard.file("old", name).is_file()

    yard.admit("testing", *names)
    yard.roll_back("testing", yard.start("testing"))
    yard.day = 200
    with_forgotten_arrivals(yard)
    with ThreadPoolExecutor(9) as pool:
        churning = [pool.submit(churn, name) for name in names]
        while not all(one.done() for one in churning):
            collect(yard.channels)
        for one in churning:
            one.result()
    assert yard.listed("old") == set(names)
    for name in names:
        record = yard.channels.state("old").contents[f"linux-64/{name}-1.0-h1_0.conda"].record
        assert yard.channels.store.holds(record.sha256)
        assert yard.file("old", name).is_file()


@pytest.mark.parametrize("steps", range(4))
def test_a_collection_that_was_killed_is_completed_by_the_next_one(
    yard: Yard, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.admit("testing", "a", "b")
    yard.roll_back("testing", yard.start("testing"))
    yard.admit("testing", "zlib")
    yard.day = 200
    with_forgotten_arrivals(yard)
    dying_after(steps, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        collect(yard.channels)
    monkeypatch.undo()
    assert yard.listed("testing") == {"zlib"}
    collect(yard.channels)
    assert not yard.file("testing", "a").exists()
    assert len(yard.kept()) == 1
    assert yard.file("testing", "zlib").is_file()


def dying_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process seem to die when it is about to remove one file more."""
    remove, left = Path.unlink, [steps]

    def unlink(path: Path, **options: bool) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        remove(path, **options)

    monkeypatch.setattr(Path, "unlink", unlink)


def test_only_what_is_still_there_comes_back_after_pruning(yard: Yard) -> None:
    for version in ("1.0", "2.0"):
        yard.admit_version("testing", "zlib", version)
        yard.admit_version("testing", "xz", version)
    yard.channels.prune("testing", PruneRules(versions=1, pinned=("xz",)), author="ann")
    yard.day = 200
    yard.channels.prune("testing", PruneRules(versions=1), author="ann")
    with_forgotten_arrivals(yard)
    assert len(collect(yard.channels).files) == 1
    back = yard.channels.do(Unprune(channel="testing"), author="ann").change.added
    assert [entry.path for entry in back] == ["linux-64/xz-1.0-h1_0.conda"]
