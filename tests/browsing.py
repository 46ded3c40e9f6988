"""Debian's Chromium, told what to do over a pipe in its DevTools protocol: no driver, no port."""

import base64
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ownconda.wires.processes import stop

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = 390, 1200
PATIENCE = 20  # seconds
_LOADED = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true))))"


class WentOnError(Exception):
    """The browser refuses, as it does while it goes from one page to another."""


class Browser:
    """A browser with one page; ``complaints`` are what its console and its policies said since the last visit."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = os.fdopen(commands, "wb", buffering=0)
        self._answers = answers
        self._read = b""
        self._number = 0
        self._session = ""
        self._scripts = True
        self.complaints: list[str] = []
        self._events: list[Mapping[str, Any]] = []
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and give what it answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._note(answer)
        if "error" in answer:
            raise WentOnError(str(answer["error"]))
        result: dict[str, Any] = answer["result"]
        return result

    def visit(self, url: str) -> None:
        """Go to an address and wait until it is shown."""
        self.complaints.clear()
        self._events.clear()
        told = self.tell("Page.navigate", url=url)
        while "loaderId" in told and not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._note(self._next())
        if self._scripts:
            self.run(_LOADED)

    def run(self, script: str) -> Any:  # noqa: ANN401  (whatever the page has)
        """Give what a script comes to, waiting for what it promises."""
        told = self.tell("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until something is so, on this page or the one that it leads to; it is an error after ten seconds."""
        end = time.monotonic() + 10
        while not self._is_so(condition):
            assert time.monotonic() < end, f"it isn't so: {condition}"
            time.sleep(0.01)

    def _is_so(self, condition: str) -> bool:
        try:
            return bool(self.run(f"Boolean({condition})"))
        except WentOnError:
            return False

    def press(self, *keys: str) -> None:
        """Press keys one after the other: characters, or ``Tab``, ``Enter``, ``ArrowDown``."""
        for key in keys:
            code = {"Tab": 9, "Enter": 13, "ArrowDown": 40}.get(key, ord(key[0]))
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            facts = {"key": key, "windowsVirtualKeyCode": code, **text}
            self.tell("Input.dispatchKeyEvent", type="keyDown", **facts)
            self.tell("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def look(self, *, width: int = DESK, dark: bool = False, scripts: bool = True) -> None:
        """See pages from now on in this width, by day or by night, with scripts or without."""
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width == PHONE
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme, still])
        self.tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._scripts = scripts

    def picture(self, file: Path) -> None:
        """Write a picture of the whole page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = self.tell("Page.getLayoutMetrics")["cssContentSize"] | {"scale": 1}
        told = self.tell("Page.captureScreenshot", captureBeyondViewport=True, clip=whole)
        file.write_bytes(base64.b64decode(told["data"]))

    def bytes_received(self) -> int:
        """Give how many bytes came over the network since the last visit."""
        done = (event["params"] for event in self._events if event["method"] == "Network.loadingFinished")
        return sum(int(params["encodedDataLength"]) for params in done)

    def close(self) -> None:
        """Close the pipe, upon which the browser ends."""
        self._commands.close()
        os.close(self._answers)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._answers], [], [], PATIENCE)
            more = os.read(self._answers, 1 << 20) if ready else b""
            assert more, "the browser ended, or says nothing"
            self._read += more
        message, _, self._read = self._read.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(str(event["params"]["exceptionDetails"]))
        if event["method"] == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Run a browser while the block runs; its end of the pipe is at descriptors 3 and 4, as it wants it."""
    to_read, commands = os.pipe()
    answers, to_write = os.pipe()
    # a shell moves the pipe's ends to where Chromium looks for them
    command = f'exec chromium {" ".join(QUIET)} --remote-debugging-pipe --user-data-dir="$0" 3<&{to_read} 4>&{to_write}'
    process = subprocess.Popen(
        ["bash", "-c", command, str(profile)],
        pass_fds=(to_read, to_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_read)
    os.close(to_write)
    opened = Browser(commands, answers)
    try:
        yield opened
    finally:
        opened.close()
        stop(process)
