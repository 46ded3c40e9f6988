"""A folder of packages, years old, that becomes a channel of a real forge."""

import bz2
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.errors import ConflictError, NoError
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.adopting import adopt, survey
from ownconda.repodata.entries import Entry
from ownconda.repodata.package_reading import read_entries
from ownconda.wires.progress import NoProgress

DAY = 86_400_000


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ForgeClient]:
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge, ForgeClient(forge.url, token=token) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a channel as old indexers left it: three days, a correction, a removed package."""
    subdir = tmp_path / "old" / "linux-64"
    days = {
        make_package(subdir, "zlib", "1.0"): 10_000,
        make_package(subdir, "curl", "1.0", depends=["zlib"], extension=".tar.bz2"): 10_001,
        make_package(subdir, "xz", "1.0"): 10_001,
        make_package(subdir, "zlib", "2.0"): 10_400,
    }
    records = {}
    for file, day in days.items():
        [entry] = read_entries([file])
        assert isinstance(entry, Entry)
        records[file.name] = json.loads(entry.record.json) | {"indexed_timestamp": day * DAY + 5}
    records["curl-1.0-h1_0.tar.bz2"]["depends"] = ["zlib <2"]
    index = {
        "packages": {name: one for name, one in records.items() if name.endswith(".bz2")},
        "packages.conda": {name: one for name, one in records.items() if name.endswith(".conda")},
        "removed": ["xz-1.0-h1_0.conda"],
    }
    (subdir / "repodata.json.bz2").write_bytes(bz2.compress(json.dumps(index).encode()))
    return tmp_path / "old"


def listed(client: ForgeClient, channel: str) -> dict[str, tuple[str, ...]]:
    return {f"{one.name} {one.version}": one.depends for one in client.packages(channel) if not one.yanked}


def test_each_day_becomes_a_snapshot_of_that_day(client: ForgeClient, folder: Path) -> None:
    found = survey(folder)
    assert [(day.date, len(day.files)) for day in found.days] == [
        ("1997-05-19", 1),
        ("1997-05-20", 2),
        ("1998-06-23", 1),
    ]
    assert adopt(client, "experimental", found, skip_clashes=False, progress=NoProgress()) == 4
    assert set(listed(client, "experimental")) == {"zlib 1.0", "curl 1.0", "zlib 2.0"}
    assert set(listed(client, "experimental.at.1997-05-19")) == {"zlib 1.0"}
    assert set(listed(client, "experimental.at.1998-01-01")) == {"zlib 1.0", "curl 1.0", "xz 1.0"}
    steps = client.history("experimental")
    assert [step.kind for step in steps] == ["yank", "hotfix", "adoption", "adoption", "adoption", "created"]
    assert steps[2].at.startswith("1998-06-23")
    assert {one.indexed_at[:10] for one in client.packages("experimental", ["zlib ==1.0"])} == {"1997-05-19"}


def test_what_the_index_corrected_stays_corrected(client: ForgeClient, folder: Path) -> None:
    adopt(client, "experimental", survey(folder), skip_clashes=False, progress=NoProgress())
    url = f"{client.channel_url('experimental')}/linux-64/repodata.json"
    index = client._session.get(url).json()  # noqa: SLF001  (any client)
    assert index["packages"]["curl-1.0-h1_0.tar.bz2"]["depends"] == ["zlib <2"]
    assert index["removed"] == ["xz-1.0-h1_0.conda"]


def test_called_again_it_goes_on_and_changes_nothing(client: ForgeClient, folder: Path) -> None:
    for _ in range(2):
        adopt(client, "experimental", survey(folder), skip_clashes=False, progress=NoProgress())
    assert len(client.history("experimental")) == 6


def test_a_name_with_other_contents_in_the_forge_is_told_with_a_way_out(
    client: ForgeClient, folder: Path, tmp_path: Path
) -> None:
    client.upload("testing", [make_package(tmp_path / "other", "zlib", "1.0", files={"x": b"other"})])
    with pytest.raises(ConflictError, match=r"linux-64/zlib-1\.0-h1_0\.conda: this file name already") as caught:
        adopt(client, "experimental", survey(folder), skip_clashes=False, progress=NoProgress())
    assert "--skip-clashes" in str(caught.value.problems[0].hint)
    assert listed(client, "experimental") == {}
    assert adopt(client, "experimental", survey(folder), skip_clashes=True, progress=NoProgress()) == 3


def test_a_channel_with_a_history_of_its_own_adopts_nothing(client: ForgeClient, folder: Path, tmp_path: Path) -> None:
    client.upload("experimental", [make_package(tmp_path / "new", "words")])
    with pytest.raises(ConflictError, match="history of its own"):
        adopt(client, "experimental", survey(folder), skip_clashes=False, progress=NoProgress())


def test_a_damaged_package_is_told_and_left_out(folder: Path) -> None:
    (folder / "linux-64" / "broken-1.0-0.conda").write_bytes(b"no package")
    found = survey(folder)
    assert sum(len(day.files) for day in found.days) == 4
    assert "broken-1.0-0.conda" in str(found.damaged[0])


def test_a_folder_without_packages_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoError, match="no package"):
        survey(tmp_path)
