from pathlib import Path

from forging import Forged
from making import make_package

from ownconda.forge.catalogues import MOST_VIEWS, Catalogues


def test_names_whose_files_are_the_same_arent_summed_up_again(forge: Forged, tmp_path: Path) -> None:
    catalogues = Catalogues(forge.services.channels)
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "xz", "1.0"))
    before = catalogues.of("testing")
    assert catalogues.of("testing") is before
    forge.upload("testing", make_package(tmp_path, "xz", "2.0"))
    after = catalogues.of("testing")
    assert after.packages["zlib"] is before.packages["zlib"]
    assert (before.packages["xz"].newest, after.packages["xz"].newest) == ("1.0", "2.0")
    assert after.files == 3


def test_what_a_channel_lists_no_more_is_in_no_catalogue(forge: Forged, tmp_path: Path) -> None:
    catalogues = Catalogues(forge.services.channels)
    empty = forge.services.channels.state("testing").snapshot.id
    forge.upload("testing", make_package(tmp_path, "zlib"))
    assert catalogues.of("testing").packages.keys() == {"zlib"}
    body = {"snapshot": empty, "reason": "all over"}
    assert forge.client.post("/api/v1/channels/testing/rollback", json=body, headers=forge.bearer).is_success
    assert not catalogues.of("testing").packages


def test_what_needs_a_name_is_told_in_order_however_it_is_spelt(forge: Forged, tmp_path: Path) -> None:
    needing = [make_package(tmp_path, name, depends=["conda-forge::ZLib >=1", "libz"]) for name in ("b", "a")]
    forge.upload("testing", *needing, make_package(tmp_path, "zlib"))
    catalogue = Catalogues(forge.services.channels).of("testing")
    assert catalogue.needing("zlib") == ("a", "b")
    assert catalogue.needing("lib") == ()


def test_a_few_channels_as_they_were_are_kept(forge: Forged, tmp_path: Path) -> None:
    channels = forge.services.channels
    catalogues = Catalogues(channels)
    for number in range(MOST_VIEWS + 2):
        forge.upload("testing", make_package(tmp_path, f"package-{number}"))
    then = [step.snapshot for step in channels.history("testing", limit=MOST_VIEWS + 2)[1:]]
    first, *_, last = [catalogues.at(snapshot) for snapshot in then]
    assert catalogues.at(last.snapshot) is last
    assert catalogues.at(first.snapshot) is not first
    assert len(last.packages) == 1
