"""The pages of a large channel in Chromium: first paint, bytes, until they can be used, and a search as one types.

The browser is on the machine of the forge: what a network adds isn't in it, nor what several people at once take.
"""

import http.server
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from forges import RunningForge, run_ownconda, synthetic_entry
from measuring import print_machine, verdict

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from browsing import Browser, browser

PACKAGES = 20_000
AT_ONCE = 5_000
RUNS = 5
LIMIT = 1000  # milliseconds until a page can be used
FIRST = "synthetic-77"
TIMES = """new Promise(done => requestAnimationFrame(() => setTimeout(done, 20))).then(() => {
    const [page] = performance.getEntriesByType("navigation");
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return [page.responseStart, paint ? paint.startTime : 0, page.loadEventEnd]; })"""
SEARCH = """new Promise(done => {
    const field = document.querySelector("input[type=search]"), start = performance.now();
    field.value = "thetic-777";
    field.dispatchEvent(new InputEvent("input"));
    const look = () => document.querySelector("tbody a").textContent.includes("-777")
        ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(look, 1);
    look(); })"""


def main() -> None:
    """Print the figures of each page."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        run_ownconda("forge", "init", str(root / "forge"))
        _fill(root / "forge", PACKAGES)
        print(f"\nPages of a channel of {PACKAGES:,} packages, in Chromium")
        with (
            RunningForge(root / "forge", quiet=True) as url,
            _files(root / "forge" / "public") as static,
            browser(root / "profile") as opened,
        ):
            opened.look()
            _show(opened, "the channel, for the first time", f"{url}/conda/testing/", runs=1)
            _show(opened, "the channel", f"{url}/conda/testing/")
            _search(opened)
            _show(opened, "one package", f"{url}/packages/testing/{FIRST}")
            _show(opened, "its history", f"{url}/history/testing")
            _show(opened, "what one snapshot changed", f"{url}/history/testing/diff", runs=1)
            _show(opened, "the forge", f"{url}/")
            _show(opened, "the static page", f"{static}/conda/testing/", ready="document.querySelector('#rows a')")
            _search(opened)


def _show(page: Browser, what: str, url: str, *, runs: int = RUNS, ready: str = "true") -> None:
    """Visit a page as somebody who comes for the first time, and print the medians; times in ms."""
    taken = []
    for _ in range(runs):
        page.tell("Network.clearBrowserCache")
        page.visit(url)
        page.wait_for(ready)
        answered, painted, usable = page.run(TIMES)
        until = usable if ready == "true" else page.run("performance.now()")
        taken.append((answered, painted, until, page.bytes_received()))
    answered, painted, usable, received = map(statistics.median, zip(*taken, strict=True))
    print(f"  {what:<34} answered {answered:5.0f} ms, painted {painted:5.0f} ms, {received / 1000:6.0f} kB")
    verdict("    usable after", usable, LIMIT, " ms")


def _search(page: Browser) -> None:
    print(f"    from a key to what was found: {page.run(SEARCH):.0f} ms")


def _fill(folder: Path, size: int) -> None:
    ledger = open_ledger(ForgeFolder(root=folder).ledger)
    head, numbers = ledger.head("testing"), count()
    for start in range(0, size, AT_ONCE):
        added = tuple(synthetic_entry(number, builds=1) for number in range(start, start + AT_ONCE))
        draft = Draft(
            channel="testing", kind=Kind.UPLOAD, change=Change(added=added), author="x", reason="", at=next(numbers)
        )
        [head] = ledger.commit([draft], {"testing": head})
    ledger.close()


@contextmanager
def _files(folder: Path) -> Iterator[str]:
    """Hand out a folder as any web server would, without compression."""
    handler = partial(_QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Say nothing."""


if __name__ == "__main__":
    print_machine()
    main()
