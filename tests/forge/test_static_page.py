import base64
import hashlib
import re
from pathlib import Path

from forging import new_forge

from ownconda.forge.opening import open_services
from ownconda.forge.static_page import FILE, show_static_page, static_page


def test_every_channel_has_its_page_when_a_forge_has_started(tmp_path: Path) -> None:
    root, _ = new_forge(tmp_path / "forge")
    with open_services(root) as services:
        folders = [services.folder.channel(name) for name in services.channels.names()]
    assert {(folder / FILE).read_bytes() for folder in folders} == {static_page()}


def test_a_page_is_written_only_when_it_is_another(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text("<p>that of an older ownconda</p>")
    show_static_page(tmp_path)
    before = file.stat()
    show_static_page(tmp_path)
    assert file.read_bytes() == static_page()
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_page_that_cant_be_written_keeps_no_forge_from_starting(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    show_static_page(tmp_path)
    show_static_page(tmp_path / "nothing")
    assert (tmp_path / FILE).is_dir()
    assert not (tmp_path / "nothing").exists()


def test_a_page_runs_its_own_script_alone_and_asks_nobody_else() -> None:
    page = static_page().decode()
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    for text in (script, style):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "@@" not in page
