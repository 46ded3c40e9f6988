"""A channel that was an archive, and isn't any more by the settings."""

from dataclasses import replace
from pathlib import Path

from yards import CHARTERS, Yard

from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.upkeep.catching_up import former_archives


def test_an_archive_that_was_given_another_name_is_told(tmp_path: Path) -> None:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS, clock=lambda: 0)
    yard = Yard(folder)
    with open_channels(folder, CHARTERS, clock=yard.now) as yard.channels:
        yard.admit("stable", "kept")
        assert former_archives(yard.channels) == ()
    renamed = [replace(one, archive="store") if one.archive else one for one in CHARTERS] + [Charter(name="store")]
    with open_channels(folder, renamed, clock=yard.now) as channels:
        [told] = former_archives(channels)
        assert "'archive' was an archive" in told.what
