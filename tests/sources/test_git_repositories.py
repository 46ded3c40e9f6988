import shutil
import tarfile
from pathlib import Path

import pytest
from placing import Noted
from repositories import WHEN_SECONDS, commit_files, git, make_repository
from serving import Answer, pages, served

from ownconda.errors import OutsideError, WrongInputError
from ownconda.sources.bare_repositories import tag_at_origin
from ownconda.sources.git_repositories import export, exported
from ownconda.sources.git_source import GitSource
from ownconda.sources.inspecting import inspect


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {
            member.name.partition("/")[2]: content.read()
            for member in archive
            if (content := archive.extractfile(member)) is not None
        }


def source(folder: Path, *, commit: str | None = None, tag: str | None = None) -> GitSource:
    return GitSource(url=folder.as_uri(), commit=commit, tag=tag)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_commit_is_the_same_archive_wherever_it_is_exported(tmp_path: Path, cache: Path) -> None:
    commit = make_repository(tmp_path / "tool", {"a.txt": "a\n", "b/run.sh": "b\n"})
    commit_files(tmp_path / "tool", {"a.txt": "later\n"})
    made = export(source(tmp_path / "tool", commit=commit), cache, Noted())
    again = export(source(tmp_path / "tool", commit=commit), tmp_path / "other", Noted())
    assert made == again
    assert made.path(cache).name == f"tool-{commit[:12]}.tar"
    assert members(made.path(cache)) == {"a.txt": b"a\n", "b/run.sh": b"b\n"}
    assert inspect(made.path(cache)).newest == WHEN_SECONDS


def test_a_commit_is_not_fetched_twice(tmp_path: Path, cache: Path) -> None:
    commit = make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    wanted, progress = source(tmp_path / "tool", commit=commit), Noted()
    made = export(wanted, cache, progress)
    shutil.rmtree(tmp_path / "tool")
    assert export(wanted, cache, progress) == made == exported(wanted, cache)
    assert len(progress.notes) == 1


def test_a_damaged_export_is_made_again_from_the_repository_that_is_kept(tmp_path: Path, cache: Path) -> None:
    commit = make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    wanted = source(tmp_path / "tool", commit=commit)
    made = export(wanted, cache, Noted())
    shutil.rmtree(tmp_path / "tool")
    made.path(cache).write_bytes(b"rotten")
    assert export(wanted, cache, Noted()) == made
    assert members(made.path(cache)) == {"a.txt": b"a\n"}


def test_a_tag_is_resolved_once_and_stays_what_it_was(tmp_path: Path, cache: Path) -> None:
    first = make_repository(tmp_path / "tool", {"a.txt": "a\n"}, tag="v1")
    wanted = source(tmp_path / "tool", tag="v1")
    assert export(wanted, cache, Noted()).commit == first == tag_at_origin(wanted)
    git(tmp_path / "tool", "tag", "--delete", "v1")
    second = commit_files(tmp_path / "tool", {"a.txt": "b\n"}, tag="v1")
    assert export(wanted, cache, Noted()).commit == first
    assert tag_at_origin(wanted) == second


def test_a_branch_is_refused_with_the_commit_that_it_is_now(tmp_path: Path, cache: Path) -> None:
    commit = make_repository(tmp_path / "tool", {"a.txt": "a\n"}, branch="main")
    with pytest.raises(WrongInputError, match="'main' is a branch, which moves") as caught:
        export(source(tmp_path / "tool", tag="main"), cache, Noted())
    assert commit in str(caught.value.problems[0].hint)


def test_a_tag_that_is_not_there_is_told(tmp_path: Path, cache: Path) -> None:
    make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    with pytest.raises(WrongInputError, match="has no tag 'v2'"):
        export(source(tmp_path / "tool", tag="v2"), cache, Noted())


def test_a_commit_that_is_not_there_is_told(tmp_path: Path, cache: Path) -> None:
    make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    with pytest.raises(WrongInputError, match="has no commit 0000"):
        export(source(tmp_path / "tool", commit="0" * 40), cache, Noted())


def test_a_repository_that_cannot_be_reached_is_told_without_passwords(cache: Path) -> None:
    wanted = GitSource(url="http://me:secret@127.0.0.1:1/tool.git", commit="0" * 40)
    with pytest.raises(OutsideError, match="git couldn't fetch it") as caught:
        export(wanted, cache, Noted())
    assert "secret" not in str(caught.value)


def test_offline_no_host_is_asked(cache: Path) -> None:
    wanted = GitSource(url="http://127.0.0.1:1/tool.git", commit="0" * 40)
    with pytest.raises(OutsideError, match="its host mayn't be asked"):
        export(wanted, cache, Noted(), offline=True)


def test_attributes_of_the_repository_leave_nothing_out(tmp_path: Path, cache: Path) -> None:
    files = {".gitattributes": "tests export-ignore\nv export-subst\n*.bin filter=lfs\n", "v": "$Format:%H$\n"}
    commit = make_repository(tmp_path / "tool", {**files, "tests/a": "a\n", "x.bin": "x\n"})
    found = members(export(source(tmp_path / "tool", commit=commit), cache, Noted()).path(cache))
    assert (found["v"], found["tests/a"], found["x.bin"]) == (b"$Format:%H$\n", b"a\n", b"x\n")


def test_submodules_are_part_of_the_archive(tmp_path: Path, cache: Path) -> None:
    make_repository(tmp_path / "inner", {"i.txt": "i\n"})
    make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    git(tmp_path / "tool", "submodule", "--quiet", "add", "../inner", "lib/inner")
    commit = commit_files(tmp_path / "tool", {})
    commit_files(tmp_path / "inner", {"i.txt": "later\n"})
    made = export(source(tmp_path / "tool", commit=commit), cache, Noted()).path(cache)
    assert members(made)["lib/inner/i.txt"] == b"i\n"
    assert inspect(made).faults == ()


def test_a_repository_may_be_a_submodule_of_itself(tmp_path: Path, cache: Path) -> None:
    make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    git(tmp_path / "tool", "submodule", "--quiet", "add", "../tool", "pages")
    commit = commit_files(tmp_path / "tool", {})
    assert (
        members(export(source(tmp_path / "tool", commit=commit), cache, Noted()).path(cache))["pages/a.txt"] == b"a\n"
    )


def test_a_repository_on_the_web_has_no_submodule_on_this_machine(tmp_path: Path, cache: Path) -> None:
    make_repository(tmp_path / "secret", {"a.txt": "a\n"})
    make_repository(tmp_path / "tool", {"a.txt": "a\n"})
    git(tmp_path / "tool", "submodule", "--quiet", "add", tmp_path / "secret", "lib")
    commit = commit_files(tmp_path / "tool", {})
    git(tmp_path / "tool", "update-server-info")
    root = tmp_path / "tool" / ".git"
    content: dict[str, Answer | bytes] = {
        f"/tool.git/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    with served(pages(content)) as server, pytest.raises(WrongInputError, match="'lib' is a folder of this machine"):
        export(GitSource(url=f"{server.address}/tool.git", commit=commit), cache, Noted())
