"""The chain that leads from an installed file back to upstream's archives, link by link, each with who says it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ownconda.attestations.statements import PROVENANCE
from ownconda.environments.installed import InstalledFile, Package, Project
from ownconda.errors import OwncondaError, WrongInputError
from ownconda.forge_client.whence import ForgesWord
from ownconda.journeys.attesting import Checked
from ownconda.recipes.packaged_sources import packaged_sources

RECIPE_FOLDER = "info/recipe/"
ABOUT = "info/about.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of the chain: what is told of it, by whom, or why nothing is known; ``note`` says more for people."""

    step: str
    told: tuple[Mapping[str, object], ...] = ()
    by: str = ""
    unknown: str = ""
    note: str = ""

    @property
    def fields(self) -> Mapping[str, object]:
        """Tell it for JSON."""
        return {
            "step": self.step,
            "told": [dict(one) for one in self.told],
            "by": self.by,
            "unknown": self.unknown,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is at hand of one package.

    ``package`` are its facts, and ``by`` tells who says them; ``info`` are files of its ``info`` folder (empty: they
    aren't at hand, ``lacks`` says why), ``claims`` what is claimed of it.
    """

    package: Mapping[str, object]
    by: str
    info: Mapping[str, bytes] = field(default_factory=dict)
    info_by: str = ""
    lacks: str = ""
    claims: tuple[Checked, ...] = ()
    claims_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """What a forge says of the package, or why it wasn't asked or doesn't know."""

    name: str
    word: ForgesWord | None = None
    silent: str = ""


def of_file(file: InstalledFile) -> Link:
    """Tell whose an installed file is."""
    fact = {"path": file.path, "prefix": str(file.prefix), "state": file.state}
    return Link(step="file", told=(fact,), by=", ".join(str(one.note) for one in file.packages) or "the prefix's notes")


def of_project(project: Project) -> Link:
    """Tell the Python project that a file is of, when no package of conda has installed it."""
    told = {"name": project.name, "version": project.version, "installed_by": project.installer, "url": project.origin}
    return Link(step="project", told=(_filled(told),), by=str(project.note))


def installed(package: Package) -> Mapping[str, object]:
    """Give the facts of an installed package."""
    return _filled(
        {
            "name": package.name,
            "version": package.version,
            "build": package.build,
            "file": f"{package.subdir}/{package.file_name}".lstrip("/"),
            "sha256": package.sha256,
            "url": package.url,
        }
    )


def chain(known: Known, forge: Forge) -> tuple[Link, ...]:
    """Lead from a package to its sources, as far as it goes."""
    return (
        Link(step="package", told=(known.package,), by=known.by),
        _channels(forge),
        _provenance(known),
        _recipe(known),
        _sources(known, forge),
    )


def of_source(checksum: str, forge: Forge) -> tuple[Link, ...]:
    """Lead from a source's checksum to the packages that were made from it."""
    word = forge.word or ForgesWord()
    source = {"checksum": checksum} | ({"kept": list(word.kept)} if word.kept else {})
    packages = tuple({"file": one["path"], "sha256": one["sha256"]} for one in word.made)
    more = f"and {word.count - len(packages)} more" if word.count > len(packages) else ""
    return (
        Link(step="source", told=(source,), by=forge.name),
        Link(step="packages", told=packages, by=forge.name, note=more),
    )


def _channels(forge: Forge) -> Link:
    if forge.word is None:
        return Link(step="channels", unknown=forge.silent)
    told = tuple(
        _filled(
            {
                "channel": one["channel"],
                "act": f"{one['kind']}{', which took it out' if one.get('left') else ''}",
                "snapshot": one["id"],
                "at": one["at"],
                "who": one["author"],
                "reason": one["reason"],
            }
        )
        for one in forge.word.entered
    )
    return Link(step="channels", told=told, by=forge.name)


def _provenance(known: Known) -> Link:
    claims = [one for one in known.claims if one.statement.predicate_type == PROVENANCE]
    if not claims:
        where = known.claims_by or "what is at hand"
        return Link(step="provenance", unknown=f"there is no provenance beside the package ({where})")
    return Link(step="provenance", told=tuple(_claim(one) for one in claims), by=known.claims_by)


def _claim(one: Checked) -> Mapping[str, object]:
    predicate = one.statement.predicate or {}
    definition, run = _part(predicate, "buildDefinition"), _part(predicate, "runDetails")
    repository = next((item for item in _materials(definition) if item.get("name") == "recipe"), {})
    return _filled(
        {
            "standing": _standing(one),
            "builder": _part(run, "builder").get("id"),
            "run": _part(run, "metadata").get("invocationId"),
            "finished": _part(run, "metadata").get("finishedOn"),
            "repository": repository.get("uri"),
            "commit": _part(repository, "digest").get("gitCommit"),
            "recipe": _part(definition, "externalParameters").get("recipe"),
            "modified": "the recipe was changed since that commit"
            if _part(repository, "annotations").get("modified")
            else "",
        }
    )


def _standing(one: Checked) -> str:
    if one.problem:
        return f"WRONG: {one.problem}"
    if one.trusted:
        return f"verified: signed by {one.signed_by}"
    return (
        f"only claimed: signed by {one.signed_by}, which isn't trusted" if one.signed_by else "only claimed: not signed"
    )


def _recipe(known: Known) -> Link:
    files = sorted(name.removeprefix(RECIPE_FOLDER) for name in known.info if name.startswith(RECIPE_FOLDER))
    if not known.info:
        return Link(step="recipe", unknown=known.lacks)
    if not files:
        return Link(step="recipe", unknown="the package holds no recipe", by=known.info_by)
    return Link(step="recipe", told=({"files": files},), by=known.info_by)


def _sources(known: Known, forge: Forge) -> Link:
    if not known.info:
        return Link(step="sources", unknown=known.lacks)
    try:
        sources, file = packaged_sources(known.info)
    except WrongInputError as error:
        return Link(step="sources", unknown=error.problems[0].what, by=known.info_by)
    by = f"{file} in {known.info_by}"
    told = tuple({**source, **_kept(source, forge)} for source in sources)
    return Link(step="sources", told=told, by=by, note="" if told else "it was made from no sources")


def _kept(source: Mapping[str, object], forge: Forge) -> Mapping[str, object]:
    if forge.word is None:
        return {}
    digests = [str(source[key]) for key in ("sha256", "sha512", "sha1", "md5", "commit", "rev") if source.get(key)]
    kept = [one for one in forge.word.kept if any(digest in one for digest in digests)]
    return {"kept": [f"/sources/{one}" for one in kept]} if kept else {"kept": "not by this forge"}


def asked(forge: str, ask: Callable[[], ForgesWord]) -> Forge:
    """Ask a forge; that it can't be reached, or knows nothing, ends no chain."""
    try:
        return Forge(name=forge, word=ask())
    except OwncondaError as error:
        return Forge(name=forge, silent=f"{forge}: {error.problems[0].what}")


def _materials(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed: Sequence[object] = definition.get("resolvedDependencies") or ()
    return (one for one in listed if isinstance(one, Mapping))


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _filled(facts: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in facts.items() if value not in (None, "")}
