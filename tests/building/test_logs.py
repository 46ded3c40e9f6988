from pathlib import Path

import pytest

from ownconda.building.logs import READ, excerpt
from ownconda.building.unsolved import Asked, last_asked


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("gcc -c a.c\na.c:3:10: fatal error: zlib.h: No such file\nmake: *** [a.o] Error 1\n", "zlib.h"),
        ("checking\nld: a.o: undefined reference to `deflate'\ncollect2: error: ld returned 1 exit status", "deflate"),
        ("error: build failed\nTraceback:\n  File x\nModuleNotFoundError: No module named 'a'\n", "'a'"),
        ("+ frobnicate --all\nwork.sh: line 3: frobnicate: command not found\n", "frobnicate: command not found"),
        ("cp: error writing 'b': No space left on device\nmake: *** [all] Error 1", "No space left"),
        ("all is well\n", None),
    ],
)
def test_the_line_that_looks_like_the_cause_is_found(tmp_path: Path, log: str, cause: str | None) -> None:
    (tmp_path / "log").write_text(log)
    found = excerpt(tmp_path / "log").cause
    assert found is None if cause is None else found is not None and cause in found


def test_a_log_of_any_length_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"error: early\n" + b"x" * READ + b"\xff\na.c:1: error: late\n")
    found = excerpt(log)
    assert (found.cause, found.number) == ("a.c:1: error: late", None)
    assert found.last[-1] == "a.c:1: error: late"
    assert excerpt(tmp_path / "absent").last == ()


def test_a_log_tells_what_a_solver_was_asked_last() -> None:
    log = """\
  Platform: linux-64 [__unix=0=0]
  Channels:
   - file:///one/
  Specs:
   - first
Environment solved
  Platform: linux-64 [__unix=0=0]
  Channels:
   - file:///one/
   - https://two.invalid/c/
  Specs:
   - flit-core <4
   - python 3.13.*
subdir noarch was not found, ignoring
""".splitlines()
    channels, specs = ("file:///one/", "https://two.invalid/c/"), ("flit-core <4", "python 3.13.*")
    assert last_asked(log) == Asked(subdir="linux-64", channels=channels, specs=specs)
    assert last_asked(log[-1:]) is None
