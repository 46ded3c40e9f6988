"""The pages in Debian's Chromium: they show what they should, and nothing that they need is refused."""

import subprocess
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.forge_client.client import ForgeClient

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".ownconda" / "screenshots"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)


def shown(url: str, profile: Path, *, width: int, name: str) -> tuple[str, str]:
    """Give a page's document as the browser has it, and what the browser complains of; keep a picture."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    common = ["chromium", *QUIET, f"--user-data-dir={profile}", f"--window-size={width},1000"]
    subprocess.run([*common, f"--screenshot={SCREENSHOTS / name}.png", url], capture_output=True, check=True)
    done = subprocess.run([*common, "--dump-dom", url], capture_output=True, text=True, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Security Policy" in line]
    return done.stdout, "\n".join(complaints)


@pytest.mark.parametrize("width", [1200, 500])
def test_the_pages_show_what_a_channel_has(tmp_path: Path, width: int) -> None:
    root, token = new_forge(tmp_path / "forge")
    profile = tmp_path / "profile"
    with running_forge(root) as forge:
        with ForgeClient(forge.url, token=token) as client:
            packages = [make_package(tmp_path, "zlib", "1.3.1"), make_package(tmp_path, "numpy", "2.4.0")]
            client.upload("testing", packages)
        page, complaints = shown(f"{forge.url}/conda/testing/", profile, width=width, name=f"channel-{width}")
        assert complaints == ""
        for text in ("zlib", "1.3.1", "numpy", "2.4.0", f"conda create -n work --override-channels -c {forge.url}"):
            assert text in page
        root_page, complaints = shown(f"{forge.url}/", profile, width=width, name=f"root-{width}")
        assert complaints == ""
        assert "testing" in root_page
    for name in (f"channel-{width}", f"root-{width}"):
        assert (SCREENSHOTS / f"{name}.png").read_bytes().startswith(b"\x89PNG")
