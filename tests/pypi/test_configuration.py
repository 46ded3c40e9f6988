from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from ownconda.errors import WrongInputError
from ownconda.pypi.configuration import configuration_files, configured_indexes


class Machine:
    """A machine with pip's files in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.prefix = folder / "venv"
        self.environment = {"HOME": str(folder / "home"), "XDG_CONFIG_DIRS": str(folder / "xdg")}
        self.files = {
            "system": folder / "xdg/pip/pip.conf",
            "legacy": folder / "home/.pip/pip.conf",
            "user": folder / "home/.config/pip/pip.conf",
            "venv": self.prefix / "pip.conf",
            "chosen": folder / "chosen.conf",
        }

    def write(self, which: str, text: str) -> None:
        self.files[which].parent.mkdir(parents=True, exist_ok=True)
        self.files[which].write_text(text)

    def indexes(self) -> tuple[str, ...]:
        return configured_indexes(self.environment, prefix=self.prefix)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("ownconda.pypi.configuration.SYSTEM_FOLDER", tmp_path / "etc")
    return Machine(tmp_path)


def test_without_any_configuration_it_is_the_default(machine: Machine) -> None:
    assert machine.indexes() == (PYPI_SIMPLE_ENDPOINT,)


def test_each_file_wins_over_those_before_it(machine: Machine) -> None:
    for which in ("system", "legacy", "user", "venv"):
        machine.write(which, f"[global]\nindex-url = https://{which}.invalid/simple\n")
        assert machine.indexes() == (f"https://{which}.invalid/simple",)


def test_the_chosen_file_wins_and_takes_the_user_s_place(machine: Machine) -> None:
    machine.write("user", "[global]\nextra-index-url = https://user.invalid/simple\n")
    machine.write("chosen", "[global]\nindex-url = https://chosen.invalid/simple\n")
    machine.environment["PIP_CONFIG_FILE"] = str(machine.files["chosen"])
    assert machine.indexes() == ("https://chosen.invalid/simple",)


def test_the_null_device_as_chosen_file_means_no_file_at_all(machine: Machine) -> None:
    machine.write("user", "[global]\nindex-url = https://user.invalid/simple\n")
    machine.environment["PIP_CONFIG_FILE"] = "/dev/null"
    assert machine.indexes() == (PYPI_SIMPLE_ENDPOINT,)
    assert configuration_files(machine.environment, prefix=machine.prefix) == ()


def test_what_is_said_for_install_wins_over_what_is_said_for_all(machine: Machine) -> None:
    machine.write("venv", "[global]\nindex-url = https://global.invalid/simple\n")
    machine.write("system", "[install]\nindex_url = https://install.invalid/simple\n")
    assert machine.indexes() == ("https://install.invalid/simple",)


def test_the_environment_wins_over_all_files(machine: Machine) -> None:
    machine.write("venv", "[install]\nindex-url = https://install.invalid/simple\n")
    machine.environment["PIP_INDEX_URL"] = "https://me:secret@variable.invalid/simple"
    assert machine.indexes() == ("https://me:secret@variable.invalid/simple",)


def test_further_indexes_and_folders_follow_the_main_one(machine: Machine) -> None:
    machine.write("user", "[global]\nextra-index-url =\n  https://b.invalid\n  file:///c\nfind-links = /d\n")
    machine.environment["PIP_FIND_LINKS"] = "/e https://page.invalid/links.html"
    assert machine.indexes() == (PYPI_SIMPLE_ENDPOINT, "https://b.invalid", "file:///c", "/e")


def test_without_index_only_folders_are_left(machine: Machine) -> None:
    machine.write("user", "[global]\nno-index = true\nfind-links = /d\n")
    assert machine.indexes() == ("/d",)


def test_a_broken_file_is_told_without_its_text(machine: Machine) -> None:
    machine.write("user", "[global]\nthe secret alone\n")
    with pytest.raises(WrongInputError, match=r"\.config/pip/pip\.conf") as caught:
        machine.indexes()
    assert "secret" not in str(caught.value)
