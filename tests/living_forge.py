"""A forge that has lived for a while: promotions, tags, holds, notices, downloads, provenance and an installer."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from attesting import subject_of
from forging import Forged, new_forge, opened_forge
from making import make_package

from ownconda.attestations.statements import PROVENANCE, Statement
from ownconda.channels.telling.downloads import Downloaded, day_of, note_downloads
from ownconda.settings.tree import Settings

PROJECT = "https://git.example.org/packages/recipes"
SOURCE = "https://numpy.example.org/numpy-2.4.1.tar.gz"
COMMIT = "4f2c9d1e8b7a6055c3d2e1f0a9b8c7d6e5f40312"
SUMMARIES = {
    "bzip2": ("1.0.8", "bzip2-1.0.6", "A freely available, patent-free, high-quality data compressor", ()),
    "zlib": ("1.3.1", "Zlib", "Massively spiffy yet delicately unobtrusive compression library", ()),
    "xz": ("5.8.1", "0BSD", "Lossless data compression software with the command line tool xz", ()),
    "openssl": ("3.5.4", "Apache-2.0", "Toolkit for general-purpose cryptography and secure communication", ()),
    "libffi": ("3.5.2", "MIT", "A portable foreign function interface library", ()),
    "sqlite": ("3.51.0", "blessing", "A self-contained, serverless, transactional SQL database engine", ("zlib",)),
    "readline": ("8.3", "GPL-3.0-only", "Lets users edit command lines as they are typed in", ()),
    "python": ("3.13.9", "Python-2.0", "General purpose programming language", ("zlib", "openssl", "sqlite", "libffi")),
    "numpy": ("2.4.0", "BSD-3-Clause", "The fundamental package for scientific computing with Python", ("python",)),
    "pip": ("25.3", "MIT", "The package installer for Python", ("python", "openssl >=3,<4a0")),
    "own_hello": ("1.2.0", "BlueOak-1.0.0", "Greets whoever calls it", ("python", "numpy >=2", "__glibc >=2.28")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A forge's folder and its token."""

    folder: Path
    token: str


def lived(root: Path) -> Lived:
    """Make such a forge; its channel testing has all that there is, stable a part."""
    folder, token = new_forge(root / "forge")
    with opened_forge(folder, token, Settings()) as forge:
        for name, (version, license_, summary, depends) in SUMMARIES.items():
            package = _package(root, name, version, license=license_, depends=list(depends), summary=summary)
            assert forge.upload("testing", package).is_success
        _older_builds(root, forge)
        _attested(root, forge)
        _past(forge)
        _downloads(forge)
        _sources(root, forge)
        files = [("file", ("own-2026.11.20-linux-64.sh", b"#!/bin/sh\necho hello\n"))]
        assert forge.client.post("/upload/stable", files=files, headers=forge.bearer).is_success
    return Lived(folder=folder, token=token)


def _package(root: Path, name: str, version: str, *, summary: str = "", build: str = "h1_0", **fields: object) -> Path:
    home = f"https://{name}.example.org"
    about = {"home": home, "doc_url": f"{home}/docs", "summary": summary}
    folder = root / "made"
    return make_package(folder, name, version, build=build, about=about, **fields)  # type: ignore[arg-type]


def _older_builds(root: Path, forge: Forged) -> None:
    builds = [
        _package(root, "numpy", version, build=f"py{python}_{number}", build_number=number, depends=["python"])
        for version, number in (("2.3.0", 0), ("2.3.0", 1), ("2.2.4", 0))
        for python in ("312", "313")
    ]
    assert forge.upload("testing", *builds).is_success
    other = _package(root, "numpy", "2.4.0", build="other_0", subdir="osx-arm64", depends=["python"])
    assert forge.upload("testing", other).is_success


def _attested(root: Path, forge: Forged) -> None:
    package = _package(root, "numpy", "2.4.1", depends=["python >=3.13,<3.14.0a0", "libffi"], constrains=["xz >=5"])
    predicate = {
        "buildDefinition": {
            "externalParameters": {"recipe": "recipes/numpy"},
            "resolvedDependencies": [
                {"name": "recipe", "uri": f"git+{PROJECT}.git@{COMMIT}", "digest": {"gitCommit": COMMIT}},
                {
                    "name": "source",
                    "uri": "https://numpy.example.org/numpy-2.4.1.tar.gz",
                    "digest": {"sha256": "0" * 64},
                },
            ],
        },
        "runDetails": {
            "builder": {"id": f"{PROJECT}/-/runners/7"},
            "metadata": {"invocationId": f"{PROJECT}/-/jobs/4711", "finishedOn": "2026-11-19T10:20:30Z"},
        },
    }
    told = Statement(subject=subject_of(package), predicate_type=PROVENANCE, predicate=predicate).json
    files = [
        ("file", (package.name, package.read_bytes())),
        ("file", (f"{package.name}.provenance.json", told)),
    ]
    assert forge.client.post("/upload/testing", files=files, headers=forge.bearer).is_success


def _past(forge: Forged) -> None:
    def post(what: str, **body: object) -> None:
        answer = forge.client.post(f"/api/v1/channels/{what}", json=body, headers=forge.bearer)
        assert answer.status_code == 200, answer.text

    first = ["zlib", "bzip2", "xz", "openssl", "libffi"]
    post("staging/promote", **{"from": "testing", "specs": first, "reason": "the base"})
    post("stable/promote", **{"from": "staging", "specs": first, "reason": "release of November"})
    post("stable/tag", name="release-1")
    post("testing/yank", specs=["numpy ==2.2.4"], reason="wrong results on some machines")
    post("testing/hold", spec="openssl >=4", reason="nothing is ready for it")
    post("testing/notices", message="numpy 2.2 goes at the end of the month", level="warning")
    hourly = {"from": "staging", "specs": ["python", "sqlite"], "reason": "what is new"}
    post("staging/promote", **{"from": "testing", "specs": ["python", "sqlite", "numpy", "own_hello"]})
    post("stable/hold", spec="numpy", reason="until the licences are read")
    _refused(forge, "stable/promote", **{"from": "staging", "specs": ["own_hello", "numpy ==2.4.0"]})
    for _ in range(3):
        _refused(forge, "stable/promote", **hourly | {"specs": ["own_hello"]})
    post("stable/promote", **hourly)


def _sources(root: Path, forge: Forged) -> None:
    """Bring archives, and packages that say which one they were made from."""
    known = {name: f"the archive of {name}".encode() for name in SUMMARIES if name != "own_hello"}
    for name, content in known.items():
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"/sources/{sha256}/{name}-{SUMMARIES[name][0]}.tar.gz"
        assert forge.client.put(path, content=content, headers=forge.bearer).is_success
        if name in {"zlib", "bzip2", "xz"}:
            recipe = {"rendered_recipe.yaml": f"source:\n  - sha256: {sha256}\n"}
            parts = ["", "-devel", "-static", "-tools", "-tests", "-doc", "-cross"] if name == "xz" else ["-static"]
            made = [
                make_package(root / "parts", f"{name}{part}", SUMMARIES[name][0], build="h2_0", recipe=recipe)
                for part in parts
            ]
            assert forge.upload("staging", *made).is_success


def _refused(forge: Forged, what: str, **body: object) -> None:
    answer = forge.client.post(f"/api/v1/channels/{what}", json=body, headers=forge.bearer)
    assert answer.status_code == 409, answer.text


def _downloads(forge: Forged) -> None:
    channels = forge.services.channels
    paths = [path for path, entry in channels.state("testing").contents.items() if entry.record.name == "numpy"]
    today = day_of(channels.now())
    counts = {
        Downloaded(channel="testing", path=path, day=today - age): 3 + (age * 7 + number * 5) % 23
        for number, path in enumerate(paths)
        for age in range(0, 60, 1 + number)
    }
    note_downloads(channels.ledger.engine, counts, {one.day for one in counts})
