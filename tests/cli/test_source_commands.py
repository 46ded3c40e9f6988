"""`ownconda source`, and `ownconda build --offline`, with a real forge and a real web server."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from forging import new_forge, running_forge
from repositories import commit_files, git, make_repository
from serving import Answer, Served, pages, served
from workplace import Workplace, contents

from ownconda.cli.main import run

Asked = dict[str, Answer | bytes]


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder) as running:
        yield running.url, token


@pytest.fixture
def upstream() -> Iterator[tuple[Served, Asked]]:
    content: Asked = {}
    with served(pages(content)) as server:
        yield server, content


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_SOURCES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))


@pytest.fixture
def with_forge(forge: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OWNCONDA_FORGE_URL", forge[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", forge[1])
    return forge[0]


def tar(name: str, content: bytes = b"hello\n", *, mode: int = 0o644) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = len(content), 1_234_567_890, mode
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def published(upstream: tuple[Served, Asked], name: str, data: bytes) -> str:
    """Publish an archive, and give its ``source`` section."""
    upstream[1][f"/{name}"] = data
    digest = hashlib.sha256(data).hexdigest()
    return f"source: {{url: '{upstream[0].address}/{name}', sha256: {digest}}}"


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401  (JSON)
    return json.loads(capsys.readouterr().out)


def test_every_source_is_fetched_once_and_what_cannot_be_had_stops_no_other(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("a", source=published(upstream, "a.tar", tar("a/x")))
    workplace.recipe("gone", source=f"source: {{url: '{upstream[0].address}/no.tar', sha256: {'0' * 64}}}")
    workplace.recipe("z", source=published(upstream, "z.tar", tar("z/x")))
    assert run(["source", "fetch", "recipes"]) == 3
    said = capsys.readouterr().err
    assert "2 fetched, 1 failed" in said
    assert "gone/recipe.yaml:2: source.url: " in said
    assert "no.tar was found nowhere" in said
    assert run(["source", "fetch", "recipes", "--json"]) == 3
    fates = {one["source"]: one["outcome"] for one in told(capsys)}
    assert fates == {"a.tar": "there already", "no.tar": "failed", "z.tar": "there already"}


def test_recipes_that_are_wrong_and_places_that_are_missing_make_1(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("bare", source=f"source: {{url: '{upstream[0].address}/bare.tar'}}")
    workplace.recipe("branch", source="source: {git: 'https://git.invalid/x.git', branch: main}")
    workplace.recipe("patched", source=published(upstream, "a.tar", tar("a/x"))[:-1] + ", patches: [no.patch]}")
    assert run(["source", "fetch", "recipes"]) == 2
    said = capsys.readouterr().err
    assert "bare.tar has no checksum" in said
    assert "'main' is a branch, which moves" in said
    assert "there is no patch 'no.patch' in the recipe's folder" in said
    workplace.recipe("gone", source=f"source: {{url: '{upstream[0].address}/no.tar', sha256: {'0' * 64}}}")
    assert run(["source", "fetch", "recipes"]) == 1


def test_an_archive_that_is_not_safe_is_told_and_not_built(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("evil", source=published(upstream, "evil.tar", tar("../evil")))
    assert run(["source", "fetch", "recipes"]) == 2
    assert "evil.tar isn't safe to unpack: '../evil' would be written outside" in capsys.readouterr().err
    assert run(["build", "recipes", "-o", "out"]) == 2
    assert "isn't safe to unpack" in capsys.readouterr().err
    assert run(["source", "verify", "recipes"]) == 1
    assert "isn't safe to unpack" in capsys.readouterr().err


def test_an_archive_that_is_taken_as_a_file_may_hold_anything(
    workplace: Workplace, upstream: tuple[Served, Asked]
) -> None:
    section = published(upstream, "odd.tar", tar("../odd"))[:-1] + ", file_name: odd.tar}"
    script = ["mkdir -p $PREFIX/share", "cp odd.tar $PREFIX/share"]
    workplace.recipe("odd", source=section, script=script)
    assert run(["build", "recipes", "-o", "out"]) == 0
    assert run(["source", "verify", "recipes"]) == 0


def test_the_list_tells_what_a_source_is_and_from_where_it_would_come(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    section = published(upstream, "a.tar", tar("a/x"))
    workplace.recipe("a", source=section[:-1] + ", patches: [fix.patch]}")
    (workplace.recipes / "a" / "fix.patch").write_text("no diff")
    commit = make_repository(tmp_path / "tool", {"x": "x\n"})
    workplace.recipe("b", source=f"source: {{git: '{tmp_path}/tool', rev: {commit}}}")
    assert run(["source", "list", "recipes", "--json"]) == 0
    first, second = told(capsys)
    assert (first["packages"], first["urls"]) == (["a 1.0.0"], [f"{upstream[0].address}/a.tar"])
    assert first["patches"] == [{"name": "fix.patch", "sha256": hashlib.sha256(b"no diff").hexdigest()}]
    assert (first["in_cache"], first["in_forge"], first["comes_from"]) == (False, None, "its own address")
    assert (second["kind"], second["commit"], second["comes_from"]) == ("git", commit, "its repository")
    assert upstream[0].asked == []
    assert run(["source", "list", "recipes", "--offline", "--json"]) == 0
    assert told(capsys)[0]["comes_from"] is None
    assert run(["source", "fetch", "recipes"]) == 0
    assert run(["source", "list", "recipes"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["a.tar", "a", "1.0.0", "10.2", "kB", "cache", "the", "cache", "fix.patch"]


def test_a_damaged_archive_is_moved_aside_and_what_is_missing_is_told(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    workplace.recipe("a", source=published(upstream, "a.tar", tar("a/x")))
    assert run(["source", "fetch", "recipes"]) == 0
    assert run(["source", "verify", "recipes", "--offline"]) == 0
    assert "1 source, 1 archive in the cache: all sound" in capsys.readouterr().err
    [kept] = (tmp_path / "cache").glob("*/a.tar")
    kept.write_bytes(b"rotten")
    assert run(["source", "verify", "recipes", "--offline", "--json"]) == 1
    problems = [problem["what"] for problem in told(capsys)["problems"]]
    assert problems[0].startswith("is damaged: its sha256 is ")
    assert problems[1] == "a.tar is not in the cache"
    assert (tmp_path / "cache" / ".damaged" / kept.parent.name / "a.tar").read_bytes() == b"rotten"
    assert run(["source", "fetch", "recipes"]) == 0
    assert run(["source", "verify", "recipes", "--offline"]) == 0


def test_without_any_recipes_the_cache_alone_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cache" / ("a" * 64)).mkdir(parents=True)
    (tmp_path / "cache" / ("a" * 64) / "x.tar").write_bytes(b"rotten")
    assert run(["source", "verify"]) == 1
    assert "0 sources, 1 archive in the cache: 1 wrong" in capsys.readouterr().err
    assert run(["source", "verify", "nowhere"]) == 2


@pytest.mark.parametrize("command", ["fetch", "list", "verify", "push"])
def test_a_cache_that_cannot_be_read_is_told_once(
    command: str, workplace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.recipe("tool")
    (tmp_path / "cache").write_text("a file")
    assert run(["source", command, str(workplace.recipes)]) == 3
    problem, hint = capsys.readouterr().err.splitlines()
    assert problem == f"error: {tmp_path / 'cache'}: can't be read: Not a directory"
    assert "sources.cache" in hint


def test_a_tag_that_has_moved_is_found(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    commit = make_repository(tmp_path / "tool", {"x": "x\n"}, tag="v1")
    workplace.recipe("a", source=f"source: {{git: '{tmp_path}/tool', tag: v1}}")
    assert run(["source", "verify", "recipes"]) == 1
    assert "is not in the cache" in capsys.readouterr().err
    assert run(["source", "fetch", "recipes"]) == 0
    assert run(["source", "verify", "recipes"]) == 0
    assert f"the tag 'v1' is {commit} here; write rev: {commit}" in capsys.readouterr().err
    git(tmp_path / "tool", "tag", "--delete", "v1")
    commit_files(tmp_path / "tool", {"x": "y\n"}, tag="v1")
    assert run(["source", "verify", "recipes"]) == 1
    assert f"the tag 'v1' has moved: it was {commit} when it was fetched" in capsys.readouterr().err
    assert run(["source", "verify", "recipes", "--offline"]) == 0


def test_sources_are_pushed_into_the_forge_once_and_found_there(
    workplace: Workplace,
    upstream: tuple[Served, Asked],
    with_forge: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    workplace.recipe("a", source=published(upstream, "a.tar", tar("a/pushed")))
    workplace.recipe("gone", source=f"source: {{url: '{upstream[0].address}/no.tar', sha256: {'0' * 64}}}")
    assert run(["source", "push", "recipes"]) == 3
    said = capsys.readouterr()
    assert said.out.splitlines() == ["added          a.tar", "failed         no.tar"]
    assert "1 added, 1 failed" in said.err
    (workplace.recipes / "gone" / "recipe.yaml").unlink()
    upstream[1].clear()
    for kept in (tmp_path / "cache").glob("*/a.tar"):
        kept.unlink()
    assert run(["source", "push", "recipes", "--json"]) == 0
    assert [one["outcome"] for one in told(capsys)] == ["there already"]
    assert run(["source", "list", "recipes", "--json"]) == 0
    [found] = told(capsys)
    assert (found["in_cache"], found["in_forge"], found["comes_from"]) == (False, True, "the forge")
    assert run(["source", "verify", "recipes", "--offline"]) == 0
    assert run(["build", "recipes", "-o", "out", "--offline"]) == 0
    assert f"a.tar: fetched from {with_forge}/sources/" in capsys.readouterr().err


def test_a_source_with_a_weaker_checksum_is_kept_and_found_by_it(
    workplace: Workplace,
    upstream: tuple[Served, Asked],
    with_forge: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    data = tar("a/weaker")
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    section = published(upstream, "w.tar", data).partition(", sha256")[0]
    workplace.recipe("a", source=f"{section}, md5: {digest}}}")
    assert run(["source", "push", "recipes", "--json"]) == 0
    [pushed] = told(capsys)
    assert (pushed["outcome"], pushed["md5"], pushed["sha256"]) == ("added", digest, None)
    assert run(["source", "verify", "recipes", "--offline"]) == 0
    upstream[1].clear()
    (tmp_path / "cache" / f"md5-{digest}" / "w.tar").write_bytes(b"rotten")
    assert run(["build", "recipes", "-o", "out", "--offline"]) == 0
    assert f"w.tar: fetched from {with_forge}/sources/md5-{digest}/w.tar" in capsys.readouterr().err


@pytest.mark.usefixtures("with_forge")
def test_a_wrong_token_ends_a_push_at_once(
    workplace: Workplace,
    upstream: tuple[Served, Asked],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a", "b"):
        workplace.recipe(name, source=published(upstream, f"{name}.tar", tar(f"{name}/unwanted")))
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", "own_wrong")
    assert run(["source", "push", "recipes"]) == 2
    assert capsys.readouterr().err.count("OWNCONDA_FORGE_TOKEN") == 1


def test_offline_a_build_with_all_its_sources_asks_nobody(
    workplace: Workplace,
    upstream: tuple[Served, Asked],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit = make_repository(tmp_path / "tool", {"tool.txt": "from git\n"})
    git(tmp_path / "tool", "update-server-info")  # so that a plain web server is one for git, too
    for path in (tmp_path / "tool" / ".git").rglob("*"):
        if path.is_file():
            upstream[1][f"/tool.git/{path.relative_to(tmp_path / 'tool' / '.git')}"] = path.read_bytes()
    archive = published(upstream, "a.tar", tar("a/hello.txt")).removeprefix("source: ")
    section = f"source:\n  - {archive}\n  - {{git: '{upstream[0].address}/tool.git', rev: {commit}}}"
    script = ["mkdir -p $PREFIX/share", "cat hello.txt tool.txt > $PREFIX/share/both"]
    workplace.recipe("a", source=section, script=script)
    assert run(["source", "fetch", "recipes"]) == 0
    upstream[1].clear()
    upstream[0].asked.clear()
    monkeypatch.setenv("OWNCONDA_SOURCES_MIRRORS", f"{upstream[0].address}/mirror")
    monkeypatch.setenv("OWNCONDA_SOURCES_PYTHON_INDEX", f"{upstream[0].address}/simple")
    monkeypatch.setenv("OWNCONDA_SOURCES_DEBIAN", "trixie")
    monkeypatch.setenv("HTTP_PROXY", upstream[0].address)
    monkeypatch.setenv("HTTPS_PROXY", upstream[0].address)
    capsys.readouterr()
    assert run(["source", "verify", "recipes", "--offline"]) == 0
    assert run(["build", "recipes", "-o", "out", "--offline"]) == 0
    [package] = (tmp_path / "out").glob("*/a-1.0.0-*.conda")
    made = contents(package)
    assert made["share/both"] == b"hello\nfrom git\n"
    assert json.loads(made["info/ownconda.json"])["sources"][1] == {
        "git": f"{upstream[0].address}/tool.git",
        "commit": commit,
    }
    assert upstream[0].asked == []


def test_offline_what_is_missing_is_told_and_nobody_is_asked(
    workplace: Workplace,
    upstream: tuple[Served, Asked],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workplace.recipe("a", source=published(upstream, "a.tar", tar("a/x")))
    workplace.recipe("b", source=f"source: {{git: '{upstream[0].address}/tool.git', rev: {'0' * 40}}}")
    monkeypatch.setenv("OWNCONDA_SOURCES_MIRRORS", upstream[0].address)
    monkeypatch.setenv("OWNCONDA_OFFLINE", "true")
    assert run(["build", "recipes", "-o", "out"]) == 3
    said = capsys.readouterr().err
    assert "its own address: not asked: offline" in said
    assert "its host mayn't be asked" in said
    assert "hint: only the cache, folders and the forge are asked (offline)" in said
    assert upstream[0].asked == []


def test_offline_a_channel_outside_is_refused(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    workplace.recipe("a")
    assert run(["build", "recipes", "-o", "out", "--offline", "-c", "https://conda.invalid/stable"]) == 2
    assert "the channel https://conda.invalid/stable is outside" in capsys.readouterr().err
    assert run(["build", "recipes", "-o", "out", "--offline", "-c", "./out"]) == 0


def test_patches_are_applied_and_recorded(workplace: Workplace, upstream: tuple[Served, Asked], tmp_path: Path) -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-hello\n+patched\n"
    section = published(upstream, "a.tar", tar("a/x"))[:-1] + ", patches: [fix.patch]}"
    workplace.recipe("a", source=section, script=["mkdir -p $PREFIX/share", "cp x $PREFIX/share"])
    (workplace.recipes / "a" / "fix.patch").write_text(patch)
    assert run(["build", "recipes", "-o", "out"]) == 0
    [package] = (tmp_path / "out").glob("*/a-1.0.0-*.conda")
    made = contents(package)
    assert made["share/x"] == b"patched\n"
    [source] = json.loads(made["info/ownconda.json"])["sources"]
    assert source["patches"] == [{"name": "fix.patch", "sha256": hashlib.sha256(patch.encode()).hexdigest()}]


def test_sources_of_every_platform_are_meant(
    workplace: Workplace, upstream: tuple[Served, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (published(upstream, f"{name}.tar", tar(f"{name}/x")) for name in ("linux", "osx"))
    lines = [one.removeprefix("source: "), other.removeprefix("source: ")]
    workplace.recipe("a", source=f"source:\n  - if: linux\n    then: {lines[0]}\n    else: {lines[1]}")
    platforms = ["--target-platform", "linux-64", "--target-platform", "osx-arm64"]
    assert run(["source", "list", "recipes", "--json", *platforms]) == 0
    assert [found["source"] for found in told(capsys)] == ["linux.tar", "osx.tar"]


def test_a_commit_is_pushed_with_its_submodules_and_built_from_the_forge_alone(
    workplace: Workplace, with_forge: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    inner = make_repository(tmp_path / "inner", {"deep": "deep\n"})
    make_repository(tmp_path / "tool", {"x": "x\n"})
    git(tmp_path / "tool", "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", tmp_path / "inner", "in")
    commit = commit_files(tmp_path / "tool", {"y": "y\n"})
    script = ["mkdir -p $PREFIX/share", "cat y in/deep > $PREFIX/share/found"]
    workplace.recipe("a", source=f"source: {{git: '{tmp_path}/tool', rev: {commit}}}", script=script)
    assert run(["source", "push", "recipes", "--json"]) == 0
    [pushed] = told(capsys)
    assert (pushed["outcome"], pushed["git"]) == ("added", f"{tmp_path}/tool")
    assert run(["source", "push", "recipes"]) == 0
    assert capsys.readouterr().out.startswith("there already")
    for folder in ("cache", "tool", "inner"):
        shutil.rmtree(tmp_path / folder)
    assert run(["source", "list", "recipes", "--json"]) == 0
    [found] = told(capsys)
    assert (found["in_cache"], found["in_forge"], found["comes_from"]) == (False, True, "the forge")
    assert run(["source", "verify", "recipes", "--offline"]) == 0
    assert run(["build", "recipes", "-o", "out", "--offline"]) == 0
    said = capsys.readouterr().err
    for one in (commit, inner):
        assert f"@{one}: fetched from {with_forge}/sources/git-{one}/{one}.pack" in said
    [package] = Path("out").glob("*/a-*.conda")
    assert contents(package)["share/found"] == b"y\ndeep\n"


def test_a_pack_that_holds_something_else_is_not_taken(
    workplace: Workplace, with_forge: str, forge: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = make_repository(tmp_path / "other", {"x": "evil\n"})
    commit = make_repository(tmp_path / "tool", {"x": "good\n"})
    pack = subprocess.run(
        ["git", "-C", tmp_path / "other", "pack-objects", "--revs", "--stdout", "--quiet"],
        input=other.encode(), capture_output=True, check=True,
    ).stdout  # fmt: skip
    address = f"{with_forge}/sources/git-{commit}/{commit}.pack"
    headers = {"Authorization": f"Bearer {forge[1]}"}
    assert requests.put(address, data=pack[:-1], headers=headers, timeout=10).status_code == 422
    assert requests.put(address, data=pack, headers=headers, timeout=10).status_code == 201
    workplace.recipe("a", source=f"source: {{git: '{tmp_path}/tool', rev: {commit}}}", script=["cp x $PREFIX/"])
    assert run(["build", "recipes", "-o", "out"]) == 0
    assert "fetched from" not in capsys.readouterr().err
    [package] = Path("out").glob("*/a-*.conda")
    assert contents(package)["x"] == b"good\n"
