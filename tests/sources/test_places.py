import os
from collections.abc import Callable

import pytest
from placing import DOWN, FILE, PLACES, RIGHT, SHA256, WRONG, Bench, Making, Noted, debian, debian_place
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from serving import Answer, closed_address

from ownconda.errors import OutsideError, WrongInputError
from ownconda.pypi.names import CANONICAL
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import NotHereError
from ownconda.sources.fetching import fetch
from ownconda.sources.places import Place
from ownconda.sources.places.debian import Debian
from ownconda.sources.places.http_mirror import HttpMirror
from ownconda.sources.places.python_index import PythonIndex
from ownconda.sources.source import Source, parse_source

every_place = pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)


@every_place
def test_a_place_gives_the_archive_that_it_has(bench: Bench, make: Making) -> None:
    place, source = make(bench, RIGHT)
    progress = Noted()
    path = fetch(source, places=[place], cache=bench.folder / "cache", progress=progress)
    assert path == bench.folder / "cache" / SHA256 / FILE
    assert path.read_bytes() == RIGHT
    assert (progress.bars, progress.done) == ([(FILE, len(RIGHT))], len(RIGHT))


@every_place
def test_a_place_that_has_not_got_it_says_so(bench: Bench, make: Making) -> None:
    place, source = make(bench, None)
    with pytest.raises(NotHereError) as caught:
        take(place, source)
    assert str(caught.value)


@every_place
def test_other_bytes_are_refused_and_nothing_of_them_stays(bench: Bench, make: Making) -> None:
    place, source = make(bench, WRONG)
    with pytest.raises(WrongInputError, match=f"expected sha256 {SHA256}, got ") as caught:
        fetch(source, places=[place], cache=bench.folder / "cache", progress=Noted())
    assert "check the sha256" in str(caught.value.problems[0].hint)
    assert list((bench.folder / "cache" / ".partial").iterdir()) == []
    assert not (bench.folder / "cache" / SHA256).exists()


@pytest.mark.parametrize("make", DOWN, ids=lambda make: make.__name__)
def test_a_place_that_is_down_is_told_with_its_reason(
    bench: Bench, make: Callable[[Bench], tuple[Place, Source]]
) -> None:
    place, source = make(bench)
    with pytest.raises(OutsideError, match="was found nowhere") as caught:
        fetch(source, places=[place], cache=bench.folder / "cache", progress=Noted())
    tried = caught.value.problems[1:]
    assert tried
    assert all(problem.what and problem.where for problem in tried)
    assert "secret" not in str(caught.value)


@every_place
def test_a_place_has_a_name_without_passwords(bench: Bench, make: Making) -> None:
    assert make(bench, None)[0].name


def test_passwords_of_addresses_are_used_and_not_told(bench: Bench) -> None:
    url = bench.server.address.replace("://", "://me:secret@")
    place, source = HttpMirror(url=url, web=bench.web), bench.source()
    assert "secret" not in place.name
    assert not any("secret" in offer.address for offer in place.offers(source))
    with pytest.raises(NotHereError):
        take(place, source)
    assert bench.server.asked[0].login == "me:secret"


def test_an_archive_stays_compressed_as_the_server_has_it(bench: Bench) -> None:
    bench.content[f"/{FILE}"] = Answer(body=RIGHT, headers={"Content-Encoding": "gzip"})
    place = HttpMirror(url=bench.server.address, web=bench.web)
    path = fetch(bench.source(), places=[place], cache=bench.folder / "cache", progress=Noted())
    assert path.read_bytes() == RIGHT


def test_an_unreachable_host_is_asked_once_in_a_run(bench: Bench) -> None:
    place = HttpMirror(url=closed_address(), web=bench.web)
    reasons = []
    for offer in place.offers(bench.source()):
        with pytest.raises(OutsideError) as caught, offer.open():
            pass
        reasons.append(str(caught.value))
    assert ["not asked again" in reason for reason in reasons] == [False, True]


def test_an_unreachable_target_of_a_redirect_does_not_count_against_the_host(bench: Bench) -> None:
    bench.content["/a"] = Answer(status=302, headers={"Location": closed_address()})
    bench.content["/b"] = b"hello"
    with pytest.raises(OutsideError, match="can't be reached"), bench.web.open(f"{bench.server.address}/a"):
        pass
    with bench.web.open(f"{bench.server.address}/b") as content:
        assert b"".join(content.chunks) == b"hello"


def test_a_guessed_project_whose_file_is_stated_to_be_another_is_not_downloaded(bench: Bench) -> None:
    bench.content["/simple/tool/"] = f'<a href="/f/{FILE}#sha256={"0" * 64}">{FILE}</a>'.encode()
    place = PythonIndex(index=f"{bench.server.address}/simple", web=bench.web)
    with pytest.raises(NotHereError, match="another one"):
        take(place, bench.source())
    assert bench.server.paths == ["/simple/tool/"]


def test_an_index_is_not_asked_for_what_is_no_python_archive(bench: Bench) -> None:
    place = PythonIndex(index=f"{bench.server.address}/simple", web=bench.web)
    with pytest.raises(NotHereError, match="isn't one of a Python archive"):
        take(place, parse_source("https://upstream.invalid/v1.0.tar.gz", Checksum(digest=SHA256)))
    assert bench.server.paths == []


def test_debian_s_archive_is_asked_with_lists_and_sources_of_its_own(bench: Bench) -> None:
    place, source = debian(bench, RIGHT)
    take(place, source)
    folder = bench.folder / "cache" / "debian" / "trixie"
    update, asked = (bench.folder / "debian archive" / "log").read_text().splitlines()
    assert update.startswith("update ")
    assert asked.startswith("source --download-only --tar-only --only-source ")
    for call in (update, asked):
        assert "-o Dir::State::status=/dev/null" in call
        assert f"-o Dir::State::lists={folder}/lists" in call
    assert (folder / "sources" / "debian.sources").read_text() == (
        "Types: deb-src\nURIs: https://me:secret@mirror.invalid/debian\nSuites: trixie\nComponents: main\n"
        "Signed-By: /keyring.gpg\n"
    )
    assert [path.name for path in folder.glob("download-*")] == []


def test_debian_s_lists_are_updated_once_a_day(bench: Bench) -> None:
    place, source = debian(bench, RIGHT)
    take(place, source)
    take(debian_place(bench.folder), source)
    log = bench.folder / "debian archive" / "log"
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["update", "source", "source"]
    os.utime(bench.folder / "cache/debian/trixie/updated", (0, 0))
    take(place, source)
    assert [line.split()[0] for line in log.read_text().splitlines()][3:] == ["update", "source"]


def test_debian_s_archive_is_chosen_by_checksum_whatever_it_is_called(bench: Bench) -> None:
    place, _ = debian(bench, WRONG)
    (bench.folder / "debian archive" / "tool-src" / "tool_1.0.orig.tar.gz").write_bytes(RIGHT)
    source = parse_source(
        "https://upstream.invalid/t.tgz", Checksum(digest=SHA256), package="tool", debian_source="tool-src"
    )
    assert take(place, source) == RIGHT


def test_debian_s_package_is_guessed_by_the_recipe_s_name_and_tells_what_it_has(bench: Bench) -> None:
    place, _ = debian(bench, None)
    (bench.folder / "debian archive" / "tool").mkdir()
    (bench.folder / "debian archive" / "tool" / "tool_1.0.orig.tar.gz").write_bytes(WRONG)
    with pytest.raises(NotHereError, match=r"it has only tool_1\.0\.orig\.tar\.gz \(sha256 "):
        take(place, bench.source())


def test_debian_s_archive_is_not_asked_again_once_its_lists_could_not_be_had(bench: Bench) -> None:
    place, source = debian(bench, RIGHT)
    (bench.folder / "debian archive" / "down").touch()
    with pytest.raises(OutsideError, match="Failed to fetch the list"):
        take(place, source)
    with pytest.raises(NotHereError, match="not asked again"):
        take(place, source)
    assert len((bench.folder / "debian archive" / "log").read_text().splitlines()) == 1


def test_a_machine_that_is_not_debian_has_no_such_archive(bench: Bench) -> None:
    place, source = debian(bench, RIGHT)
    (bench.folder / "os-release").write_text("ID=other\nVERSION_CODENAME=bookworm\n")
    with pytest.raises(OutsideError, match="apt isn't configured for Debian"):
        take(place, source)


@pytest.mark.network
def test_the_real_archive_of_debian_has_upstream_s_bzip2(bench: Bench) -> None:
    sha256 = "ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269"
    source = parse_source("https://upstream.invalid/bzip2-1.0.8.tar.gz", Checksum(digest=sha256), package="bzip2")
    place = Debian(release="trixie", folder=bench.folder / "debian")
    path = fetch(source, places=[place], cache=bench.folder / "cache", progress=Noted())
    assert path.name == "bzip2-1.0.8.tar.gz"


@pytest.mark.network
def test_the_real_python_index_has_a_source_by_its_name(bench: Bench) -> None:
    sha256 = "ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81"
    source = parse_source(f"{CANONICAL}/six/six-1.17.0.tar.gz", Checksum(digest=sha256))
    place = PythonIndex(index=PYPI_SIMPLE_ENDPOINT, web=bench.web)
    assert fetch(source, places=[place], cache=bench.folder / "cache", progress=Noted()).is_file()


def take(place: Place, source: Source) -> bytes:
    """Give what a place's only, or last, offer holds."""
    data = b""
    for offer in place.offers(source):
        with offer.open() as content:
            data = b"".join(content.chunks)
    return data
