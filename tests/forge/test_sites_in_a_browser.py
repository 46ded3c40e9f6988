"""Hosted documentation in Debian's Chromium: what a real Sphinx site does in its sandbox, and what it can't."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from siting import PAGE, PAGES, built_by_sphinx, zipped

from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.docs import upload_site
from ownconda.sites.packing import pack
from ownconda.wires.progress import NoProgress

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".ownconda" / "screenshots"
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--enable-logging=stderr")
LOOKS = {"light": (), "dark": ("--blink-settings=preferredColorScheme=0",), "phone": ()}
SPY = b"""<head><script>
  const told = [];
  const note = (what) => { told.push(what); document.title = told.join(" "); };
  note(`origin:${self.origin}`);
  try { document.cookie = "a=1"; note("cookie"); } catch { note("no-cookie"); }
  fetch("/api/v1/channels").then(() => note("read"), () => note("not-read"));
  fetch("/docs/shop/9.9", {method: "PUT", body: "x"}).then(() => note("sent"), () => note("not-sent"));
</script></head>"""


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A forge that hosts three versions of a real site, and one of a site that spies."""
    folder = tmp_path_factory.mktemp("hosted")
    root, token = new_forge(folder / "forge")
    pack(built_by_sphinx(folder), folder / "shop.zip")
    (folder / "spy.zip").write_bytes(zipped({**PAGES, "index.html": PAGE.replace(b"<head>", SPY[:-7])}))
    with running_forge(root) as forge, ForgeClient(forge.url, token=token) as client:
        for version in ("1.0", "1.1", "main"):
            upload_site(client, "shop", version, folder / "shop.zip", replace=False, progress=NoProgress())
        upload_site(client, "spy", "1.0", folder / "spy.zip", replace=False, progress=NoProgress())
        yield forge.url


def document(url: str, profile: Path, *options: str) -> tuple[str, str]:
    """Give a page as it is after its scripts ran, and what the browser complains of."""
    common = ["chromium", *QUIET, f"--user-data-dir={profile}", "--virtual-time-budget=5000", *options]
    done = subprocess.run([*common, "--dump-dom", url], capture_output=True, text=True, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Security Policy" in line]
    return done.stdout, "\n".join(complaints)


def test_the_search_of_a_sphinx_site_works_in_its_sandbox(hosted: str, tmp_path: Path) -> None:
    page, complaints = document(f"{hosted}/docs/shop/stable/search.html?q=marzipan", tmp_path)
    assert complaints == ""
    assert "Search finished" in page
    assert "found one page matching" in page
    assert 'href="guide.html" data-score="5">Fill a basket</a>' in page


def test_a_hosted_page_is_of_no_origin_and_can_neither_read_nor_send_anything(hosted: str, tmp_path: Path) -> None:
    page, _ = document(f"{hosted}/docs/spy/1.0/", tmp_path)
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert set(title.split()) == {"origin:null", "no-cookie", "not-read", "not-sent"}


@pytest.mark.parametrize("look", LOOKS)
def test_pages_and_the_index_look_as_they_should(hosted: str, tmp_path: Path, look: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    size = "--window-size=500,900" if look == "phone" else "--window-size=1200,900"
    for name, path in (("docs-page", "docs/shop/stable/"), ("docs-index", "docs/"), ("docs-search", "docs/?q=basket")):
        picture = SCREENSHOTS / f"{name}-{look}.png"
        options = [*QUIET, f"--user-data-dir={tmp_path}", size, *LOOKS[look], f"--screenshot={picture}"]
        subprocess.run(["chromium", *options, f"{hosted}/{path}"], capture_output=True, check=True)
        _, complaints = document(f"{hosted}/{path}", tmp_path, size)
        assert complaints == ""
        assert picture.read_bytes().startswith(b"\x89PNG")
