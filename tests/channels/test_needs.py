"""What kept snapshots need, against looking at each of them, on random histories in a real ledger."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis.strategies import booleans, dictionaries, lists, sampled_from, sets, tuples
from making import make_record

from ownconda.attestations.sidecars import Sidecars
from ownconda.channels.attested import shown_files
from ownconda.channels.ledger.keeping import read_past
from ownconda.channels.ledger.ledger import Ledger, create_ledger, open_ledger
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Contents, Kind, Snapshot, State, difference
from ownconda.channels.upkeep.needs import needs_of
from ownconda.repodata.entries import Entry

CHANNELS = ("testing", "archive")
RECORDS = {name: make_record(name) for name in "abc"}
FACETS = tuples(sampled_from(["", "1" * 64, "2" * 64]), booleans())  # signatures, yanked
STEPS = lists(tuples(sampled_from(CHANNELS), dictionaries(sampled_from("abc"), FACETS)), max_size=12)


@settings(max_examples=15, deadline=None)
@given(steps=STEPS, chosen=sets(sampled_from(range(14))))
def test_kept_snapshots_need_what_each_of_them_lists_and_nothing_else(
    steps: list[tuple[str, dict[str, tuple[str, bool]]]], chosen: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        create_ledger(Path(folder) / "ledger", CHANNELS, at=0)
        ledger = open_ledger(Path(folder) / "ledger")
        try:
            for channel, listed in steps:
                go_to(ledger, channel, listed)
            past = read_past(ledger)
            kept = {name: [one for one in ones if one.id in chosen] for name, ones in past.snapshots.items()}
            numbers = {name: [one.id for one in ones] for name, ones in kept.items()}
            needs = needs_of(past, numbers, ())
            for channel in CHANNELS:
                looked_at = [places(ledger.contents(one)) for one in kept[channel]]
                assert needs.places.get(channel, {}).keys() == {place for one in looked_at for place in one}
                if looked_at:
                    newest = looked_at[-1].items()
                    assert newest <= needs.places.get(channel, {}).items()
            with_archive = needs_of(past, numbers, {"archive"})
            archived = {path for one in kept["archive"] for path in ledger.contents(one)}
            ever = {path for one in past.snapshots["testing"] for path in ledger.contents(one)}
            assert archived & ever <= with_archive.places.get("testing", {}).keys()
        finally:
            ledger.close()


def go_to(ledger: Ledger, channel: str, listed: dict[str, tuple[str, bool]]) -> Snapshot:
    """Let a channel list exactly this."""
    head = ledger.head(channel)
    entries = [
        Entry(record=RECORDS[name], indexed_at=1, sidecars=Sidecars(signatures=signatures), yanked=yanked)
        for name, (signatures, yanked) in listed.items()
    ]
    wanted = State(snapshot=head, contents={one.path: one for one in entries})
    change = difference(State(snapshot=head, contents=ledger.contents(head)), wanted)
    draft = Draft(channel=channel, kind=Kind.UPLOAD, change=change, author="ann", reason="", at=1)
    return ledger.commit([draft], {channel: head})[0]


def places(contents: Contents) -> dict[str, str]:
    return {str(place.relative_to("/")): sha256 for place, sha256 in shown_files(Path("/"), contents).items()}
