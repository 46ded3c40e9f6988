"""A forge's folder is checked against its ledger and mended, on a real one that was harmed."""

import json
from pathlib import Path

import pytest
from yards import CHARTERS, opened

from ownconda.channels.acts import Yank
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.journal import open_journal, read_journal
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.faults import Fault, Finding
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.repodata.shards import read_shard_index


@pytest.fixture
def folder(tmp_path: Path) -> ForgeFolder:
    """A stopped forge with some past."""
    made = ForgeFolder(root=tmp_path / "forge")
    create_forge(made, CHARTERS, clock=lambda: 0)
    with opened(made) as yard:
        yard.admit("testing", "zlib", "xz", "bz")
        yard.attest("testing", "zlib", b"claimed")
        yard.roll_back("testing", yard.admit("testing", "past"))
        yard.channels.do(Yank(channel="testing", specs=("bz",)), author="ann")
        yard.day = 101
        yard.roll_back("old", yard.admit("old", "zlib", "other"))
        yard.roll_back("old", yard.start("old"))
        for place, content in ((made.sources / "{}" / "a.tar", b"a"), (made.channel("old") / "own-1.sh", b"#!")):
            sha256 = yard.channels.store.keep(content)
            yard.channels.shelf.show({Path(str(place).format(sha256)): sha256})
    return made


def file(folder: ForgeFolder, channel: str, name: str) -> Path:
    return folder.channel(channel) / "linux-64" / f"{name}-1.0-h1_0.conda"


def faults(folder: ForgeFolder, *, mend: bool = False) -> list[Fault]:
    return [one.fault for one in check(folder, CHARTERS, mend=mend)]


def mended(folder: ForgeFolder) -> tuple[Finding, ...]:
    """Check, and check again that the first check changed nothing; then mend, after which all has to be well."""
    found = check(folder, CHARTERS, mend=False)
    assert check(folder, CHARTERS, mend=False) == found
    assert not any(one.mended for one in found)
    done = check(folder, CHARTERS, mend=True)
    assert all(one.mended for one in done), done
    assert check(folder, CHARTERS, mend=False) == ()
    return found


def test_all_is_well_with_a_forge_that_nobody_harmed(folder: ForgeFolder) -> None:
    assert faults(folder) == []


def test_links_are_shown_again_also_those_of_the_past(folder: ForgeFolder) -> None:
    file(folder, "old", "other").unlink()
    damaged = file(folder, "testing", "zlib")
    content = damaged.read_bytes()
    damaged.unlink()
    damaged.write_bytes(b"x" * len(content))
    copied = file(folder, "testing", "xz")
    copy = copied.read_bytes()
    copied.unlink()
    copied.write_bytes(copy)
    assert [one.fault for one in mended(folder)] == [Fault.NO_LINK] * 3
    assert damaged.read_bytes() == content
    assert file(folder, "old", "other").is_file()


def test_the_store_takes_back_what_clients_still_find(folder: ForgeFolder) -> None:
    sha256 = sha256_of_name(folder, "xz")
    (folder.files / sha256[:2] / sha256).unlink()
    [found] = mended(folder)
    assert (found.fault, found.place) == (Fault.MISSING, f"files/{sha256[:2]}/{sha256}")


def test_a_changed_file_is_put_aside_and_may_come_again(folder: ForgeFolder) -> None:
    place = file(folder, "testing", "xz")
    with place.open("r+b") as harmed:
        harmed.write(b"!")
    assert faults(folder) == [Fault.CHANGED]
    done = check(folder, CHARTERS, mend=True)
    assert [(one.fault, one.mended) for one in done] == [(Fault.CHANGED, True), (Fault.MISSING, False)]
    assert "upload the same file again" in done[1].hint
    assert not place.exists()
    assert len([one for one in folder.lost_and_found.rglob("*") if one.is_file()]) == 1
    with opened(folder) as yard:
        yard.admit("testing", "xz")
    assert faults(folder) == []
    assert place.is_file()


def test_a_changed_source_or_installer_is_lost_and_told_so(folder: ForgeFolder) -> None:
    [source], installer = folder.sources.glob("*/*"), folder.channel("old") / "own-1.sh"
    installer.write_bytes(b"#?")
    source.unlink()
    source.write_bytes(b"b")
    done = check(folder, CHARTERS, mend=True)
    assert [(one.fault, one.mended) for one in done] == [
        (Fault.CHANGED, True),
        (Fault.CHANGED, True),
        (Fault.MISSING, False),
        (Fault.NO_LINK, True),
    ]
    assert "old/own-1.sh" in done[2].what
    assert source.read_bytes() == b"a"
    assert not installer.exists()
    assert faults(folder) == [Fault.MISSING]


def test_a_source_that_never_was_what_its_address_says_is_gone(folder: ForgeFolder) -> None:
    wrong = folder.sources / ("0" * 64) / "b.tar"
    with opened(folder) as yard:
        yard.channels.shelf.show({wrong: yard.channels.store.keep(b"b")})
    done = check(folder, CHARTERS, mend=True)
    assert (done[0].fault, done[0].mended) == (Fault.CHANGED, False)
    assert not wrong.exists()
    with opened(folder) as yard:
        assert f"sources/{'0' * 64}/b.tar" not in yard.channels.shelf.lying()


def test_an_installer_that_clients_dont_find_is_shown_again(folder: ForgeFolder) -> None:
    installer = folder.channel("old") / "own-1.sh"
    installer.unlink()
    assert faults(folder, mend=True) == [Fault.NO_LINK]
    assert installer.read_bytes() == b"#!"


def test_what_nobody_knows_is_put_aside(folder: ForgeFolder) -> None:
    stray = folder.channel("testing") / "linux-64" / "stray-1-0.conda"
    stray.write_bytes(b"stray")
    byte = folder.files / "ab" / ("ab" + 62 * "0")
    byte.parent.mkdir(exist_ok=True)
    byte.write_bytes(b"")
    assert {one.fault for one in check(folder, CHARTERS, mend=False)} == {Fault.CHANGED, Fault.ORPHANED}
    mended(folder)
    assert (folder.lost_and_found / stray.relative_to(folder.root)).read_bytes() == b"stray"


@pytest.mark.parametrize(
    "name", ["repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst", "run_exports.json", "shards"]
)
def test_index_files_are_what_the_ledger_says(folder: ForgeFolder, name: str) -> None:
    place = folder.channel("testing") / "linux-64" / name
    if name == "shards":
        index = read_shard_index(place.with_name("repodata_shards.msgpack.zst").read_bytes())
        place = place / f"{index['zlib'].hex()}.msgpack.zst"
    content = place.read_bytes()
    place.write_bytes(content[:-3] + b"???")
    assert {one.fault for one in mended(folder)} == {Fault.INDEX}
    assert place.read_bytes() == content


def test_the_ledger_is_made_again_from_the_packages(folder: ForgeFolder) -> None:
    before = shown(folder)
    folder.ledger.unlink()
    assert faults(folder) == [Fault.LEDGER]
    [told] = mended(folder)
    assert told.place == "ledger.sqlite"
    with open_channels(folder, CHARTERS) as channels:
        assert set(channels.names()) == {one.name for one in CHARTERS}
        testing = channels.state("testing").contents
        assert {entry.record.name for entry in testing.values()} == {"zlib", "xz", "bz", "past"}
        assert [entry.record.name for entry in testing.values() if entry.yanked] == ["bz"]
        assert testing["linux-64/zlib-1.0-h1_0.conda"].sidecars.provenance
        assert channels.state("old").contents == {}
    assert shown(folder) == before


def test_names_stay_taken_when_the_ledger_was_made_again(folder: ForgeFolder) -> None:
    folder.ledger.write_bytes(b"this is no database at all, and longer than its head")
    assert [one.fault for one in mended(folder)] == [Fault.LEDGER]
    with opened(folder) as yard:
        with pytest.raises(ConflictError, match="other contents"):
            yard.admit("testing", "other", content=b"another")
        yard.admit("testing", "other")
        assert yard.listed("testing") == {"zlib", "xz", "past", "other"}


def test_names_of_purged_files_stay_taken_when_a_journal_knows_them(folder: ForgeFolder, tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal")
    with open_channels(folder, CHARTERS, journal=journal) as channels:
        channels.purge("xz-1.0-h1_0.conda", author="ann", reason="secret")
    folder.ledger.unlink()
    check(folder, CHARTERS, mend=True, journal=read_journal(tmp_path / "journal"))
    with opened(folder) as yard, pytest.raises(ConflictError):
        yard.admit("testing", "xz")


def test_a_damaged_package_is_put_aside_when_the_ledger_is_made_again(folder: ForgeFolder) -> None:
    folder.ledger.unlink()
    place = file(folder, "testing", "xz")
    place.unlink()
    place.write_bytes(b"not a package")
    done = check(folder, CHARTERS, mend=True)
    assert (done[0].fault, done[1].fault) == (Fault.LEDGER, Fault.CHANGED)
    assert "xz-1.0" in done[1].place
    with opened(folder) as yard:
        assert yard.listed("testing") == {"zlib", "past"}


def test_without_a_forge_or_with_a_running_one_nothing_is_checked(folder: ForgeFolder, tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="there is no forge"):
        check(ForgeFolder(root=tmp_path / "nowhere"), (), mend=True)
    with opened(folder), pytest.raises(OutsideError, match="another forge is running"):
        check(folder, (), mend=True)


def shown(folder: ForgeFolder) -> dict[str, object]:
    return {
        str(path.relative_to(folder.public)): json.loads(path.read_text())
        for path in sorted(folder.public.glob("conda/*/*/repodata.json"))
    }


def sha256_of_name(folder: ForgeFolder, name: str) -> str:
    with opened(folder) as yard:
        return yard.channels.state("testing").contents[f"linux-64/{name}-1.0-h1_0.conda"].record.sha256
