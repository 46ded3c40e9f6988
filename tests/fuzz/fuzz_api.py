"""Asks a running forge what schemathesis thinks of, as everybody and as nobody, for a minute and a half.

    python tests/fuzz/fuzz_api.py [--minutes 60] [--seed 7]

Requests are made of the forge's own OpenAPI document: right ones, and ones that are wrong in every way that its schemas
have. Whatever is asked, the answer is one that the document describes. Afterwards the forge still has to be sound, and
no file may be anywhere but in its folder. It always begins in the same way, so that no change is refused by chance;
another ``--seed`` begins anew. The exit code is 1 when something was found.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run by hand, too

from forging import new_forge
from making import make_package

from ownconda.wires.ports import free_port

MINUTES, SEED = 1.5, 1
ADMINISTRATOR, UPLOADER, NOBODY = "an administrator", "somebody who uploads", "nobody"
SHARES = {ADMINISTRATOR: 0.5, UPLOADER: 0.3, NOBODY: 0.2}
REFUSED = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422)
"""What may be answered to a request that is wrong."""

IN_VAIN = ("2xx", 304, 401, 403, 404, 409, 410, 416, 422, 503)
"""What may be answered to one that is right: what it names may not be there. Never 400."""

SETTINGS = """
[forge]
count_downloads = false
[forge.channels.testing]
tar_bz2 = true
[forge.channels.staging]
promoted_from = "testing"
[forge.channels.stable]
promoted_from = "testing"
[forge.caches.main]
url = "http://127.0.0.1:{port}/conda/stable"
minutes = 0.1
"""
"""A channel with a sibling, and a cache of one of the forge's own channels."""

SHARED = ("/docs/{project}/{version}", "/docs/{project}/versions.json")
"""Addresses that a page has, too, or another route: `Allow` tells the methods of all of them."""

PATHS = (
    "../../../../etc/passwd",
    "..%2f..%2fforge.db",
    "%2e%2e",
    "a\\b",
    "//",
    "/etc/passwd",
    "noarch/../..",
    ".",
)
ODD = (*PATHS, "x" * 300, "C:", "con", "*", "a'b\"c", "<script>", "-1", "0x1", "9999-12-31")
LOOKALIKES = ("\u0130\u0307", "e\u0301", "\uff0e\uff0e\uff0fx", "te\u017fting", "\xa0", "\u2024\u2024", "1\u0660")
"""Text that isn't what it looks like, or becomes something else where somebody normalises it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running forge: where it is, who may what, and what it holds."""

    folder: Path
    url: str
    tokens: Mapping[str, str]
    known: Mapping[str, Sequence[str | int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a run: how many requests were sent, and how many of them found something."""

    cases: int
    failures: int


def main() -> int:
    """Fuzz, look whether the forge is sound, and tell."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder, token = new_forge(place / "forge")
        with _running(folder, place / "log.txt") as url:
            stage = _filled(folder, url, token)
            before = _outside(place)
            wrongs = list(_fuzzed(stage, place, given.minutes * 60, given.seed))
            wrongs += _unhealthy(stage)
        wrongs += _unsound(folder) + [f"outside of the forge's folder: {path}" for path in _outside(place) - before]
        wrongs += [line for line in (place / "log.txt").read_text().splitlines() if " broke" in line]
    for wrong in wrongs:
        print(f"WRONG: {wrong}", flush=True)
    return 1 if wrongs else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


@contextlib.contextmanager
def _running(folder: Path, log: Path) -> Iterator[str]:
    port = free_port("127.0.0.1", 0)
    (log.parent / "ownconda.toml").write_text(SETTINGS.format(port=port))
    command = [sys.executable, "-m", "ownconda.forge", str(folder), "--port", str(port), "--keep-free", "0"]
    with log.open("wb") as out, subprocess.Popen(command, cwd=log.parent, stdout=out, stderr=out) as process:
        try:
            while b"forge ready" not in log.read_bytes() and process.poll() is None:
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _filled(folder: Path, url: str, token: str) -> Stage:
    """Give the forge packages, a history, a hold, a tag, a source and another token."""
    bearer = {"Authorization": f"Bearer {token}"}

    def post(path: str, **options: object) -> requests.Response:
        answer = requests.post(f"{url}{path}", headers=bearer, timeout=60, **options)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer

    with tempfile.TemporaryDirectory() as name:
        packages = [make_package(Path(name), one, version) for one in ("zlib", "xz") for version in ("1.0", "2.0")]
        for package in packages:
            post("/upload/testing", files={"file": (package.name, package.read_bytes())})
    post("/upload/testing", files={"file": ("own-1.0.sh", b"#!/bin/sh\n")})
    post("/api/v1/channels/stable/promote", json={"from": "testing", "specs": ["zlib"]})
    post("/api/v1/channels/stable/tag", json={"name": "first"})
    post("/api/v1/channels/staging/hold", json={"spec": "xz", "reason": "because"})
    made = post("/api/v1/tokens", json={"name": "uploader", "may": ["read", "upload"], "channels": ["*"]}).json()
    history = requests.get(f"{url}/api/v1/channels/testing/history", timeout=60).json()["snapshots"]
    checksum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of "test"
    requests.put(f"{url}/sources/{checksum}/test.txt", data=b"test", headers=bearer, timeout=60).raise_for_status()
    return Stage(
        folder=folder,
        url=url,
        tokens={ADMINISTRATOR: token, UPLOADER: made["token"], NOBODY: ""},
        known={
            "channels": (
                "testing",
                "stable",
                "staging",
                "stable.at.first",
                "testing.at.9999-12-31",
                "stable.at.1",
                "testing.tar-bz2",
                "main",
                *LOOKALIKES,
            ),
            "snapshots": [step["id"] for step in history],
            "files": (
                "repodata.json",
                "own.sh",
                "own-1.0.sh",
                "test.txt",
                *(package.name for package in packages),
                *PATHS,
                *LOOKALIKES,
                "\0",
            ),
            "checksums": (checksum,),
            "projects": ("hello", "own", *LOOKALIKES),
            "subdirs": ("noarch", "linux-64"),
            "odd": (*ODD, "zlib", "xz >=1", "zlib-1.0-h1_0.conda", "linux-64/xz-1.0-h1_0.conda", "first", "testing"),
        },
    )


def _fuzzed(stage: Stage, place: Path, seconds: float, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for who, share in SHARES.items():
        begun, one_seed = time.monotonic(), chance.randrange(1 << 32)
        found = _one_run(stage, place, who, seconds=max(1, round(seconds * share)), seed=one_seed)
        took = time.monotonic() - begun
        print(
            f"as {who}: {found.cases} requests in {took:.0f} s, {found.failures} findings (seed {one_seed})", flush=True
        )
        if found.failures or not found.cases:
            yield f"{found.failures} of {found.cases} requests as {who} found something"


def _one_run(stage: Stage, place: Path, who: str, *, seconds: int, seed: int) -> Found:
    work = place / "schemathesis"
    work.mkdir(exist_ok=True)
    settings, report = work / "schemathesis.toml", work / "report.json"
    settings.write_text(_settings(stage))
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    command += [f"{stage.url}/api/v1/openapi.json", "--max-time", str(seconds), "--seed", str(seed), "--no-color"]
    command += ["--report-json-path", str(report), "--workers", "1"]
    if stage.tokens[who]:
        command += ["--header", f"Authorization:Bearer {stage.tokens[who]}"]
    ended = subprocess.run(command, cwd=work, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode:
        print(ended.stdout, flush=True)
    return _read_report(report) if report.exists() else Found(cases=0, failures=1)


def _read_report(report: Path) -> Found:
    told = json.loads(report.read_bytes())
    broken = sum(error["count"] for error in told["errors"])  # schemathesis itself: nothing was looked at
    return Found(cases=told["test_cases"]["generated"], failures=told["test_cases"]["unique_failures"] + broken)


def _settings(stage: Stage) -> str:
    """Write schemathesis's settings: all checks, and words that mean something to this forge."""
    lines = ["warnings = false", "continue-on-failure = true", "request-timeout = 30"]
    lines += ["[generation]", 'mode = "all"', "allow-x00 = true", 'database = "none"', "no-shrink = false"]
    lines += ["[generation.dictionaries]", 'string = { dictionary = "odd", probability = 0.2 }']
    lines += ["[checks]", f"negative_data_rejection.expected-statuses = {json.dumps(REFUSED)}"]
    lines += [f"positive_data_acceptance.expected-statuses = {json.dumps(IN_VAIN)}"]
    for name, values in stage.known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    named = {
        "project": "projects",
        "channel": "channels",
        "file": "files",
        "checksum": "checksums",
        "subdir": "subdirs",
    }
    lines += [f'"path.{one}" = {{ dictionary = "{words}", probability = 0.7 }}' for one, words in named.items()]
    lines += [f'"query.{one}" = {{ dictionary = "snapshots", probability = 0.5 }}' for one in ("from", "to")]
    lines += [
        "[[operations]]",
        f"include-path = {json.dumps(SHARED)}",
        "checks.allow_header_conformance.enabled = false",
    ]
    return "\n".join(lines) + "\n"


def _unhealthy(stage: Stage) -> list[str]:
    answer = requests.get(f"{stage.url}/healthz", timeout=60)
    wrongs = [] if answer.json() == {"status": "ok"} else [f"healthz: {answer.text}"]
    for channel in ("testing", "stable", "staging"):
        checked = requests.get(f"{stage.url}/api/v1/channels/{channel}/check?deep=true&solve=false", timeout=60).json()
        wrongs += [f"{channel}: {problem['what']}" for problem in checked["problems"]]
    return wrongs


def _unsound(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "ownconda", "forge", "fsck", str(folder)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    return [f"fsck: {ended.stdout}{ended.stderr}"] if ended.returncode else []


def _outside(place: Path) -> set[str]:
    """Give all files around the forge's folder, but for what schemathesis writes."""
    ours = {place / "forge", place / "schemathesis"}
    return {
        os.fspath(path)
        for top in place.iterdir()
        if top not in ours
        for path in (top, *(top.rglob("*") if top.is_dir() else ()))
    }


if __name__ == "__main__":
    sys.exit(main())
