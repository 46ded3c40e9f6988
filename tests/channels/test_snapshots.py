import pytest
from making import make_record

from ownconda.channels.snapshots import (
    Change,
    applied,
    check_names,
    difference,
    promotion_change,
    selected,
    upload_change,
)
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, WrongInputError
from ownconda.repodata.entries import Entry


def contents(*records: Record, at: int = 1) -> dict[str, Entry]:
    return {record.path: Entry(record=record, indexed_at=at) for record in records}


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
    assert applied(before, difference(before, after)) == after


def test_there_is_no_difference_between_a_state_and_itself() -> None:
    assert not difference(contents(ZLIB), contents(ZLIB))


def test_a_file_listed_since_another_time_is_a_difference() -> None:
    before, after = contents(ZLIB, at=1), contents(ZLIB, at=2)
    assert applied(before, difference(before, after)) == after


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
