import json
from pathlib import Path

import pytest
from making import index_fields, make_package, write_conda

from ownconda.conda.package_files import read_member, read_package
from ownconda.errors import WrongInputError
from ownconda.wires.files import digests_of

INDEX = {"info/index.json": json.dumps(index_fields("zlib", "1.0", build="h1_0")).encode()}


@pytest.mark.parametrize("extension", [".conda", ".tar.bz2"])
def test_a_package_is_read_to_a_record(tmp_path: Path, extension: str) -> None:
    run_exports = {"weak": ["zlib"]}
    path = make_package(tmp_path, "zlib", "1.3", extension=extension, depends=["libc >=2"], run_exports=run_exports)
    record, digests = read_package(path), digests_of(path)
    assert (record.name, record.version, record.build, record.subdir) == ("zlib", "1.3", "h1_0", "linux-64")
    assert (record.sha256, record.size, record.depends) == (digests.sha256, digests.size, ("libc >=2",))
    assert json.loads(record.json)["md5"] == digests.md5
    assert record.run_exports == '{"weak":["zlib"]}'


@pytest.mark.parametrize("extension", [".conda", ".tar.bz2"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_package_cut_short_anywhere_is_refused(tmp_path: Path, extension: str, kept: float) -> None:
    path = make_package(tmp_path, extension=extension)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(WrongInputError, match="damaged or cut short"):
        read_package(path)


def test_any_flipped_byte_of_the_content_is_noticed(tmp_path: Path) -> None:
    path = make_package(tmp_path, files={"x": bytes(range(256))})
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(WrongInputError):
        read_package(path)


@pytest.mark.parametrize(
    ("name", "what"), [("xz-1.0-h1_0", "name"), ("zlib-2.0-h1_0", "version"), ("zlib-1.0-h2_0", "build")]
)
def test_a_name_that_does_not_fit_the_content_is_refused(tmp_path: Path, name: str, what: str) -> None:
    path = make_package(tmp_path).rename(tmp_path / f"{name}.conda")
    with pytest.raises(WrongInputError, match=f"the file's name says {what}"):
        read_package(path)


@pytest.mark.parametrize("member", ["../x", "/etc/passwd", "a/../../x"])
def test_a_member_that_would_leave_the_prefix_is_refused(tmp_path: Path, member: str) -> None:
    with pytest.raises(WrongInputError, match="would leave the prefix"):
        read_package(write_conda(tmp_path / "zlib-1.0-h1_0.conda", INDEX, {member: b"x"}))


def test_a_file_that_paths_json_lists_has_to_be_there(tmp_path: Path) -> None:
    listed = {"info/paths.json": b'{"paths":[{"_path":"lib/libz.so"}],"paths_version":1}'}
    with pytest.raises(WrongInputError, match=r"lists 'lib/libz\.so'"):
        read_package(write_conda(tmp_path / "zlib-1.0-h1_0.conda", INDEX | listed, {}))


def test_a_package_without_index_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"no info/index\.json"):
        read_package(write_conda(tmp_path / "zlib-1.0-h1_0.conda", {"info/about.json": b"{}"}, {}))


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    fields = index_fields("zlib", "1.0", build="h1_0")
    del fields["build_number"]
    with pytest.raises(WrongInputError, match="'build_number' is missing"):
        read_package(
            write_conda(tmp_path / "zlib-1.0-h1_0.conda", {"info/index.json": json.dumps(fields).encode()}, {})
        )


def test_one_file_of_info_can_be_read(tmp_path: Path) -> None:
    path = make_package(tmp_path, run_exports={"weak": ["zlib"]})
    assert read_member(path, "info/run_exports.json") == b'{"weak": ["zlib"]}'
    assert read_member(path, "info/nothing.json") is None


def test_an_upload_in_progress_is_read_by_the_name_that_it_goes_by(tmp_path: Path) -> None:
    path = make_package(tmp_path).rename(tmp_path / "0")
    assert read_package(path, file_name="zlib-1.0-h1_0.conda").name == "zlib"


@pytest.mark.parametrize("paths", ["[]", '{"paths": null}', '{"paths": ["a"]}', "5"])
def test_a_paths_json_of_another_form_is_refused(tmp_path: Path, paths: str) -> None:
    info = INDEX | {"info/paths.json": paths.encode()}
    with pytest.raises(WrongInputError, match=r"info/paths\.json"):
        read_package(write_conda(tmp_path / "zlib-1.0-h1_0.conda", info, {}))


def test_what_is_wrong_with_the_metadata_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"info/index\.json: license: "):
        read_package(make_package(tmp_path, license=5))
    with pytest.raises(WrongInputError, match=r"info/run_exports\.json: weak: "):
        read_package(make_package(tmp_path, run_exports={"weak": 5}))


def test_a_subdir_that_conda_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="'linux64' isn't a subdir"):
        read_package(make_package(tmp_path, subdir="linux64"))


def test_a_zip_that_is_encrypted_is_refused(tmp_path: Path) -> None:
    path = make_package(tmp_path)
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        content[start + flags] |= 1
    path.write_bytes(content)
    with pytest.raises(WrongInputError, match="damaged"):
        read_package(path)
