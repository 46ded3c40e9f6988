"""Chapters: whatever is made or taken away, they hold what one sorted mapping would."""

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from ownconda.repodata import chapters
from ownconda.repodata.chapters import Binding, Chapters, items_of, revised

NAMES = st.text("abc", min_size=1, max_size=5)
CHANGES = st.lists(st.dictionaries(NAMES, st.none() | st.text("xyz", max_size=2), max_size=40), max_size=6)


def listed(of: Chapters[str, int]) -> list[tuple[str, str]]:
    return [item for chapter in of for item in items_of(chapter, TEXTS).items()]


def cut(text: str, lengths: Iterable[int]) -> Iterator[str]:
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length


TEXTS: Binding[str, int] = Binding(join="".join, measure=len, total=sum, cut=cut)


@given(changes=CHANGES)
def test_chapters_hold_what_one_sorted_mapping_would(changes: list[dict[str, str | None]]) -> None:
    plain: dict[str, str] = {}
    made: Chapters[str, int] = ()
    for change in changes:
        fresh = {name: text for name, text in change.items() if text is not None}
        plain = {name: text for name, text in plain.items() if name not in change} | fresh
        made = revised(made, fresh, change.keys() - fresh.keys(), binding=TEXTS)
        assert listed(made) == sorted(plain.items())
        assert "".join(chapter.whole for chapter in made) == "".join(text for _, text in sorted(plain.items()))


def test_a_long_chapter_is_cut_and_others_stay_the_very_same() -> None:
    names = [f"{number:04}" for number in range(5 * chapters.LENGTH)]
    before = revised((), dict.fromkeys(names, "x"), (), binding=TEXTS)
    after = revised(before, {names[0]: "y"}, (), binding=TEXTS)
    assert [len(chapter.measures) for chapter in after] == [chapters.LENGTH] * 5
    assert [one is other for one, other in zip(before, after, strict=True)] == [False, True, True, True, True]
