"""What uses the disk, told by channel, package, snapshot and rule, on a real forge's folder."""

from pathlib import Path

from yards import CHARTERS, Yard, opened, with_forgotten_arrivals

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.channels.upkeep.collecting import collect
from ownconda.channels.upkeep.usage import usage_of


def test_each_byte_is_told_by_channel_package_snapshot_and_rule(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as yard:
        yard.admit("testing", "today", "shared")
        yard.admit("old", "shared", "past")
        last = yard.admit("old", "later")
        yard.roll_back("old", yard.start("old"))
        yard.admit("testing", "leaving")
        yard.roll_back("testing", yard.admit("testing", "leaving-too"))
        told = usage_of(yard.channels)
        size = {path.name: path.stat().st_size for path in folder.files.glob("??/*")}
        assert told.size == sum(size.values())
        channels = {one.name: one for one in told.channels}
        assert (channels["testing"].files, channels["testing"].past) == (4, 0)
        assert channels["old"].files == 3
        assert channels["old"].past == channels["old"].size - size_of(yard, "testing", "shared") > 0
        assert {one.name for one in told.packages} == {"today", "shared", "past", "later", "leaving", "leaving-too"}
        assert [(one.channel, one.snapshot, one.files) for one in told.snapshots] == [("old", last.id, 2)]
        assert sum(one.size for one in told.rules) == 0


def test_what_each_rule_would_free_is_what_it_frees(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as yard:
        yard.admit("testing", "gone")
        yard.roll_back("testing", yard.start("testing"))
        yard.day = 200
        with_forgotten_arrivals(yard)
        rules = {one.rule: one for one in usage_of(yard.channels).rules}
        assert (rules["expiry"].files, rules["unneeded"].files) == (1, 0)
        assert rules["expiry"].size == collect(yard.channels).size
        assert sum(one.size for one in usage_of(yard.channels).rules) == 0


def size_of(yard: Yard, channel: str, name: str) -> int:
    return yard.file(channel, name).stat().st_size


def test_what_lies_beside_a_package_is_no_file_of_its_own_in_the_figures(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as yard:
        yard.admit("testing", "signed")
        before = {one.name: one for one in usage_of(yard.channels).packages}["signed"]
        yard.attest("testing", "signed", b"a claim")
        after = {one.name: one for one in usage_of(yard.channels).packages}["signed"]
        assert (before.files, after.files) == (1, 1)
        assert after.size == before.size + len(b"a claim")
