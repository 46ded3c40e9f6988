"""The page of a picture: whole, and harmless whatever the names in it."""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from ownconda.graph.page import page
from ownconda.graph.picture import Arrow, Look, Node, Picture
from ownconda.wires.processes import find

pytestmark = pytest.mark.skipif(find("dot") is None, reason="Graphviz isn't installed")

LOOK = Look(name="own", title="our own", fill="#ffffff", line="#000000")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
PICTURE = Picture(
    title=HOSTILE,
    nodes=(
        Node(name=HOSTILE, look=LOOK, facts=((HOSTILE, HOSTILE),)),
        Node(name='a "b" \\ & <c>', look=LOOK, group=HOSTILE),
        Node(name="plain", look=LOOK, group=HOSTILE),
        Node(name="far", look=LOOK),
    ),
    arrows=(
        Arrow(start=HOSTILE, end='a "b" \\ & <c>', hard=True, why=(HOSTILE,)),
        Arrow(start='a "b" \\ & <c>', end="plain", hard=False),
    ),
)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def test_what_comes_from_outside_is_text_and_nothing_else() -> None:
    written = page(PICTURE)
    assert "<script>alert" not in written
    assert "<img" not in written
    assert written.count("<script") == written.count("</script>") == 2
    data = json.loads(re.findall(r'<script type="application/json" id="data">(.*)</script>', written)[0])
    assert data["nodes"][0]["name"] == HOSTILE


def test_the_page_may_run_its_own_script_only_and_fetch_nothing() -> None:
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page(PICTURE))
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)


def test_nothing_of_the_page_is_left_to_fill_in() -> None:
    assert "@@" not in page(PICTURE)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("address", "chosen", "needs", "users"),
    [
        ("#plain", "plain", 0, 2),
        ("#a%20%22b%22%20%5C%20%26%20%3Cc%3E", 'a "b" \\ & <c>', 1, 1),
        ("#nothing", None, 0, 0),
        ("#%E0%A4%A", None, 0, 0),
        ("", None, 0, 0),
    ],
)
def test_an_address_chooses_a_node_and_shows_what_it_needs_and_what_needs_it(
    tmp_path: Path, address: str, chosen: str | None, needs: int, users: int
) -> None:
    (tmp_path / "page.html").write_text(page(PICTURE))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    url = (tmp_path / "page.html").as_uri() + address
    command = ["chromium", *QUIET, profile, "--enable-logging=stderr", "--virtual-time-budget=1000", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    drawn = re.findall(r'<g id="node\d+" class="(node[^"]*)"[^>]*aria-label="([^"]*)"', done.stdout)
    classes = {html.unescape(name): set(found.split()) for found, name in drawn}
    assert {name for name, found in classes.items() if "chosen" in found} == ({chosen} if chosen else set())
    assert sum("down" in found for found in classes.values()) == needs
    assert sum("up" in found for found in classes.values()) == users
    assert ("Needed by: " in done.stdout.partition("<aside")[2].partition("</aside>")[0]) == (chosen is not None)
