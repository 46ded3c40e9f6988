"""Rules about sources and patches."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ownconda.policy.hosts import Hosts, host
from ownconda.policy.policy import Policy
from ownconda.recipes.builds import WrittenSource
from ownconda.recipes.checked import CheckedOutput, CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule

_STRONG, _WEAK = ("sha256", "sha384", "sha512"), ("md5", "sha1", "sha224")
_INSECURE = ("http://", "ftp://", "git://")
_COMMITS, _BRANCHES = ("rev", "tag", "git_rev", "git_tag"), frozenset({"HEAD", "main", "master", "develop", "trunk"})
_BRANCH = "refs/heads/"
_PATCH = re.compile(r"\.(?:patch|diff)$")
_PURE_WHEEL = re.compile(r"-none-any\.whl$")
_URL = "source.url"


def missing_hash(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an archive without any checksum."""
    for output, source in _sources(recipe):
        if source.urls and not any(source.fields.get(kind) for kind in (*_STRONG, *_WEAK)):
            yield Fault(
                what=f"{_short(source.urls[0])} has no sha256",
                where=recipe.where(_URL, output=output, value=source.urls[0]),
                hint="add the archive's sha256: `sha256sum FILE`",
            )


def weak_hash(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an archive whose only checksum can be forged."""
    for output, source in _sources(recipe):
        weak = [kind for kind in _WEAK if source.fields.get(kind)]
        if weak and not any(source.fields.get(kind) for kind in _STRONG):
            yield Fault(
                what=f"{_short(source.urls[0]) if source.urls else 'the source'} has only {weak[0]}",
                where=recipe.where(f"source.{weak[0]}", output=output, value=str(source.fields[weak[0]])),
                hint="add the archive's sha256: `sha256sum FILE`",
            )


def insecure_source(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an address that anybody on the way can answer."""
    for output, address, kind in _addresses(recipe):
        if address.startswith(_INSECURE):
            yield Fault(
                what=f"{_short(address)} comes over {address.partition(':')[0]}",
                where=recipe.where(kind, output=output, value=address),
                hint="use the https address; see whether it answers first",
            )


def foreign_host(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell an address on a host that the policy doesn't allow."""
    for output, address, kind in _addresses(recipe):
        if not known.policy.hosts.allows(address):
            yield Fault(
                what=f"the policy doesn't allow sources from {host(address)}",
                where=recipe.where(kind, output=output, value=address),
                hint=f"policy.hosts_allowed has {', '.join(known.policy.hosts.allowed)}",
            )


def floating_source(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a git source that doesn't name its commit."""
    for output, source in _sources(recipe):
        for kind in ("git", "git_url"):
            address = str(source.fields.get(kind) or "")
            commit = next((str(source.fields[one]) for one in _COMMITS if source.fields.get(one)), "")
            if _is_remote(address) and (not commit or commit in _BRANCHES or commit.startswith(_BRANCH)):
                yield Fault(
                    what=f"{_short(address)} may be another commit tomorrow",
                    where=recipe.where(f"source.{kind}", output=output, value=address),
                    hint=f"name the commit: {'git_rev' if recipe.is_v0 else 'rev'}",
                )


def binary_source(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a source that was built by somebody else."""
    for output, source in _sources(recipe):
        for url in source.urls:
            if url.endswith((".whl", ".conda", ".egg")) and not (_PURE_WHEEL.search(url) and output.build.noarch):
                yield Fault(
                    what=f"{_short(url)} is built already",
                    where=recipe.where(_URL, output=output, value=url),
                    hint="take the source archive",
                )


def missing_patch(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a patch that isn't beside the recipe."""
    for output in recipe.outputs:
        for patch in output.patches:
            if _plain(patch) not in recipe.beside and "$" not in patch and "://" not in patch:
                yield Fault(
                    what=f"the patch {patch!r} isn't there",
                    where=recipe.where("source.patches", output=output, value=patch),
                    hint="paths are relative to the recipe's folder",
                )


def unused_patch(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a patch beside the recipe that nothing mentions."""
    for file in sorted(recipe.beside):
        name = PurePosixPath(file).name
        is_used = any(_plain(patch) == file for output in recipe.outputs for patch in output.patches)
        if _PATCH.search(name) and recipe.outputs and not is_used and name not in recipe.written.text:
            yield Fault(
                what=f"the patch {file!r} isn't used",
                where=recipe.where("source.patches"),
                hint="name it in source.patches, or delete it",
            )


def _sources(recipe: CheckedRecipe) -> Iterator[tuple[CheckedOutput, WrittenSource]]:
    for output in recipe.outputs:
        for source in output.build.sources:
            yield output, source


def _addresses(recipe: CheckedRecipe) -> Iterator[tuple[CheckedOutput, str, str]]:
    for output, source in _sources(recipe):
        yield from ((output, url, _URL) for url in source.urls)
        for kind in ("git", "git_url"):
            if source.fields.get(kind):
                yield output, str(source.fields[kind]), f"source.{kind}"


def _is_remote(address: str) -> bool:
    return "://" in address or address.startswith("git@")


def _plain(path: str) -> str:
    return str(PurePosixPath(path.replace("\\", "/")))


def _short(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2] or address


_SHA256 = "9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23"
_HEAD = "package:\n  name: tool\n  version: 1.0.0\n\nsource:\n"
_ARCHIVE = f"{_HEAD}  url: https://tool.example/tool-1.0.0.tar.gz\n"
_GOOD = f"{_ARCHIVE}  sha256: {_SHA256}\n"
_HOSTS = Policy(hosts=Hosts(allowed=("tool.example", "*.gnu.org")))
_NOTE = 'policy.hosts_allowed = ["tool.example", "*.gnu.org"]'
_BESIDE = "fix.patch is beside it"

RULES = (
    Rule(
        name="missing-hash",
        summary="an archive without a checksum",
        why="Only a checksum says which bytes are meant. Without it whoever answers at the address decides what is "
        "built, and no mirror can be used.",
        check=missing_hash,
        bad=Example(text=_ARCHIVE),
        good=Example(text=_GOOD),
    ),
    Rule(
        name="weak-hash",
        summary="an archive with only md5 or sha1",
        why="Other bytes with the same md5 or sha1 can be made: it proves little.",
        check=weak_hash,
        bad=Example(text=f"{_ARCHIVE}  md5: 9a93b2b7dfdac77ceba5a558a580e746\n"),
        good=Example(text=_GOOD),
        severity="warning",
    ),
    Rule(
        name="insecure-source",
        summary="a source over http, ftp or git",
        why="The checksum protects the build, but not the person who looks the checksum up. It isn't mended by itself: "
        "not every host answers https with the same file.",
        check=insecure_source,
        bad=Example(text=_GOOD.replace("https:", "http:")),
        good=Example(text=_GOOD),
        severity="warning",
    ),
    Rule(
        name="foreign-host",
        summary="a source from a host that the policy doesn't allow",
        why="Where sources may come from is a matter of the setting policy.hosts_allowed. Without it every host is "
        "allowed.",
        check=foreign_host,
        bad=Example(text=_GOOD.replace("tool.example", "mirror.example"), note=_NOTE, policy=_HOSTS),
        good=Example(text=_GOOD, note=_NOTE, policy=_HOSTS),
    ),
    Rule(
        name="floating-source",
        summary="a git source without a commit or tag",
        why="The same recipe has to make the same package tomorrow. A branch moves.",
        check=floating_source,
        bad=Example(text=f"{_HEAD}  git: https://tool.example/tool.git\n  branch: main\n"),
        good=Example(text=f"{_HEAD}  git: https://tool.example/tool.git\n  tag: v1.0.0\n"),
    ),
    Rule(
        name="binary-source",
        summary="a wheel or a package as source",
        why="What is built by somebody else can't be patched, checked or rebuilt, and it brings libraries of its own. "
        "A pure wheel for a noarch package is let pass.",
        check=binary_source,
        bad=Example(text=_GOOD.replace(".tar.gz", "-cp312-cp312-manylinux_2_28_x86_64.whl")),
        good=Example(text=_GOOD),
        severity="warning",
    ),
    Rule(
        name="missing-patch",
        summary="a patch that isn't beside the recipe",
        why="The build would stop at it.",
        check=missing_patch,
        bad=Example(text=f"{_GOOD}  patches:\n    - fix.patch\n"),
        good=Example(text=f"{_GOOD}  patches:\n    - fix.patch\n", note=_BESIDE, beside=("fix.patch",)),
    ),
    Rule(
        name="unused-patch",
        summary="a patch beside the recipe that isn't used",
        why="Somebody forgot either to name it or to delete it; whoever comes next can't tell which.",
        check=unused_patch,
        bad=Example(text=_GOOD, note=_BESIDE, beside=("fix.patch",)),
        good=Example(text=f"{_GOOD}  patches:\n    - fix.patch\n", note=_BESIDE, beside=("fix.patch",)),
        severity="warning",
    ),
)
