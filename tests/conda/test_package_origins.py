"""The checksums of sources, as the files in a package tell them."""

import json

from ownconda.conda.package_origins import (
    CONDA_BUILDS,
    MOST,
    OWN_RECORD,
    RENDERED,
    WRITTEN,
    recorded_sources,
    source_checksums,
)

ARCHIVE, PATCHES, COMMIT, MD5 = "a" * 64, "b" * 64, "c" * 40, "d" * 32


def test_what_ownconda_noted_counts_and_what_it_installed_to_build_does_not() -> None:
    told = {
        "sources": [{"url": "https://x.invalid/a.tar.gz", "sha256": ARCHIVE}, {"git": "https://x", "commit": COMMIT}],
        "requirements": {"linux-64/zlib-1.0-0.conda": PATCHES},
    }
    assert source_checksums({OWN_RECORD: json.dumps(told).encode()}) == (ARCHIVE, COMMIT)


def test_what_the_recipe_says_counts_too_in_whatever_kind_of_checksum() -> None:
    record = json.dumps({"sources": [{"url": "u", "sha256": ARCHIVE}]}).encode()
    assert source_checksums({OWN_RECORD: record, WRITTEN: f"md5: {MD5.upper()}".encode()}) == (ARCHIVE, MD5)


def test_a_rendered_recipe_counts_but_for_the_packages_that_it_was_built_with() -> None:
    text = (
        f"recipe:\n  source:\n  - sha256: {ARCHIVE}\nfinalized_dependencies:\n  build:\n  - sha256: {PATCHES}\n"
        f"finalized_sources:\n- git: https://x.invalid/x\n  rev: {COMMIT}\n"
    )
    assert source_checksums({RENDERED: text.encode()}) == (ARCHIVE, COMMIT)


def test_a_package_without_sources_is_known_to_have_none() -> None:
    assert source_checksums({RENDERED: b"recipe: {}\n"}) == ()
    assert source_checksums({OWN_RECORD: b'{"sources": []}'}) == ()


def test_nothing_is_known_without_a_rendered_recipe_or_a_repositorys_commit_or_when_it_is_too_much() -> None:
    assert source_checksums({}) is None
    assert source_checksums({WRITTEN: f"sha256: {ARCHIVE}".encode()}) is None
    assert source_checksums({CONDA_BUILDS: b"source:\n  - git_url: https://x.invalid/x\n    git_rev: v1\n"}) is None
    assert source_checksums({OWN_RECORD: b"\xff not JSON"}) is None
    assert recorded_sources(b'{"sources": "none"}') is None
    many = "\n".join(f"{number:064x}" for number in range(MOST + 1))
    assert source_checksums({CONDA_BUILDS: many.encode()}) is None
