"""What may be done to a channel beside uploads and promotions, on a real forge's folder."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_package

from ownconda.channels.acts import Act, Holding, Promotion, Revert, Rollback, Upload, Yank
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import DEFAULT_CHARTERS, Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.notes import Hold
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.requests import Done, Request
from ownconda.channels.snapshots import Kind, MissingError
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, WrongInputError
from ownconda.wires.database_server import Server


class Yard:
    """An open forge whose clock stands where a test puts it."""

    def __init__(self, folder: ForgeFolder) -> None:
        self.folder = folder
        self.now = 1_000
        self.channels: Channels

    def admit(self, channel: str, *names: str, content: bytes = b"") -> Done:
        folder = Path(tempfile.mkdtemp(dir=self.folder.incoming))
        paths = [make_package(folder, name, files={"x": content}) for name in names]
        arrivals = [Arrival(file=path, record=read_package(path)) for path in paths]
        return self.channels.admit(channel, arrivals, author="ann")

    def do(self, act: Act) -> Done:
        return self.channels.do(act, author="bob", reason="because")

    def listed(self, channel: str, section: str = "packages.conda") -> set[str]:
        index = self.folder.channel(channel) / "linux-64" / "repodata.json"
        listed = json.loads(index.read_text())[section] if index.exists() else {}
        return {name.partition("-")[0] for name in listed}

    def kinds(self, channel: str) -> list[Kind]:
        return [step.snapshot.kind for step in self.channels.history(channel, limit=99)]

    def file(self, channel: str, name: str) -> Path:
        return self.folder.channel(channel) / "linux-64" / f"{name}-1.0-h1_0.conda"


@pytest.fixture
def yard(tmp_path: Path, database: Server | None) -> Iterator[Yard]:
    made = Yard(ForgeFolder(root=tmp_path / "forge", database=database))
    create_forge(made.folder, DEFAULT_CHARTERS, clock=lambda: made.now)
    with open_channels(made.folder, DEFAULT_CHARTERS, clock=lambda: made.now) as channels:
        made.channels = channels
        yield made


def test_what_enters_stable_stays_in_the_archive(yard: Yard) -> None:
    yard.admit("staging", "zlib", "xz")
    start = yard.channels.state("stable").snapshot.id
    yard.do(Promotion(channel="stable", source="staging"))
    assert yard.listed("archive") == {"zlib", "xz"}
    assert yard.file("archive", "zlib").samefile(yard.file("stable", "zlib"))
    yard.do(Rollback(channel="stable", snapshot=start))
    assert yard.listed("stable") == set()
    assert yard.listed("archive") == {"zlib", "xz"}
    assert yard.kinds("archive") == [Kind.ARCHIVING, Kind.CREATED]
    yard.do(Promotion(channel="stable", source="archive", specs=("xz",)))
    assert yard.listed("stable") == {"xz"}
    assert yard.kinds("archive") == [Kind.ARCHIVING, Kind.CREATED]


def test_nothing_goes_from_an_archive_by_going_back(yard: Yard) -> None:
    empty = yard.channels.state("archive").snapshot.id
    yard.admit("stable", "zlib")
    entered = yard.channels.state("archive").snapshot.id
    for act in (Rollback(channel="archive", snapshot=empty), Revert(channel="archive", snapshot=entered)):
        with pytest.raises(WrongInputError, match="nothing goes from it"):
            yard.do(act)
    yard.do(Yank(channel="archive", specs=("zlib",)))
    yard.do(Rollback(channel="archive", snapshot=entered))
    assert yard.listed("archive") == {"zlib"}


def test_a_yanked_package_is_not_offered_and_its_file_stays(yard: Yard) -> None:
    yard.admit("testing", "zlib", "xz")
    yard.do(Yank(channel="testing", specs=("zlib",)))
    assert yard.file("testing", "zlib").is_file()
    assert yard.listed("testing") == {"xz"}
    yard.do(Yank(channel="testing", specs=("zlib",), yanked=False))
    assert yard.listed("testing") == {"zlib", "xz"}
    assert yard.kinds("testing")[:2] == [Kind.UNYANK, Kind.YANK]


def test_a_revert_undoes_one_upload_and_keeps_the_later(yard: Yard) -> None:
    bad = yard.admit("testing", "zlib").snapshot
    yard.admit("testing", "xz")
    done = yard.do(Revert(channel="testing", snapshot=bad.id))
    assert (done.snapshot.kind, yard.listed("testing")) == (Kind.REVERT, {"xz"})
    yard.do(Revert(channel="testing", snapshot=done.snapshot.id))
    assert yard.listed("testing") == {"zlib", "xz"}


def test_the_first_snapshot_cannot_be_reverted(yard: Yard) -> None:
    with pytest.raises(WrongInputError, match="nothing to undo"):
        yard.do(Revert(channel="testing", snapshot=yard.channels.state("testing").snapshot.id))


def test_nothing_that_is_held_enters_by_any_way(yard: Yard) -> None:
    start = yard.channels.state("staging").snapshot
    yard.admit("testing", "zlib", "xz")
    before = yard.admit("staging", "zlib").snapshot
    yard.do(Yank(channel="staging", specs=("zlib",)))
    yard.channels.hold("staging", "zlib >=1", author="ann", reason="it leaks")
    unyank = Yank(channel="staging", specs=("zlib",), yanked=False)
    back = Rollback(channel="staging", snapshot=before.id)
    for act in (unyank, back):
        refused(yard, act)
    yard.do(Rollback(channel="staging", snapshot=start.id))
    refused(yard, Promotion(channel="staging", source="testing"))
    with pytest.raises(ConflictError, match="is held in staging"):
        yard.admit("staging", "zlib")
    yard.do(Promotion(channel="staging", source="testing", specs=("xz",)))
    yard.channels.release("staging", "zlib >=1", author="ann")
    yard.do(back)
    assert yard.listed("staging") == {"zlib"}
    assert {Kind.HOLD, Kind.RELEASE} <= set(yard.kinds("staging"))


def refused(yard: Yard, act: Act) -> None:
    for attempt in (yard.channels.plan, yard.do):
        with pytest.raises(ConflictError, match=r"zlib-1\.0-h1_0\.conda: is held in staging since ann said: it leaks"):
            attempt(act)


def test_a_hold_needs_a_reason(yard: Yard) -> None:
    with pytest.raises(WrongInputError, match="needs a reason"):
        yard.channels.hold("testing", "zlib", author="ann", reason=" ")
    assert yard.channels.holds("testing") == ()


def test_a_hold_that_is_said_again_has_the_newer_reason(yard: Yard) -> None:
    for reason in ("too early", "it is broken"):
        yard.channels.hold("testing", "zlib", author="ann", reason=reason)
    assert [hold.reason for hold in yard.channels.holds("testing")] == ["it is broken"]


def test_what_is_not_held_cannot_be_released(yard: Yard) -> None:
    with pytest.raises(MissingError, match="isn't held"):
        yard.channels.release("staging", "zlib", author="ann")
    with pytest.raises(WrongInputError):
        yard.channels.hold("staging", "=== no spec", author="ann", reason="x")


def test_a_purged_file_is_nowhere_any_more_and_its_name_stays_taken(yard: Yard) -> None:
    first = yard.admit("testing", "key", "xz").snapshot
    yard.do(Promotion(channel="stable", source="testing"))
    sha256 = yard.channels.state("testing").contents["linux-64/key-1.0-h1_0.conda"].record.sha256
    planned = yard.channels.plan_purge("key-1.0-h1_0.conda")
    assert set(planned.changes) == {"testing", "stable", "archive"}
    assert yard.file("stable", "key").is_file()
    yard.channels.purge("linux-64/key-1.0-h1_0.conda", author="ann", reason="a private key")
    for channel in ("testing", "stable", "archive"):
        assert not yard.file(channel, "key").exists()
        assert yard.listed(channel) == {"xz"}
        assert yard.kinds(channel)[0] is Kind.PURGE
    assert not yard.channels.store.holds(sha256)
    assert set(yard.channels.state_of(first).contents) == {"linux-64/xz-1.0-h1_0.conda"}
    told = yard.channels.purged("linux-64/key-1.0-h1_0.conda")
    assert told is not None
    assert (told.author, told.reason) == ("ann", "a private key")
    with pytest.raises(ConflictError, match="was purged by ann: a private key"):
        yard.admit("testing", "key")
    with pytest.raises(ConflictError, match="was purged"):
        yard.admit("testing", "key", content=b"other")
    assert not yard.channels.store.holds(sha256)


@pytest.mark.parametrize("database", [None])  # nobody else may be at work while a folder is moved away
def test_a_purge_that_was_killed_before_the_bytes_went_is_completed(yard: Yard, tmp_path: Path) -> None:
    yard.admit("testing", "key")
    yard.channels.purge("key-1.0-h1_0.conda", author="ann", reason="a private key")
    left = yard.file("testing", "key")
    left.write_bytes(b"still here")
    copy = replace(yard.folder, root=tmp_path / "copy")
    yard.folder.root.rename(copy.root)
    (copy.root / "lock").unlink()
    with open_channels(copy):
        assert not (copy.channel("testing") / "linux-64" / left.name).exists()
    copy.root.rename(yard.folder.root)


def test_what_never_was_cannot_be_purged(yard: Yard) -> None:
    with pytest.raises(MissingError, match="no channel ever had"):
        yard.channels.plan_purge("nix-1.0-0.conda")
    with pytest.raises(WrongInputError, match="needs a reason"):
        yard.channels.purge("nix-1.0-0.conda", author="ann", reason=" ")


def test_a_moment_is_a_number_a_tag_or_a_date(yard: Yard) -> None:
    yard.now = 86_400_000 - 1  # the end of 1970-01-01
    first = yard.admit("testing", "zlib").snapshot
    yard.now = 86_400_000 + 52_200_000  # 1970-01-02, 14:30
    second = yard.admit("testing", "xz").snapshot
    yard.channels.tag("testing", "good", str(first.id), author="ann")
    at = {text: yard.channels.snapshot_of("testing", text) for text in (
        str(first.id), "good", "1970-01-01", "1970-01-02t14.29", "1970-01-02T14:30", "1970-01-02", "2026-11-20"
    )}  # fmt: skip
    assert [moment.id for moment in at.values()] == [first.id] * 4 + [second.id] * 3
    yard.channels.tag("testing", "good", "", author="bob")
    assert yard.channels.snapshot_of("testing", "good") == second
    yard.channels.untag("testing", "good")
    with pytest.raises(MissingError, match="no tag 'good'"):
        yard.channels.snapshot_of("testing", "good")


ODD_TAGS = ("42", "2026-11-20", "Upper", "a b", "", "a--b", "x" * 65, "2026-11-20t14.30", "a.at.b", "at.b")


@pytest.mark.parametrize("name", ODD_TAGS)
def test_a_tag_that_means_something_else_is_refused(yard: Yard, name: str) -> None:
    with pytest.raises(WrongInputError, match="can't be a tag"):
        yard.channels.tag("testing", name, "", author="ann")


@pytest.mark.parametrize("text", ["1969-12-31", "2026-02-30", "2026-11-20t25", "99999999999999999999"])
def test_a_moment_before_or_beyond_all_is_told(yard: Yard, text: str) -> None:
    with pytest.raises(WrongInputError):
        yard.channels.snapshot_of("testing", text)


def test_uploads_that_come_together_each_make_a_snapshot(yard: Yard) -> None:
    names = [f"p{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda name: yard.admit("testing", name), names))
    assert len({one.snapshot.id for one in done}) == len(names)
    assert [one.change.added[0].record.name for one in done] == names
    assert yard.listed("testing") == set(names)
    assert yard.kinds("testing") == [Kind.UPLOAD] * len(names) + [Kind.CREATED]
    for one in done:
        contents = yard.channels.state_of(one.snapshot).contents
        assert one.change.added[0].path in contents


def test_of_those_that_come_together_only_the_wrong_one_is_refused(yard: Yard) -> None:
    def admit(number: int) -> str:
        try:
            yard.admit("testing", "same" if number % 2 else f"p{number}", content=str(number).encode())
        except ConflictError as error:
            return str(error)
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(admit, range(24)))
    refused = [text for text in outcomes if text != "taken"]
    assert len(refused) == 11
    assert all("other contents" in text for text in refused)
    assert yard.listed("testing") == {"same"} | {f"p{number}" for number in range(0, 24, 2)}


def test_what_comes_together_with_a_hold_and_after_it_is_held(yard: Yard) -> None:
    [testing] = [one for one in yard.channels.all() if one.name == "testing"]
    path = make_package(Path(tempfile.mkdtemp(dir=yard.folder.incoming)), "zlib")
    record = read_package(path)
    yard.channels.store.take(path, record.sha256)
    note = Hold(channel="testing", spec="zlib", reason="looked at", author="ann", at=yard.now)
    holding, upload = Holding(channel="testing", kind=Kind.HOLD), Upload(channel="testing", records=(record,))
    testing.ask(Request(act=lambda _: holding, author="ann", notes=(note,), always=True))
    late = Request(act=lambda _: upload, author="bob")
    testing.ask(late)
    yard.admit("testing", "other")

    with pytest.raises(ConflictError, match="looked at"):
        late.done()
    assert yard.listed("testing") == {"other"}


@pytest.mark.parametrize(
    ("charters", "reason"),
    [
        ([Charter(name="a", promoted_from="b")], "is promoted from 'b', which isn't another channel"),
        ([Charter(name="a", archive="a")], "is archived in 'a', which isn't another channel"),
        ([Charter(name="a", archive="b"), Charter(name="b", archive="a")], "is an archive and can't have one"),
        ([Charter(name="a", base="b", overrides="b"), Charter(name="b")], "can't both stand on 'b' and override it"),
        ([Charter(name="stable.at.x")], "holds '.at.'"),
        ([Charter(name="a"), Charter(name="a")], "'a' is given twice"),
    ],
)
def test_channels_that_do_not_fit_together_are_refused(
    tmp_path: Path, charters: Sequence[Charter], reason: str
) -> None:
    with pytest.raises(WrongInputError, match=reason.replace("(", r"\(")):
        create_forge(ForgeFolder(root=tmp_path / "f"), charters)
    assert not (tmp_path / "f").exists()


def test_a_channel_that_settings_name_later_is_made_and_one_they_forget_stays(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "f")
    create_forge(folder, [Charter(name="old")])
    with open_channels(folder, [Charter(name="new", base="core"), Charter(name="core")]) as channels:
        assert channels.names() == ("old", "new", "core")
        assert channels.state("new").terms.base == "core"
        assert [step.snapshot.kind for step in channels.history("new", limit=9)] == [Kind.RELATIONS, Kind.CREATED]
        assert (folder.channel("new") / "noarch" / "repodata.json").is_file()
    with open_channels(folder, [Charter(name="new"), Charter(name="core")]) as channels:
        assert channels.state("new").terms.base == ""
