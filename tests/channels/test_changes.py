from collections.abc import Mapping
from dataclasses import replace

import pytest
from making import make_record

from ownconda.attestations.sidecars import Sidecars
from ownconda.channels.changes import (
    archiving_change,
    check_names,
    promotion_change,
    revert_change,
    rollback_change,
    upload_change,
    yank_change,
)
from ownconda.channels.choosing import selected
from ownconda.channels.snapshots import Change, Kind, Snapshot, State, Terms, applied, difference, packages_difference
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, WrongInputError
from ownconda.repodata.entries import Entry

SNAPSHOT = Snapshot(id=1, channel="testing", parent=None, at=0, author="ann", reason="", kind=Kind.CREATED)


def contents(*records: Record, at: int = 1) -> dict[str, Entry]:
    return {record.path: Entry(record=record, indexed_at=at) for record in records}


def state(entries: Mapping[str, Entry], terms: Terms | None = None) -> State:
    return State(snapshot=SNAPSHOT, contents=entries, terms=terms or Terms())


def yanked(entries: Mapping[str, Entry], *records: Record) -> dict[str, Entry]:
    return {**entries, **{one.path: replace(entries[one.path], yanked=True) for one in records}}


ZLIB, NEWER, XZ = make_record("zlib", "1.2"), make_record("zlib", "1.3"), make_record("xz", "5.8")


def test_an_upload_adds_only_what_the_channel_does_not_list() -> None:
    change = upload_change(contents(ZLIB), [ZLIB, NEWER, NEWER], at=7)
    assert change == Change(added=(Entry(record=NEWER, indexed_at=7),))


def test_a_promotion_adds_what_the_specs_choose() -> None:
    change = promotion_change(contents(ZLIB, NEWER, XZ), contents(ZLIB), ["zlib"], at=7)
    assert [entry.record for entry in change.added] == [NEWER]


def test_a_promotion_without_specs_takes_everything_and_removes_nothing() -> None:
    change = promotion_change(contents(ZLIB), contents(XZ), [], at=7)
    assert [entry.record for entry in change.added] == [ZLIB]
    assert not change.removed


def test_a_difference_leads_from_one_state_to_the_other() -> None:
    before, after = contents(ZLIB, XZ), contents(XZ, NEWER)
    assert applied(before, difference(state(before), state(after))) == after


def test_there_is_no_difference_between_a_state_and_itself() -> None:
    assert not difference(state(contents(ZLIB)), state(contents(ZLIB)))


def test_a_file_listed_since_another_time_is_a_difference() -> None:
    before, after = contents(ZLIB, at=1), contents(ZLIB, at=2)
    assert applied(before, difference(state(before), state(after))) == after


def test_a_spec_chooses_by_name_version_and_build() -> None:
    everything = contents(ZLIB, NEWER, XZ)
    assert set(selected(everything, ["zlib >=1.3", "xz 5.* h1_0"])) == {NEWER.path, XZ.path}


def test_every_spec_that_chooses_nothing_is_told() -> None:
    with pytest.raises(WrongInputError) as caught:
        selected(contents(ZLIB), ["zlib", "nmupy", "zlib >9"])
    assert [problem.what for problem in caught.value.problems] == [
        "nothing matches 'nmupy'",
        "nothing matches 'zlib >9'",
    ]


def test_a_file_name_means_one_content_for_ever() -> None:
    other = make_record("zlib", "1.2", salt="other")
    check_names([ZLIB], {ZLIB.path: ZLIB.sha256})
    with pytest.raises(ConflictError, match=r"linux-64/zlib-1\.2-h1_0\.conda: this file name already"):
        check_names([other], {ZLIB.path: ZLIB.sha256})
    with pytest.raises(ConflictError):
        check_names([ZLIB, other], {})


def test_what_is_yanked_is_not_promoted_and_nobody_is_offered_it() -> None:
    source = yanked(contents(ZLIB, XZ), ZLIB)
    assert [entry.record for entry in promotion_change(source, {}, [], at=7).added] == [XZ]
    assert [entry.record for entry in packages_difference(contents(ZLIB, XZ), source).removed] == [ZLIB]


def test_yanking_changes_what_is_not_yanked_yet_and_unyanking_takes_it_back() -> None:
    before = yanked(contents(ZLIB, NEWER, XZ), NEWER)
    change = yank_change(before, ["zlib"], yanked=True)
    assert [entry.record for entry in change.added] == [ZLIB]
    after = applied(before, change)
    assert after == yanked(contents(ZLIB, NEWER, XZ), ZLIB, NEWER)
    assert applied(after, yank_change(after, ["zlib"], yanked=False)) == contents(ZLIB, NEWER, XZ)


def test_yanking_wants_to_know_what() -> None:
    with pytest.raises(WrongInputError, match="nothing is named"):
        yank_change(contents(ZLIB), [], yanked=True)


def test_an_archive_takes_what_it_lacks_and_nothing_yanked() -> None:
    entering = [*contents(ZLIB, XZ).values(), *yanked(contents(NEWER), NEWER).values()]
    change = archiving_change(contents(XZ), entering, at=9)
    assert change == Change(added=(Entry(record=ZLIB, indexed_at=9),))


def test_a_rollback_brings_back_patches_but_not_relations_and_keeps_signatures() -> None:
    signed = Sidecars(signatures="ab" * 32)
    now = {path: replace(entry, sidecars=signed) for path, entry in contents(ZLIB, XZ).items()}
    here, then = state(now, Terms(patches="new", base="core")), state(contents(ZLIB), Terms(patches="old"))
    change = rollback_change(here, then)
    assert applied(now, change) == {ZLIB.path: now[ZLIB.path]}
    assert change.terms == Terms(patches="old", base="core")


def test_a_revert_undoes_one_change_and_leaves_the_later_ones() -> None:
    before, after = contents(ZLIB), contents(NEWER, XZ)
    today = contents(NEWER, XZ, make_record("curl"))
    reverted = applied(today, revert_change(state(today), state(before), state(after)))
    assert reverted == contents(ZLIB, make_record("curl"))


def test_a_revert_of_what_is_undone_already_changes_nothing() -> None:
    assert not revert_change(state({}), state({}), state(contents(ZLIB)))


def test_a_revert_of_a_yank_offers_again() -> None:
    after = yanked(contents(ZLIB), ZLIB)
    change = revert_change(state(after), state(contents(ZLIB)), state(after))
    assert applied(after, change) == contents(ZLIB)


def test_a_revert_refuses_what_changed_again_since() -> None:
    before, after = contents(ZLIB), yanked(contents(ZLIB), ZLIB)
    with pytest.raises(ConflictError, match=r"zlib-1\.2-h1_0\.conda: changed again since"):
        revert_change(state({}), state(before), state(after))


def test_a_revert_of_a_hotfix_brings_back_the_patches_before_it() -> None:
    before, after = state({}, Terms(patches="old")), state({}, Terms(patches="new"))
    assert revert_change(state({}, Terms(patches="new", base="core")), before, after).terms == Terms(
        patches="old", base="core"
    )
    with pytest.raises(ConflictError, match="patches changed again"):
        revert_change(state({}, Terms(patches="newest")), before, after)
