"""The pages in Debian's Chromium: how they look, for whom they can be used, and what their script adds."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsing import DESK, PHONE, Browser, browser
from forging import running_forge
from living_forge import lived

from ownconda.wires.ports import bindable_port
from ownconda.wires.processes import start, stop

pytestmark = pytest.mark.browser

CLONE = Path(__file__).resolve().parents[2]
SCREENSHOTS = CLONE / ".ownconda" / "screenshots"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
CONFIGURATION = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{}}
http {{
    types {{ text/html html; application/json json; }}
    access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxied;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    server {{ listen 127.0.0.1:{port}; root {public}; }}
}}
"""
PAGES = {
    "forge": "/",
    "channel": "/conda/testing/",
    "search": "/conda/testing/?q=compress",
    "nothing-found": "/conda/testing/?q=nothing+such",
    "empty-channel": "/conda/experimental/",
    "channel-with-installers": "/conda/stable/",
    "channel-as-it-was": "/conda/testing.at.12/",
    "package": "/packages/testing/numpy",
    "package-as-it-was": "/packages/testing.at.17/numpy",
    "history": "/history/testing",
    "gated-history": "/history/stable",
    "sources": "/sources/",
    "sources-found": "/sources/?q=xz",
    "difference": "/history/testing/diff?from=6&to=23",
    "static-channel": "static:/conda/testing/",
    "static-package": "static:/conda/testing/#numpy",
}
LOOKS = {"light": (DESK, False), "dark": (DESK, True), "phone": (PHONE, False)}
ROWS = "[...document.querySelectorAll('tbody th a')].map(link => link.textContent)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A browser, the forge that it looks at, and a web server that hands out the forge's public folder alone."""

    browser: Browser
    forge: str
    static: str

    def visit(self, page: str) -> Browser:
        self.browser.visit(f"{self.static}{page[7:]}" if page.startswith("static:") else f"{self.forge}{page}")
        return self.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("browser")
    made = lived(root)
    with (
        running_forge(made.folder) as forge,
        served(made.folder / "public", root) as static,
        browser(root / "profile") as opened,
    ):
        opened.tell("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        yield Site(browser=opened, forge=forge.url, static=static)


@contextmanager
def served(public: Path, home: Path) -> Iterator[str]:
    """Let Debian's nginx hand out a folder while the block runs."""
    assert NGINX, "needs nginx: sh scripts/system-packages proxy"
    port = bindable_port("127.0.0.1", 0)
    (home / "nginx.conf").write_text(CONFIGURATION.format(home=home, port=port, public=public))
    process = start([NGINX, "-c", str(home / "nginx.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for what keeps people from using a page."""
    told = subprocess.run([CLONE / "scripts" / "axe-core"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(told.stdout.strip()).read_text()


def violations(page: Browser, axe: str) -> list[str]:
    page.run(axe)
    found = page.run("axe.run(document).then(found => JSON.stringify(found.violations))")
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:200]} {node['failureSummary'][-200:]}"
        for one in json.loads(found)
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_its_screen_and_keeps_nobody_out(site: Site, axe: str, page: str, look: str) -> None:
    width, dark = LOOKS[look]
    site.browser.look(width=width, dark=dark)
    shown = site.visit(PAGES[page])
    if page.startswith("static"):
        shown.wait_for("document.querySelector('#rows a, #files details')")
    shown.picture(SCREENSHOTS / f"{page}-{look}.png")
    assert shown.complaints == []
    assert shown.run("document.documentElement.scrollWidth") <= width
    assert violations(shown, axe) == []


def test_a_search_finds_while_one_types(site: Site) -> None:
    site.browser.look()
    page = site.visit("/conda/testing/")
    page.press("/", *"compress")
    page.wait_for("document.querySelector('.count').textContent.includes('found for “compress”')")
    assert page.run(ROWS) == ["xz", "zlib", "bzip2"]
    assert page.run("location.search") == "?q=compress"
    assert page.run("document.activeElement.value") == "compress"
    assert "3 found" in page.run("document.getElementById('said').textContent")
    page.press("ArrowDown", "Enter")
    page.wait_for("location.pathname == '/packages/testing/xz' && document.readyState == 'complete'")


def test_the_answer_to_what_was_typed_last_is_shown(site: Site) -> None:
    site.browser.look()
    page = site.visit("/conda/testing/")
    page.run("""for (const text of ["z", "zl", "xz", "numpy"]) {
        const field = document.querySelector("input[type=search]");
        field.value = text;
        field.dispatchEvent(new InputEvent("input"));
    }""")
    page.wait_for(f"{ROWS}.join() == 'numpy'")


def test_all_can_be_read_and_searched_without_scripts(site: Site) -> None:
    site.browser.look(scripts=False)
    page = site.visit("/conda/testing/?q=python&order=name")
    assert page.run(ROWS) == ["python", "numpy", "pip"]
    assert page.run("getComputedStyle(document.querySelector('form.search button')).position") == "static"
    assert page.run("document.querySelectorAll('.copy-button').length") == 0
    page = site.visit("/packages/testing/numpy")
    assert page.run("document.querySelector('.specs a').textContent") == "python >=3.13,<3.14.0a0"
    site.browser.look()


def test_the_keyboard_leads_to_the_content_and_shows_where_it_is(site: Site) -> None:
    site.browser.look()
    page = site.visit("/packages/testing/numpy")
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Skip to the content"
    assert page.run("document.activeElement.getBoundingClientRect().top >= 0")
    page.press("Enter")
    assert page.run("document.activeElement.id") == "main"
    page.press("Tab", "Tab")
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_line_of_a_client_is_chosen_and_copied(site: Site) -> None:
    site.browser.look()
    page = site.visit("/packages/testing/numpy")
    shown = "[...document.querySelectorAll('.line')].filter(one => one.offsetHeight).map(one => one.classList[1])"
    assert page.run(shown) == ["conda"]
    page.run("document.querySelector('[value=pixi]').click()")
    assert page.run(shown) == ["pixi"]
    page.run("document.querySelector('.line.pixi .copy-button').click()")
    page.wait_for("document.querySelector('.line.pixi .copy-button').textContent == 'Copied'")
    told = page.run("navigator.clipboard.readText()")
    assert told == f"pixi init work -c {site.forge}/conda/testing && cd work && pixi add numpy"


def test_two_snapshots_are_chosen_and_compared(site: Site) -> None:
    site.browser.look()
    page = site.visit("/history/testing")
    page.run("document.querySelector('[name=from][value=\"6\"]').click()")
    page.run("document.querySelector('[name=to][value=\"8\"]').click()")
    page.run("document.querySelector('.compare button').click()")
    page.wait_for("location.pathname == '/history/testing/diff' && document.readyState == 'complete'")
    assert page.run(ROWS) == ["xz", "zlib"]


@pytest.mark.parametrize("look", LOOKS)
def test_what_the_gate_said_can_be_unfolded(site: Site, axe: str, look: str) -> None:
    width, dark = LOOKS[look]
    site.browser.look(width=width, dark=dark)
    page = site.visit("/history/stable")
    page.run("document.querySelectorAll('.verdict').forEach(one => one.open = true)")
    page.picture(SCREENSHOTS / f"verdicts-{look}.png")
    assert page.run("document.documentElement.scrollWidth") <= width
    assert violations(page, axe) == []
    assert page.run("[...document.querySelectorAll('.refused .kind')].length") == 2


def test_a_script_that_got_into_a_page_would_not_run(site: Site) -> None:
    site.browser.look()
    page = site.visit("/conda/testing/")
    page.run("""const script = document.createElement("script");
        script.textContent = "document.title = 'broken into'";
        document.body.append(script)""")
    assert page.run("document.title") == "testing: channel"


def test_a_folder_that_a_web_server_hands_out_has_its_page(site: Site) -> None:
    site.browser.look()
    page = site.visit("static:/conda/testing/")
    page.wait_for("document.querySelector('#rows a')")
    page.press("/", *"compress")
    assert page.run(ROWS) == ["bzip2", "xz", "zlib"]
    page.run("location.hash = '#zlib'")
    page.wait_for("document.querySelector('#files details')")
    assert page.run("[...document.querySelectorAll('#users a')].map(one => one.textContent)") == ["python", "sqlite"]
    assert page.run("document.querySelector('#conda').textContent").endswith(f"-c {site.static}/conda/testing zlib")
    [download] = page.run("[...document.querySelectorAll('#files p a')].map(one => one.href)")
    assert re.fullmatch(rf"{site.static}/conda/testing/linux-64/zlib-1.3.1-\w+.conda", download)
    assert page.complaints == []
