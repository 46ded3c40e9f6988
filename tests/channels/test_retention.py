from pathlib import Path

import pytest

from ownconda.channels.retention import read_period
from ownconda.errors import WrongInputError
from ownconda.forge.configuration import read_configuration
from ownconda.settings.loading import load

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "hours"), [("90 days", 2160), ("1 day", 24), ("36hours", 36), ("2 Weeks", 336), (" 1 year ", 8760)]
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, hours: int) -> None:
    assert read_period(text) == hours * HOUR


@pytest.mark.parametrize("text", ["", "90", "days", "0 days", "-1 day", "1 month", "1.5 days", "90 days ago"])
def test_other_texts_are_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="can't be read as a length of time"):
        read_period(text)


def test_a_channel_keeps_its_snapshots_for_as_long_as_settings_say(tmp_path: Path) -> None:
    (tmp_path / "ownconda.toml").write_text('[forge.channels]\na = {snapshots = "2 days"}\nb = {}\n')
    assert [one.snapshots for one in read_configuration(load(tmp_path, {})).charters] == [48 * HOUR, 0]
    (tmp_path / "ownconda.toml").write_text('[forge.channels]\na = {snapshots = "a while"}\n')
    with pytest.raises(WrongInputError, match=r"forge\.channels\.a\.snapshots: 'a while' can't be read") as error:
        read_configuration(load(tmp_path, {}))
    assert "for ever" in str(error.value.problems[0].hint)
