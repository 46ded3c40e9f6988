"""A real C library from a conda-build recipe as the large channels write them, with a compiler from a package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from workplace import contents

pytestmark = pytest.mark.compiles

ARCHIVE = "apt-source:zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz"
SHA256 = "60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb"
COMPILER = """\
package: {name: gcc_linux-64, version: "13.1"}
build:
  script:
    - mkdir -p $PREFIX/etc/conda/activate.d
    - echo 'export CC=gcc HOST=x86_64-conda-linux-gnu CFLAGS="-O1 -g0"' > $PREFIX/etc/conda/activate.d/gcc.sh
requirements:
  run_exports:
    strong: [libgcc >=13]
about: {license: MIT}
"""
RUNTIME = """\
package: {name: libgcc, version: "13.1"}
about: {license: MIT}
"""
META = f"""\
{{% set version = "1.3.1" %}}
package:
  name: zlib
  version: {{{{ version }}}}
source:
  url: {ARCHIVE}
  sha256: {SHA256}
build:
  number: 1
  run_exports:
    - {{{{ pin_subpackage('libzlib', max_pin='x.x') }}}}
requirements:
  build:
    - {{{{ compiler('c') }}}}
outputs:
  - name: libzlib
    files:
      - lib/libz.so.*
    requirements:
      build:
        - {{{{ compiler('c') }}}}
    test:
      commands:
        - test -f $PREFIX/lib/libz.so.1
        - test ! -f $PREFIX/include/zlib.h
  - name: zlib
    files:
      - include
      - lib/libz.so
      - lib/pkgconfig
    requirements:
      build:
        - {{{{ compiler('c') }}}}
      host:
        - {{{{ pin_subpackage('libzlib', exact=True) }}}}
      run:
        - {{{{ pin_subpackage('libzlib', exact=True) }}}}
    test:
      requires:
        - {{{{ compiler('c') }}}}
      files:
        - version.c
      commands:
        - $CC version.c -I$PREFIX/include -L$PREFIX/lib -Wl,-rpath,$PREFIX/lib -lz -o version
        - ./version | grep '^{{{{ version }}}}$'
about:
  home: https://zlib.net/
  license: Zlib
  license_file: LICENSE
  summary: Lossless compression
"""
BUILD = """\
#!/bin/bash
set -ex
test "$c_compiler" = gcc
./configure --prefix=$PREFIX --shared
make -j$CPU_COUNT
make install
rm -f $PREFIX/lib/libz.a
"""
VERSION = """\
#include <stdio.h>
#include <zlib.h>
int main(void) { return puts(zlibVersion()) < 0; }
"""


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    folder = tmp_path / "recipes"
    files = {
        "gcc/recipe.yaml": COMPILER,
        "libgcc/recipe.yaml": RUNTIME,
        "zlib/meta.yaml": META,
        "zlib/build.sh": BUILD,
        "zlib/version.c": VERSION,
        "conda_build_config.yaml": "c_compiler:\n  - gcc\nc_compiler_version:\n  - 13\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_c_library_is_compiled_once_and_split(recipes: Path, tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    command = [sys.executable, "-m", "ownconda", "build", str(recipes), "--output", str(channel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [library] = channel.glob("*/libzlib-1.3.1-*_1.conda")
    [headers] = channel.glob("*/zlib-1.3.1-*_1.conda")
    names = {name for name in contents(library) if not name.startswith("info/")}
    assert names == {"lib/libz.so.1", "lib/libz.so.1.3.1"}
    assert "include/zlib.h" in contents(headers)
    index = json.loads(contents(library)["info/index.json"])
    assert "libgcc >=13" in index["depends"]
    logs = channel / ".build" / "logs"
    compiled = {log.name.split("-")[0] for log in logs.iterdir() if "make install" in log.read_text()}
    assert compiled == {"libzlib"}


def test_the_machine_s_compiler_may_stand_for_a_package_as_the_how_to_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "build-recipes.md").read_text()
    compilers = page.partition("## Use the machine's compilers")[2].partition("```yaml\n")[2].partition("```")[0]
    files = {
        "compilers/recipe.yaml": compilers,
        "tool/meta.yaml": "package: {name: tool, version: '1.0'}\n"
        "requirements:\n  build:\n    - {{ compiler('c') }}\n    - {{ stdlib('c') }}\n    - make\n"
        "test:\n  commands:\n    - tool\nabout:\n  license: MIT\n",
        "tool/build.sh": "mkdir -p $PREFIX/bin\n$CC $CFLAGS $RECIPE_DIR/tool.c -o $PREFIX/bin/tool\n",
        "tool/tool.c": "int main(void) { return 0; }\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "ownconda", "build", str(tmp_path), "--output", str(tmp_path / "channel")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("channel/linux-64/tool-1.0-*.conda"))
