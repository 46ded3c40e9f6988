"""A channel's index files follow its entries and its terms, and are the same whichever way they came to be."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_record

from ownconda.channels.public import NO_TERMS, PublicIndex, Terms
from ownconda.channels.snapshots import Change, Kind, Snapshot, applied, packages_difference
from ownconda.repodata.entries import Entry
from ownconda.repodata.info import Info, Relations
from ownconda.repodata.patches import Patch

Contents = dict[str, Entry]
NOTHING: Contents = {}


def contents(*names: str) -> Contents:
    records = [make_record(name) for name in names] + [make_record("certs", subdir="noarch")]
    return {record.path: Entry(record=record, indexed_at=1000) for record in records}


def snapshot(number: int) -> Snapshot:
    return Snapshot(id=number, channel="testing", parent=None, at=0, author="", reason="", kind=Kind.UPLOAD)


def shown(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*") if path.is_file()}


def anew(folder: Path, entries: Contents, terms: Terms = NO_TERMS) -> dict[str, bytes]:
    (folder / "linux-64").mkdir(parents=True)  # a subdir that was there keeps an index, be it empty
    PublicIndex(folder).write_anew(entries, snapshot(1), terms=terms)
    return shown(folder)


PATCHED = Terms(patches={"linux-64": Patch(removed=frozenset({"a-1.0-h1_0.conda"}))})
RELATED = Terms(info=Info(relations=Relations(base="../base")))


@pytest.fixture
def index(tmp_path: Path) -> PublicIndex:
    """An index that shows two packages and certs."""
    public = PublicIndex(tmp_path / "channel")
    public.write_anew(contents("a", "b"), snapshot(1))
    return public


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("after", [("a", "b", "c"), ("b",), ()])
@pytest.mark.parametrize("terms", [NO_TERMS, PATCHED, RELATED])
def test_going_on_gives_the_files_that_making_anew_gives(
    tmp_path: Path, index: PublicIndex, after: Iterable[str], terms: Terms, *, restarted: bool
) -> None:
    public = PublicIndex(tmp_path / "channel") if restarted else index
    assert public.shows(snapshot(1))
    before, entries = contents("a", "b"), contents(*after)
    public.write(public.prepared(entries, packages_difference(before, entries), terms=terms), snapshot(2))
    assert shown(tmp_path / "channel") == anew(tmp_path / "anew", entries, terms)
    assert not public.lacks_shards()


@pytest.mark.parametrize("terms", [PATCHED, RELATED])
def test_terms_that_end_are_gone_from_the_index(tmp_path: Path, terms: Terms) -> None:
    entries = contents("a", "b")
    anew(tmp_path / "channel", entries, terms)
    public = PublicIndex(tmp_path / "channel")
    assert public.shows(snapshot(1), terms=terms)
    public.write(public.prepared(entries, Change()), snapshot(2))
    assert shown(tmp_path / "channel") == anew(tmp_path / "anew", entries)


def test_a_patch_changes_the_index_of_its_own_subdir_alone(index: PublicIndex) -> None:
    prepared = index.prepared(contents("a", "b"), Change(), terms=PATCHED)
    assert [(one.subdir, len(one.new_shards)) for one in prepared.indexes] == [("linux-64", 1)]


def test_one_that_was_warmed_up_goes_on_as_others_do(tmp_path: Path, index: PublicIndex) -> None:
    warm = PublicIndex(tmp_path / "channel")
    assert warm.shows(snapshot(1))
    warm.warm_up(contents("a", "b"))
    yanked = [replace(entry, yanked=True) for entry in contents("a", "b").values() if entry.record.name == "a"]
    change = Change(added=tuple(yanked), removed=tuple(yanked))
    entries = applied(contents("a", "b"), change)
    assert warm.prepared(entries, change) == index.prepared(entries, change)


def test_the_summary_of_a_channel_goes_on_with_what_changes(tmp_path: Path, index: PublicIndex) -> None:
    before, after = contents("a", "b"), contents("a", "c")
    index.write(index.prepared(after, packages_difference(before, after)), snapshot(2))
    told = json.loads((tmp_path / "channel" / "channeldata.json").read_text())
    assert [name for name in told["packages"] if len(name) == 1] == ["a", "c"]
    assert "linux-64" in told["subdirs"]


def test_current_repodata_is_written_where_it_is_wanted_also_when_that_is_set_later(tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    plain = PublicIndex(channel)
    plain.write_anew(contents("a"), snapshot(1))
    assert not (channel / "linux-64" / "current_repodata.json").exists()
    wanted = PublicIndex(channel, with_current=True)
    assert not wanted.shows(snapshot(1))
    wanted.write_anew(contents("a"), snapshot(1))
    assert PublicIndex(channel, with_current=True).shows(snapshot(1))
    before, after = contents("a"), contents("a", "b")
    wanted.write(wanted.prepared(after, packages_difference(before, after)), snapshot(2))
    listed = json.loads((channel / "linux-64" / "current_repodata.json").read_text())["packages.conda"]
    assert len(listed) == 2
