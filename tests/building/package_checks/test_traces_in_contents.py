"""Paths of the building machine looked for in files of any size, a part at a time."""

import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from making_elf import make_elf

from ownconda.building.package_checks.contents import SMALL, read_content
from ownconda.building.package_checks.facts import Place
from ownconda.building.package_checks.traces import traces_of
from ownconda.wires.files import CHUNK

FOLDER = "/scratch/of/a/build"
PREFIX = f"{FOLDER}/host_env_placehold_placehold"


def places(content: bytes, *prefixes: str) -> Mapping[Place, str]:
    traces = traces_of(prefixes, FOLDER)
    return read_content(io.BytesIO(content), path="a", mode=0o644, size=len(content), traces=traces).places


@pytest.mark.parametrize("shift", range(0, len(PREFIX) + 8, 5))
def test_a_path_is_found_wherever_a_part_of_a_file_ends(shift: int) -> None:
    path = f"{FOLDER}/work/a.c ".encode()
    assert places(b"." * (CHUNK - shift) + path + b"." * CHUNK, PREFIX) == {"build folder": f"{FOLDER}/work/a.c"}


@pytest.mark.parametrize("shift", range(0, len(PREFIX) + 8, 5))
def test_a_prefix_is_no_build_folder_wherever_a_part_of_a_file_ends(shift: int) -> None:
    content = b"." * (CHUNK - shift) + PREFIX.encode() + b" " + b"." * CHUNK
    assert places(content, PREFIX) == {"prefix": PREFIX}


@pytest.mark.parametrize("shift", range(0, len(PREFIX) + 8, 5))
def test_the_parts_of_a_large_program_have_no_seams(shift: int) -> None:
    before = len(make_elf(data=b""))
    program = make_elf(data=b"." * (SMALL - before - shift) + PREFIX.encode() + b" " + b"." * SMALL)
    assert places(program, PREFIX) == {"prefix": PREFIX}
    assert places(program) == {"build folder": PREFIX}


LOOKING = r"""
import re, sys
from pathlib import Path
from ownconda.building.package_checks.contents import read_content
from ownconda.building.package_checks.traces import traces_of
program, traces = Path(sys.argv[1]), traces_of([], "/scratch/of/a/build")
def peak():  # what getrusage tells is the parent's, if that is larger
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
before = peak()
with program.open("rb") as content:
    read_content(content, path="a", mode=0o644, size=program.stat().st_size, traces=traces)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_a_large_program_is_not_held_in_memory_while_it_is_looked_through(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(make_elf(data=bytes(8 * SMALL)))
    done = subprocess.run([sys.executable, "-c", LOOKING, program], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 3 * SMALL
