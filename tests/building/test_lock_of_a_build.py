import hashlib
import shutil
from pathlib import Path

import pytest
import rattler
from making import make_package
from serving import MISSING, pages, served
from workplace import Workplace, contents

from ownconda.building.locks import LOCK, lock_beside
from ownconda.conda.locks import Lock, read_lock
from ownconda.errors import NoError, OutsideError, Where, WrongInputError
from ownconda.repodata.channel_folder import read_channel, write_channel

SHOW = ["mkdir -p $PREFIX/share", "cat $PREFIX/share/library.txt > $PREFIX/share/seen"]


def channel_with(folder: Path, version: str, content: str) -> Path:
    """Add a package called ``library`` to a channel on disk."""
    make_package(folder / "linux-64", "library", version, files={"share/library.txt": content.encode()})
    write_channel(folder, read_channel(folder))
    return folder


@pytest.fixture
def built(workplace: Workplace, tmp_path: Path) -> Workplace:
    """Build an app with library 1.0, after which a channel gets a newer one."""
    workplace.channels = (channel_with(tmp_path / "base", "1.0", "old").as_uri(),)
    workplace.recipe("app", host=["library"], script=SHOW)
    assert workplace.statuses() == {"app": "built"}
    channel_with(tmp_path / "base", "2.0", "new")
    return workplace


def lock(text: str) -> Lock:
    return read_lock(text, where=Where(file="x.lock"))


def test_a_lock_beside_the_package_and_one_inside_say_what_it_was_built_with(built: Workplace) -> None:
    package = built.package("app")
    inside, beside = lock(contents(package)[LOCK].decode()), lock(lock_beside(package).read_text())
    assert [one.name for one in beside.environments] == ["build", "host"]
    [library] = beside.packages
    assert library.path == "linux-64/library-1.0-h1_0.conda"
    assert library.url == f"{built.channels[0]}/{library.path}"
    assert library.sha256 == hashlib.sha256(Path(library.url.removeprefix("file://")).read_bytes()).hexdigest()
    assert inside.checksums == beside.checksums
    assert {one.url for one in inside.packages} == {f"https://channel.invalid/{library.path}"}


def test_a_lock_is_the_same_on_two_machines(tmp_path: Path) -> None:
    locks = []
    for machine in ("one", "another/and/deeper"):
        workplace = Workplace(tmp_path / machine)
        workplace.channels = (channel_with(tmp_path / machine / "base", "1.0", "old").as_uri(),)
        workplace.recipe("app", host=["library"], script=SHOW)
        workplace.build()
        locks.append(contents(workplace.package("app"))[LOCK])
    assert locks[0] == locks[1]


def test_other_clients_can_read_a_lock(built: Workplace) -> None:
    read = rattler.LockFile.from_path(lock_beside(built.package("app")))
    [host] = [environment for name, environment in read.environments() if name == "host"]
    [record] = host.conda_repodata_records()["linux-64"]
    assert (record.name.normalized, str(record.version)) == ("library", "1.0")
    assert record.url.startswith(built.channels[0])


def test_a_locked_build_takes_the_locked_package_though_there_is_a_newer_one(built: Workplace) -> None:
    before = built.package("app").read_bytes()
    built.build(forced=True, locked=True)
    assert contents(built.package("app"))["share/seen"] == b"old"
    assert built.package("app").read_bytes() == before
    built.build(forced=True)
    assert contents(built.package("app"))["share/seen"] == b"new"


def test_without_the_lock_beside_the_one_inside_the_package_counts(built: Workplace) -> None:
    lock_beside(built.package("app")).unlink()
    built.build(forced=True, locked=True)
    assert contents(built.package("app"))["share/seen"] == b"old"
    assert lock_beside(built.package("app")).is_file()


def test_a_locked_build_without_a_lock_is_refused_before_anything_is_built(built: Workplace) -> None:
    built.recipe("other")
    with pytest.raises(WrongInputError, match=r"other 1\.0\.0 has no lock") as refused:
        built.build(forced=True, locked=True)
    assert "other-1.0.0-" in str(refused.value)


def test_a_locked_package_that_is_gone_is_named_with_where_it_was_looked_for(built: Workplace, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "base" / "linux-64")
    make_package(tmp_path / "base" / "linux-64", "library", "1.0", files={"share/library.txt": b"replaced"})
    outcome = built.build(forced=True, locked=True)["app"]
    assert isinstance(outcome.error, OutsideError)
    [problem] = outcome.error.problems
    assert "the locked package linux-64/library-1.0-h1_0.conda" in problem.what
    assert f"only with other bytes; looked for in {built.output.as_uri()}, {built.channels[0]}" in problem.what


def test_a_lock_that_no_longer_fits_the_recipe_is_told(built: Workplace, tmp_path: Path) -> None:
    make_package(tmp_path / "base" / "linux-64", "more", "1.0")
    write_channel(tmp_path / "base", read_channel(tmp_path / "base"))
    built.recipe("app", host=["library"], script=SHOW, more="extra: {a: b}\n")
    beside = lock_beside(built.package("app"))
    both = Workplace(tmp_path / "both")
    both.channels = built.channels
    both.recipe("app", host=["library ==1.0", "more"], script=SHOW)
    both.build()
    shutil.copy(lock_beside(both.package("app")), beside)
    error = built.build(forced=True, locked=True)["app"].error
    assert isinstance(error, NoError)
    assert "the environments aren't those of the lock: host: linux-64/more-1.0-h1_0.conda" in str(error)


def test_a_damaged_lock_is_told_with_its_place(built: Workplace) -> None:
    beside = lock_beside(built.package("app"))
    beside.write_text("version: 6\npackages: [")
    with pytest.raises(WrongInputError, match=rf"{beside}: it isn't a lock file"):
        built.build(forced=True, locked=True)


def test_a_lock_that_another_tool_wrote_in_another_version_is_refused() -> None:
    with pytest.raises(WrongInputError, match="version 7, not 6"):
        lock("version: 7\nenvironments: {}\npackages: []\n")


def test_locked_packages_come_from_the_web_as_well_and_credentials_stay_out_of_locks(
    built: Workplace, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    content = {f"/{path.relative_to(base)}": path.read_bytes() for path in base.rglob("*") if path.is_file()}
    with served(pages(dict(content))) as server:
        built.channels = (server.address.replace("://", "://anna:secret@"),)
        assert built.statuses(forced=True) == {"app": "built"}
        package = built.package("app")
        before, written = package.read_bytes(), lock_beside(package).read_text()
        assert {name: one.status for name, one in built.build(forced=True, locked=True).items()} == {"app": "built"}
    assert package.read_bytes() == before
    assert f"{server.address}/linux-64/library-2.0-h1_0.conda" in written
    assert not [name for name, data in {**contents(package), "lock": written.encode()}.items() if b"secret" in data]
    digest = hashlib.sha256(content["/linux-64/library-2.0-h1_0.conda"]).hexdigest()
    assert (built.cache / digest / "library-2.0-h1_0.conda").is_file()


def test_nothing_but_the_channels_given_is_ever_asked(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(lambda _: MISSING) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
            monkeypatch.setenv(name.lower(), proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        workplace.recipe("app", host=["numpy"], test_needs=["pandas"])
        with pytest.raises(WrongInputError, match=r"requirements.*numpy"):
            workplace.build()
        workplace.recipe("numpy", run=["nowhere"])
        outcomes = workplace.build()
    assert outcomes["app"].status in {"failed", "left out"}
    assert not proxy.asked


def test_a_proxy_would_have_seen_a_question(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(lambda _: MISSING) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        workplace.channels = ("http://channel.invalid/base",)
        workplace.recipe("app", host=["numpy"])
        with pytest.raises((OutsideError, WrongInputError)):
            workplace.build()
    assert proxy.asked
