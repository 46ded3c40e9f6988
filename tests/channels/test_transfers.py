"""The history of one real forge taken to another one, in stretches."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from yards import CHARTERS, Yard, opened

from ownconda.channels.acts import Hotfix, Promotion, Yank
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.journal import open_journal, read_journal
from ownconda.channels.ledger.following import FollowingError
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.snapshots import ExpiredError
from ownconda.channels.transfers.applying import Applied, apply, wanted_bytes
from ownconda.channels.transfers.beginning import begin_following, lead
from ownconda.channels.transfers.comparing import DivergedError, GapError, check_leader
from ownconda.channels.transfers.reading import read_stretch
from ownconda.channels.transfers.taking import heads_of
from ownconda.channels.transfers.transfer import Transfer, UnreadableError, read_transfer, written
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.collecting import collect
from ownconda.errors import ConflictError, OutsideError

PATCHES = json.dumps({"linux-64": {"packages.conda": {"zlib-1.0-h1_0.conda": {"license": "Zlib"}}}})


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[Yard]:
    folder = ForgeFolder(root=tmp_path / "leader")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as yard:
        yield yard


@contextmanager
def follower(root: Path) -> Iterator[Yard]:
    """Open a forge that has its history from another one; a new one the first time."""
    folder = ForgeFolder(root=root)
    if not folder.ledger.exists():
        begin_following(folder, "")
    yard = Yard(folder)
    journal = open_journal(root.with_suffix(".journal"))
    with open_channels(folder, CHARTERS, clock=yard.now, journal=journal) as channels:
        yard.channels = channels
        yield yard


def stretch(yard: Yard, since: int = 0, *channels: str, at: int = 0) -> Transfer:
    engine, store = yard.channels.ledger.engine, yard.channels.store
    told = read_stretch(engine, store, since=since, channels=channels, docs=True, at=at or yard.now(), whole=True)
    return read_transfer(written(told))


def bring(leader: Yard, yard: Yard, transfer: Transfer) -> Applied:
    for sha256 in wanted_bytes(yard.channels, transfer):
        copy = yard.folder.incoming / sha256
        shutil.copyfile(leader.channels.store.path_of(sha256), copy)
        yard.channels.store.take(copy, sha256)
    return apply(yard.channels, transfer)


def history(yard: Yard, channel: str) -> list[object]:
    return list(yard.channels.history(channel, limit=99))


def newest(yard: Yard) -> int:
    return max(mark.id for mark in heads_of(yard.channels.ledger.engine).values())


def indexes(yard: Yard) -> dict[str, bytes]:
    public = yard.folder.public
    return {str(path.relative_to(public)): path.read_bytes() for path in public.rglob("*.json") if path.name[0] != "."}


def live(yard: Yard) -> None:
    """Let a channel have a past of all kinds."""
    yard.admit("testing", "zlib", "key")
    yard.attest("testing", "zlib", b"claim")
    yard.channels.do(Promotion(channel="stable", source="testing"), author="ann", reason="tested")
    yard.channels.do(Yank(channel="testing", specs=("key",)), author="bob", reason="bad")
    yard.channels.hold("stable", "numpy", author="ann", reason="not yet")
    yard.channels.tag("stable", "first", "", author="ann")
    yard.channels.do(Hotfix(channel="stable", patches=PATCHES), author="ann", reason="its licence")


def test_a_forge_has_the_history_of_another_one_as_it_is(leader: Yard, tmp_path: Path) -> None:
    live(leader)
    with follower(tmp_path / "second") as second:
        done = bring(leader, second, stretch(leader))
        assert done.channels == ("testing", "stable", "archive", "old")
        assert second.channels.names() == leader.channels.names()
        for channel in leader.channels.names():
            assert history(second, channel) == history(leader, channel)
            assert second.channels.state(channel).contents == leader.channels.state(channel).contents
        assert second.channels.holds("stable") == leader.channels.holds("stable")
        assert second.channels.tags("stable") == leader.channels.tags("stable")
        assert indexes(second) == indexes(leader)
    assert check(second.folder, CHARTERS, mend=False) == ()


def test_stretches_follow_one_another_and_come_twice_without_harm(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader))
        since = newest(second)
        leader.admit("testing", "xz")
        later = stretch(leader, since, "testing")
        assert bring(leader, second, later).snapshots == 1
        assert bring(leader, second, later).snapshots == 0
        assert bring(leader, second, stretch(leader)).snapshots == 0
        assert second.listed("testing") == {"zlib", "xz"}
        leader.admit("testing", "bz")
        leader.admit("testing", "gz")
        last = stretch(leader, newest(leader) - 1)
        with pytest.raises(GapError, match=r"testing: the snapshots after 6 up to 7 are missing"):
            bring(leader, second, last)
        assert second.listed("testing") == {"zlib", "xz"}


def test_a_channel_that_was_not_taken_from_its_beginning_is_refused(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    with follower(tmp_path / "second") as second:
        with pytest.raises(GapError, match="nothing of it is here, and what comes begins after snapshot 5"):
            apply(second.channels, stretch(leader, 5, "testing"))
        assert second.channels.names() == ()


def test_what_is_chosen_comes_alone(leader: Yard, tmp_path: Path) -> None:
    live(leader)
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader, 0, "stable"))
        assert second.channels.names() == ("stable",)
        assert history(second, "stable") == history(leader, "stable")
        collect(second.channels)  # its archive is elsewhere
        assert history(second, "stable") == history(leader, "stable")


def test_a_follower_takes_nothing_itself_until_it_takes_over(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader))
        before = heads_of(second.channels.ledger.engine)
        for act in (
            lambda: second.admit("testing", "xz"),
            lambda: second.channels.tag("testing", "mine", "", author="ann"),
            lambda: second.channels.purge("zlib-1.0-h1_0.conda", author="ann", reason="secret"),
            lambda: second.channels.hold("testing", "zlib", author="ann", reason="no"),
        ):
            with pytest.raises(FollowingError, match="takes nothing itself"):
                act()
        assert heads_of(second.channels.ledger.engine) == before
        assert second.file("testing", "zlib").exists()
    lead(second.folder)
    with opened(second.folder) as alone:
        assert alone.admit("testing", "xz").id == max(mark.id for mark in before.values()) + 1
        with pytest.raises(ConflictError, match="this forge leads"):
            apply(alone.channels, stretch(leader))


def test_forges_that_both_went_on_are_told_apart(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader))
    lead(second.folder)
    with opened(second.folder) as alone:
        alone.day += 1
        alone.admit("testing", "here")
    leader.admit("testing", "there")
    begin_following(second.folder, "")
    with follower(second.folder.root) as second:
        with pytest.raises(
            DivergedError, match=r"here is snapshot 6 of testing .* what comes has snapshot 6 of testing"
        ):
            apply(second.channels, stretch(leader))
        with pytest.raises(DivergedError, match="the leader has snapshot 5"):
            check_leader(replace(stretch(leader, 5)), heads_of(second.channels.ledger.engine))
        assert second.listed("testing") == {"zlib", "here"}


def test_what_was_purged_goes_and_does_not_come_back(leader: Yard, tmp_path: Path) -> None:
    leader.attest("testing", "key", b"claim")
    first = stretch(leader)
    with follower(tmp_path / "second") as second:
        bring(leader, second, first)
        held = second.kept()
        leader.admit("testing", "zlib")
        leader.channels.purge("key-1.0-h1_0.conda", author="ann", reason="a secret")
        done = bring(leader, second, stretch(leader, newest(second)))
        assert done.purged == ("linux-64/key-1.0-h1_0.conda",)
        lines = [(line.path, line.purged) for line in read_journal(tmp_path / "second.journal")]
        key, zlib = "linux-64/key-1.0-h1_0.conda", "linux-64/zlib-1.0-h1_0.conda"
        assert lines == [(key, False), (zlib, False), (key, True)]
        assert second.listed("testing") == {"zlib"}
        assert second.channels.purged("linux-64/key-1.0-h1_0.conda").reason == "a secret"  # type: ignore[union-attr]
        assert held.isdisjoint(second.kept())
        assert not second.file("testing", "key").exists()
        assert wanted_bytes(second.channels, first) == {}
        assert apply(second.channels, first).snapshots == 0
        assert second.listed("testing") == {"zlib"}
    with follower(tmp_path / "third") as third:
        bring(leader, third, replace(stretch(leader), snapshots=stretch(leader).snapshots[:5]))
        assert third.channels.state("testing").contents == {}
        assert history(third, "testing")[0] == history(leader, "testing")[2]
        bring(leader, third, stretch(leader))
        assert (third.listed("testing"), history(third, "testing")) == ({"zlib"}, history(leader, "testing"))


def test_what_expired_at_the_leader_is_a_line_of_history(
    leader: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = leader.admit("testing", "zlib")
    leader.roll_back("testing", leader.start("testing"))
    leader.day += 50
    leader.admit("testing", "xz")
    monkeypatch.setattr("ownconda.stores.taken.LATELY", -1)  # an hour passed
    collect(leader.channels)
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader))
        assert second.expired("testing") == leader.expired("testing")
        assert past.id in second.expired("testing")
        with pytest.raises(ExpiredError):
            second.channels.state_of(second.channels.snapshot(past.id))
        collect(second.channels)
        assert second.kept() == leader.kept()
    assert check(second.folder, CHARTERS, mend=False) == ()


def test_an_older_stretch_does_not_bring_back_old_tags(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    leader.channels.tag("testing", "best", "", author="ann")
    old = stretch(leader)
    leader.channels.untag("testing", "best")
    leader.day += 1
    with follower(tmp_path / "second") as second:
        bring(leader, second, stretch(leader))
        bring(leader, second, old)
        assert second.channels.tags("testing") == ()


def test_nothing_is_told_of_whose_bytes_are_missing(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    with follower(tmp_path / "second") as second:
        with pytest.raises(OutsideError, match="1 files of it aren't here"):
            apply(second.channels, stretch(leader))
        assert second.channels.names() == ()


def test_other_contents_under_a_name_are_refused(leader: Yard, tmp_path: Path) -> None:
    leader.admit("testing", "zlib")
    transfer = stretch(leader)
    with follower(tmp_path / "second") as second:
        bring(leader, second, transfer)
        [(path, file)] = transfer.files.items()
        with pytest.raises(ConflictError, match=f"{path} stands for other contents here"):
            apply(second.channels, replace(transfer, files={path: replace(file, sha256="0" * 64)}))


def test_what_is_no_stretch_of_history_is_refused(leader: Yard) -> None:
    leader.admit("testing", "zlib")
    told = written(stretch(leader))
    outside = [{**told["files"][0], "path": "../../etc/x.conda"}]
    beside = {**told["standing"], "beside": {"conda/../x": "0" * 64}}
    wrong: list[dict[str, object]] = [{"format": 3}, {"format": 1}, {"files": outside}, {"standing": beside}]
    wrong += [{"snapshots": [{}]}, {"sizes": {"x": 1}}]
    for one in wrong:
        with pytest.raises(UnreadableError):
            read_transfer(told | one)
