"""Sites made small: pages packed as people pack them."""

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from backports import zstd

PAGE = b"<!DOCTYPE html>\n<html><head><title>Shop</title></head><body><h1>Shop</h1></body></html>\n"
PAGES: Mapping[str, bytes] = {"index.html": PAGE, "guide/index.html": PAGE, "_static/own.css": b"h1 { color: red }\n"}


def zipped(pages: Mapping[str, bytes] = PAGES) -> bytes:
    """Pack pages as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tarred(pages: Mapping[str, bytes] = PAGES, *, compression: str = "") -> bytes:
    """Pack pages as a tar, as it is or compressed with ``gz``, ``xz``, ``bz2`` or ``zst``."""
    buffer = io.BytesIO()
    mode = "w" if compression == "zst" else f"w:{compression}"
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in pages.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return zstd.compress(buffer.getvalue()) if compression == "zst" else buffer.getvalue()


def built_by_sphinx(folder: Path, *, version: str = "1.0") -> Path:
    """Build a small real site with Sphinx and Furo, and give the folder of its pages."""
    source, pages = folder / "source", folder / "html"
    source.mkdir(parents=True)
    (source / "conf.py").write_text(f'project, release, html_theme = "Shop & Co", "{version}", "furo"\n')
    (source / "index.rst").write_text("Welcome\n=======\n\nA shop.\n\n.. toctree::\n\n   guide\n")
    (source / "guide.rst").write_text("Fill a basket\n=============\n\nTake a marzipan.\n\n.. py:class:: Basket\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(pages)]
    subprocess.run(command, check=True, capture_output=True)
    return pages
