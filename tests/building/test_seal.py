import base64
import gzip
import hashlib
import json
import struct
import zipfile
from pathlib import Path

import pytest
from workplace import Workplace, contents, unpacked

from ownconda.building.sealed_content import BUILD_ID_NOTE

TELLTALE = [
    "mkdir -p $PREFIX/share $PREFIX/bin",
    "echo prefix $PREFIX > $PREFIX/share/paths",
    "echo work $SRC_DIR build $BUILD_PREFIX recipe $RECIPE_DIR >> $PREFIX/share/paths",
    "echo epoch $SOURCE_DATE_EPOCH > $PREFIX/share/epoch",
    "printf '#!/bin/sh\\necho hi\\n' > $PREFIX/bin/hi && chmod 700 $PREFIX/bin/hi",
    "ln -s hi $PREFIX/bin/hello",
    "umask 077 && echo secret > $PREFIX/share/private",
]


def test_the_same_recipe_gives_the_same_bytes_wherever_and_whenever_it_is_built(tmp_path: Path) -> None:
    made = []
    for where in ("here", "somewhere/quite/a/bit/deeper"):
        workplace = Workplace(tmp_path / where)
        workplace.recipe("a", source=workplace.archive("a-1"), script=TELLTALE)
        workplace.build()
        made.append(hashlib.sha256(workplace.package("a").read_bytes()).hexdigest())
    assert made[0] == made[1]


def test_no_path_of_the_building_machine_and_no_wall_clock_is_left(workplace: Workplace) -> None:
    workplace.recipe("a", source=workplace.archive("a-1", mtime=1_234_567_890), script=TELLTALE)
    workplace.build()
    package = workplace.package("a")
    root = str(workplace.output.parent.parent).encode()
    for name, (entry, content) in unpacked(package).items():
        assert root not in content, name
        assert entry.mtime == 1_234_567_890, name
        assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "", "")
    index = json.loads(unpacked(package)["info/index.json"][1])
    assert index["timestamp"] == 1_234_567_890_000
    assert package.stat().st_mode & 0o777 == 0o644
    with zipfile.ZipFile(package) as outer:
        assert {entry.date_time for entry in outer.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_machine_that_builds_makes_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for where, machine in (("one", {}), ("zwö-äöü", {"LINUX": "5.10", "GLIBC": "2.31", "ARCHSPEC": "zen2"})):
        for key, value in machine.items():
            monkeypatch.setenv(f"CONDA_OVERRIDE_{key}", value)
        workplace = Workplace(tmp_path / where)
        workplace.recipe("a", source=workplace.archive("a-1"), script=TELLTALE)
        workplace.build()
        made.append(hashlib.sha256(workplace.package("a").read_bytes()).hexdigest())
    assert made[0] == made[1]


def test_the_hour_of_compression_is_left_out(workplace: Workplace) -> None:
    workplace.recipe(
        "a", script=["mkdir -p $PREFIX/share", "echo hi > hi.txt", "gzip hi.txt", "cp hi.txt.gz $PREFIX/share/"]
    )
    workplace.build()
    compressed = contents(workplace.package("a"))["share/hi.txt.gz"]
    assert compressed[4:8] == bytes(4)
    assert gzip.decompress(compressed) == b"hi\n"


def test_what_cannot_be_sealed_is_a_failed_build(workplace: Workplace) -> None:
    workplace.recipe("a", script=["mkdir -p $PREFIX/x.dist-info", "printf 'a\\377b,,\\n' > $PREFIX/x.dist-info/RECORD"])
    workplace.recipe("b")
    assert workplace.build()["b"].status == "built"


def test_scripts_are_given_the_time_of_the_newest_source(workplace: Workplace) -> None:
    workplace.recipe("a", source=workplace.archive("a-1", mtime=1_000_000_000), script=TELLTALE)
    workplace.build()
    assert unpacked(workplace.package("a"))["share/epoch"][1] == b"epoch 1000000000\n"


def test_modes_are_what_an_installation_needs(workplace: Workplace) -> None:
    workplace.recipe("a", script=TELLTALE)
    workplace.build()
    content = unpacked(workplace.package("a"))
    assert oct(content["bin/hi"][0].mode) == "0o755"
    assert oct(content["share/private"][0].mode) == "0o644"
    assert content["bin/hello"][0].linkname == "hi"


def test_the_list_of_paths_fits_the_rewritten_files(workplace: Workplace) -> None:
    workplace.recipe("a", script=TELLTALE)
    workplace.build()
    content = unpacked(workplace.package("a"))
    paths = {entry["_path"]: entry for entry in json.loads(content["info/paths.json"][1])["paths"]}
    for name in ("share/paths", "share/epoch", "bin/hi"):
        assert paths[name]["sha256"] == hashlib.sha256(content[name][1]).hexdigest()
        assert paths[name]["size_in_bytes"] == len(content[name][1])
    assert paths["bin/hello"]["sha256"] == paths["bin/hi"]["sha256"]
    placeholder = paths["share/paths"]["prefix_placeholder"]
    assert placeholder.startswith("/ownconda/build_")
    assert placeholder.encode() in content["share/paths"][1]


def test_the_recipe_inside_is_the_one_that_was_written(workplace: Workplace) -> None:
    recipe = workplace.recipe("a", source=workplace.archive("a-1"))
    workplace.build()
    assert unpacked(workplace.package("a"))["info/recipe/recipe.yaml"][1] == recipe.read_bytes()


def test_bytecode_expects_the_time_that_its_source_gets(workplace: Workplace) -> None:
    workplace.recipe(
        "a",
        source=workplace.archive("a-1", mtime=1_000_000_000),
        script=[
            "mkdir -p $PREFIX/lib",
            "echo 'answer = 42' > $PREFIX/lib/module.py",
            "env -u SOURCE_DATE_EPOCH python3 -m py_compile $PREFIX/lib/module.py",
        ],
    )
    workplace.build()
    content = unpacked(workplace.package("a"))
    [bytecode] = [data for name, (_, data) in content.items() if name.endswith(".pyc")]
    flags, mtime = struct.unpack_from("<II", bytecode, 4)
    assert (flags, mtime) == (0, 1_000_000_000)
    assert content["lib/module.py"][0].mtime == mtime


def test_the_list_of_installed_files_fits_the_package_and_not_the_building_machine(workplace: Workplace) -> None:
    site = "$PREFIX/lib/python3.13/site-packages"
    info = f"{site}/a-1.0.0.dist-info"
    workplace.recipe(
        "a",
        script=[
            f"mkdir -p {info}",
            f"echo $SRC_DIR > {info}/direct_url.json",
            f"echo path = \\'$PREFIX\\' > {site}/a.py",
            f"echo a.py,sha256=x,1 > {info}/RECORD",
            f"echo a-1.0.0.dist-info/direct_url.json,sha256=x,9 >> {info}/RECORD",
            f"echo ../../../bin/a,sha256=x,9 >> {info}/RECORD",
            f"echo a-1.0.0.dist-info/RECORD,, >> {info}/RECORD",
        ],
    )
    workplace.build()
    files = contents(workplace.package("a"))
    name = "lib/python3.13/site-packages/a-1.0.0.dist-info/RECORD"
    module = files["lib/python3.13/site-packages/a.py"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(module).digest()).rstrip(b"=").decode()
    record = f"a.py,sha256={digest},{len(module)}\na-1.0.0.dist-info/RECORD,,\n"
    assert files[name].decode() == record
    listed = {entry["_path"]: entry for entry in json.loads(files["info/paths.json"])["paths"]}
    assert listed[name]["size_in_bytes"] == len(record)
    assert not [path for path in {*files, *listed} if "direct_url" in path]


@pytest.mark.compiles
def test_a_build_id_depends_on_what_is_in_the_file_alone(workplace: Workplace) -> None:
    workplace.recipe(
        "a",
        script=[
            "echo 'const char *where = __FILE__; int one(void) { return 1; }' > one.c",
            "mkdir -p $PREFIX/lib",
            "gcc -g -shared -fPIC -nostdlib -Wl,--build-id $SRC_DIR/one.c -o $PREFIX/lib/libone.so",
        ],
    )
    workplace.build()
    library = unpacked(workplace.package("a"))["lib/libone.so"][1]
    start = library.index(BUILD_ID_NOTE) + len(BUILD_ID_NOTE)
    blank = library[:start] + bytes(20) + library[start + 20 :]
    assert library[start : start + 20] == hashlib.sha256(blank).digest()[:20]
