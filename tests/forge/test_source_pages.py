"""The page of sources: what it lists, for whom, and how it is searched."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Forged, opened_forge
from making import make_package

from ownconda.channels.charters import Charter
from ownconda.forge.listing import PAGE_SIZE, Order, Wanted
from ownconda.forge.source_listing import Made, Source, source_listing, visible
from ownconda.journeys.new_forge import make_forge
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

BROWSER = {"Accept": "text/html"}
OPEN, SECRET = b"what everybody may know", b"what only some may know"


def put(forge: Forged, content: bytes, name: str) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    answer = forge.client.put(f"/sources/{sha256}/{name}", content=content, headers=forge.bearer)
    assert answer.status_code == 201, answer.text
    return sha256


def bring(forge: Forged, folder: Path, channel: str, name: str, *sources: str) -> None:
    told = "".join(f"  - sha256: {sha256}\n" for sha256 in sources)
    package = make_package(folder, name, recipe={"rendered_recipe.yaml": f"source:\n{told}"})
    assert forge.upload(channel, package).is_success


def shown(forge: Forged, query: str = "", headers: dict[str, str] | None = None) -> str:
    answer = forge.client.get(f"/sources/{query}", headers=BROWSER | (headers or {}))
    assert answer.status_code == 200, answer.text
    return answer.text


def archives(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/sources/[^"]*">([^<]*)</a>', page)


def test_an_archive_is_listed_with_the_packages_made_from_it(forge: Forged, tmp_path: Path) -> None:
    assert "No archives are kept yet" in shown(forge)
    sha256 = put(forge, OPEN, "zlib-1.3+.tar.gz")
    bring(forge, tmp_path, "testing", "zlib", sha256)
    bring(forge, tmp_path, "stable", "zlib-tools", sha256)
    page = shown(forge)
    assert archives(page) == ["zlib-1.3+.tar.gz"]
    assert "<b>1</b> upstream archive " in page
    links = re.findall(r'<a href="(/packages/[^"]*)">([^<]*)</a>', page)
    assert [text for _, text in links] == ["zlib 1.0", "zlib-tools 1.0"]
    for address, _ in [*links, *re.findall(r'<a href="(/sources/[0-9a-f]+/[^"]*)">([^<]*)<', page)]:
        assert forge.client.get(address.replace("&amp;", "&"), headers=BROWSER).status_code == 200


def test_what_a_package_no_longer_lists_stays_an_archive(forge: Forged) -> None:
    put(forge, OPEN, "left-1.0.tar.gz")
    assert "none that is listed" in shown(forge)


def test_the_page_follows_the_channels(forge: Forged, tmp_path: Path) -> None:
    first, second = put(forge, OPEN, "first.tar.gz"), put(forge, SECRET, "second.tar.gz")
    bring(forge, tmp_path, "testing", "one", first)
    assert "two 1.0" not in shown(forge)
    bring(forge, tmp_path, "testing", "two", second)
    assert "two 1.0" in shown(forge)


def test_archives_are_found_by_name_package_and_checksum(forge: Forged, tmp_path: Path) -> None:
    first, second = put(forge, OPEN, "libz.tar.gz"), put(forge, SECRET, "Other.tar.gz")
    bring(forge, tmp_path, "testing", "zipper", first)
    for text, found in (
        ("LIBZ", ["libz.tar.gz"]),
        ("zipp", ["libz.tar.gz"]),
        ("other", ["Other.tar.gz"]),
        (second[:9], ["Other.tar.gz"]),
        (second[1:], []),
        ("<b>", []),
    ):
        page = forge.client.get("/sources/", params={"q": text}, headers=BROWSER).text
        assert archives(page) == found
        assert "<b>“" not in page


def test_pages_follow_one_another_and_orders_can_be_chosen() -> None:
    def source(number: int) -> Source:
        return Source(label=f"{number:064}", digest=f"{number:064}", file_name=f"a{number:03}", size=1, touched=number)

    there = [source(number) for number in range(PAGE_SIZE + 1)]
    assert [one.touched for one in source_listing(there, Wanted()).sources][:2] == [PAGE_SIZE, PAGE_SIZE - 1]
    by_name = Wanted(order=Order.NAME, number=2)
    assert [one.file_name for one in source_listing(there, by_name).sources] == [f"a{PAGE_SIZE:03}"]
    assert source_listing(there, Wanted(number=99)).number == 2
    assert [one.file_name for one in source_listing(there, Wanted(search="a005")).sources] == ["a005"]


def test_who_may_not_know_everything_is_shown_what_packages_that_they_may_read_were_made_from() -> None:
    one = Source(label="a" * 64, digest="a" * 64, file_name="one", size=1, touched=1)
    made = Made(name="zlib", version="1.0", page="/packages/testing/zlib")
    assert visible([one], {}, everything=False) == ()
    assert visible([one], {}, everything=True) == (one,)
    [known] = visible([one], {"a" * 64: [made]}, everything=False)
    assert known.made == (made,)


@pytest.fixture
def divided(tmp_path: Path) -> Iterator[Forged]:
    """A forge of which not everybody may read all."""
    charters = (Charter(name="public"), Charter(name="hidden"))
    channels = {one.name: ChannelSettings() for one in charters}
    rules = {"all": RuleSettings(who=["anybody"], may=["read"], channels=["public"])}
    settings = Settings(forge=ForgeSettings(channels=channels), access=AccessSettings(rules=rules))
    token = make_forge(tmp_path / "forge", token_name="init", channels=charters)
    with opened_forge(tmp_path / "forge", token, settings) as forge:
        yield forge


def test_what_only_hidden_packages_were_made_from_is_hidden(divided: Forged, tmp_path: Path) -> None:
    both, hidden = put(divided, OPEN, "both.tar.gz"), put(divided, SECRET, "hidden.tar.gz")
    put(divided, b"for what will come", "coming.tar.gz")
    bring(divided, tmp_path, "public", "shown", both)
    bring(divided, tmp_path, "hidden", "concealed", both, hidden)
    page = shown(divided)
    assert archives(page) == ["both.tar.gz"]
    for word in ("concealed", "hidden.tar", "coming"):
        assert word not in page
    assert archives(shown(divided, "?q=hidden")) == []
    everything = shown(divided, "?order=name", headers=divided.bearer)
    assert archives(everything) == ["both.tar.gz", "coming.tar.gz", "hidden.tar.gz"]
    assert "concealed 1.0" in everything


def test_who_may_read_nothing_sees_no_page(tmp_path: Path) -> None:
    rules = {"some": RuleSettings(who=["person:ann"], may=["read"])}
    token = make_forge(tmp_path / "forge", token_name="init")
    with opened_forge(tmp_path / "forge", token, Settings(access=AccessSettings(rules=rules))) as forge:
        assert forge.client.get("/sources/", headers=BROWSER).status_code == 401
        assert forge.client.get("/sources/", headers=BROWSER | forge.bearer).status_code == 200
