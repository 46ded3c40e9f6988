"""Sources are kept as long as a package that was made from them, on a real forge's folder."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import make_package
from sqlalchemy import update
from yards import CHARTERS, DAY, Yard, opened, with_forgotten_arrivals

from ownconda.channels.attested import Arrival
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.schema import FILES
from ownconda.channels.opening import create_forge
from ownconda.channels.upkeep.collecting import collect, plan_collection
from ownconda.channels.upkeep.usage import usage_of
from ownconda.conda.package_files import read_package

IN_FAR_FUTURE = 50_000
"""Days since 1970: files in tests were written just now."""

KEPT = 90 * DAY
USED, UNUSED = b"used " * 100, b"unused " * 100


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as made:
        yield made


def test_a_source_goes_when_no_kept_package_was_made_from_it(yard: Yard) -> None:
    used, unused = add_source(yard, USED), add_source(yard, UNUSED)
    admit_made_from(yard, USED)
    later(yard)
    planned = plan_collection(yard.channels, sources_kept=KEPT)
    assert [one.place for one in planned.sources.going] == [unused]
    assert planned.sources.staying == ("1: a kept package was made from them",)
    assert planned.size == len(UNUSED)
    done = collect(yard.channels, sources_kept=KEPT)
    assert (done.sources.going, done.size) == (planned.sources.going, planned.size)
    assert used.is_file()
    assert not unused.exists()
    assert not yard.channels.store.holds(hashlib.sha256(UNUSED).hexdigest())


def test_a_source_goes_after_the_last_package_made_from_it(yard: Yard) -> None:
    used = add_source(yard, USED)
    admit_made_from(yard, USED)
    later(yard)
    yard.roll_back("testing", yard.start("testing"))
    assert not collect(yard.channels, sources_kept=KEPT).sources.going  # a snapshot still holds the package
    yard.day += 20
    assert [one.place for one in collect(yard.channels, sources_kept=KEPT).sources.going] == [used]
    assert not used.exists()


def test_without_the_setting_all_sources_stay_and_it_is_told_why(yard: Yard) -> None:
    add_source(yard, UNUSED)
    later(yard)
    found = plan_collection(yard.channels).sources
    assert not found.going
    assert "forge.sources_kept" in found.staying[0]


def test_what_came_or_was_asked_for_lately_stays(yard: Yard) -> None:
    place = add_source(yard, UNUSED)
    yard.day = int(place.stat().st_mtime * 1000) // DAY + 80
    found = plan_collection(yard.channels, sources_kept=KEPT).sources
    assert not found.going
    assert "lately" in found.staying[0]
    os.utime(place, (0, 0))  # an archive may be old: what counts is when it came
    assert not plan_collection(yard.channels, sources_kept=KEPT).sources.going


def test_all_stay_while_a_package_does_not_say_what_it_was_made_from(yard: Yard) -> None:
    place = add_source(yard, UNUSED)
    yard.admit("testing", "silent")
    later(yard)
    found = collect(yard.channels, sources_kept=KEPT).sources
    assert not found.going
    assert "nothing says what linux-64/silent-1.0-h1_0.conda was made from" in found.staying[0]
    assert place.is_file()


def test_packages_that_were_admitted_before_are_read_once(yard: Yard) -> None:
    used = add_source(yard, USED)
    admit_made_from(yard, USED)
    with yard.channels.ledger.engine.begin() as connection:
        connection.execute(update(FILES).values(about=""))
    later(yard)
    assert not collect(yard.channels, sources_kept=KEPT).sources.going
    with yard.channels.ledger.engine.begin() as connection:
        noted = connection.exec_driver_sql("SELECT about FROM files").scalars().all()
    assert all(hashlib.sha256(USED).hexdigest() in one for one in noted)
    assert used.is_file()


def test_usage_tells_what_sources_use(yard: Yard) -> None:
    add_source(yard, USED)
    add_source(yard, UNUSED)
    admit_made_from(yard, USED)
    later(yard)
    told = usage_of(yard.channels, sources_kept=KEPT)
    assert (told.sources.files, told.sources.size) == (2, len(USED) + len(UNUSED))
    assert (told.sources.unused, told.sources.unused_size) == (1, len(UNUSED))
    assert {one.rule: one.size for one in told.rules}["sources"] == len(UNUSED)


def add_source(yard: Yard, content: bytes) -> Path:
    sha256 = yard.channels.store.keep(content)
    place = yard.folder.sources / sha256 / "tool-1.0.tar.gz"
    yard.channels.shelf.show({place: sha256})
    return place


def admit_made_from(yard: Yard, content: bytes, name: str = "tool") -> None:
    recipe = {"rendered_recipe.yaml": f"recipe:\n  source:\n  - sha256: {hashlib.sha256(content).hexdigest()}\n"}
    one = make_package(Path(tempfile.mkdtemp(dir=yard.folder.incoming)), name, recipe=recipe)
    yard.channels.admit("testing", [Arrival(file=one, record=read_package(one))], author="a")


def later(yard: Yard) -> None:
    yard.day = IN_FAR_FUTURE
    with_forgotten_arrivals(yard)
