"""What lock files and prefixes say that they hold."""

import json
from pathlib import Path

import pytest

from ownconda.environments.holdings import holding
from ownconda.errors import WrongInputError

ONE, TWO = "1" * 64, "2" * 64
ZLIB = "https://conda.example/conda/stable/linux-64/zlib-1.0-h1_0.conda"
BOTH = {"zlib-1.0-h1_0.conda": ONE, "a_b-1!2.0-0.tar.bz2": TWO}

LOCKS = {
    "pixi.lock": f"""
version: 6
environments: {{default: {{channels: [], packages: {{linux-64: [{{conda: "{ZLIB}"}}]}}}}}}
packages:
- conda: {ZLIB}
  sha256: {ONE}
- pypi: https://pypi.example/x-1.0-py3-none-any.whl
  sha256: {ONE}
- conda: https://conda.example/noarch/a_b-1%212.0-0.tar.bz2
  sha256: {TWO}
""",
    "older pixi.lock": f"""
version: 5
packages:
- {{kind: conda, name: zlib, url: "{ZLIB}", sha256: {ONE}}}
- {{kind: conda, name: a_b, url: "https://conda.example/noarch/a_b-1%212.0-0.tar.bz2", sha256: {TWO}}}
""",
    "conda-lock.yml": f"""
version: 1
package:
- {{name: zlib, manager: conda, url: "{ZLIB}", hash: {{md5: x, sha256: {ONE}}}}}
- {{name: a_b, manager: conda, url: "https://conda.example/noarch/a_b-1!2.0-0.tar.bz2", hash: {{sha256: {TWO}}}}}
- {{name: x, manager: pip, url: "https://pypi.example/x-1.0-py3-none-any.whl", hash: {{sha256: {TWO}}}}}
""",
    "explicit": f"""
# platform: linux-64
@EXPLICIT
{ZLIB}#{ONE}
https://conda.example/noarch/a_b-1!2.0-0.tar.bz2#sha256:{TWO}
""",
}


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_file_of_each_tool_tells_its_packages(kind: str, tmp_path: Path) -> None:
    (tmp_path / kind).write_text(LOCKS[kind])
    found = holding(tmp_path / kind)
    assert (found.kind, found.files, found.unknown) == ("lock", BOTH, ())


def test_a_prefix_tells_its_packages_and_those_without_a_sha256(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    for name, fields in {
        "zlib-1.0-h1_0": {"fn": "zlib-1.0-h1_0.conda", "sha256": ONE},
        "xz-1-0": {"url": "https://conda.example/linux-64/xz-1-0.conda", "md5": "x"},
    }.items():
        (tmp_path / "conda-meta" / f"{name}.json").write_text(json.dumps(fields))
    found = holding(tmp_path)
    assert (found.kind, found.files, found.unknown) == ("prefix", {"zlib-1.0-h1_0.conda": ONE}, ("xz-1-0.conda",))


@pytest.mark.parametrize("content", ["", "a: b\n", "- x\n", "@EXPLICIT\n", "{", "\xff\0"])
def test_what_holds_no_packages_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "some.lock").write_text(content, encoding="latin-1")
    with pytest.raises(WrongInputError, match=r"some\.lock"):
        holding(tmp_path / "some.lock")


def test_a_folder_that_is_no_prefix_or_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="isn't a prefix that is known"):
        holding(tmp_path)
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "conda-meta" / "zlib.json").write_text("[]")
    with pytest.raises(WrongInputError, match="doesn't describe an installed package"):
        holding(tmp_path)
