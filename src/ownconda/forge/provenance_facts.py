"""What a package's provenance claims, as its page tells it: builder, run, commit, sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ownconda.attestations.statements import read_statement
from ownconda.forge.about_texts import safe_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a package was made from: its address as the provenance has it, a link if it leads to the web, its digest."""

    address: str
    link: str
    digest: str

    @property
    def file(self) -> str:
        """The name of the file that the address ends in."""
        return PurePosixPath(unquote(urlsplit(self.address).path)).name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceFacts:
    """Who claims to have built a package, when, in which run, from what; empty is what isn't said."""

    builder: str = ""
    builder_link: str = ""
    run: str = ""
    run_link: str = ""
    finished: str = ""
    recipe: str = ""
    repository: Material | None = None
    sources: tuple[Material, ...] = ()

    @property
    def commit_link(self) -> str:
        """The page of the commit, where a GitLab built it, whose addresses are known."""
        if self.repository is None or not self.repository.link or "/-/jobs/" not in self.run_link:
            return ""
        return f"{self.repository.link.removesuffix('.git')}/-/commit/{self.repository.digest}"


def provenance_facts(content: bytes) -> ProvenanceFacts:
    """Take the facts from a provenance file, which may be anybody's. Raises ValueError when it is none."""
    predicate = read_statement(content).predicate or {}
    definition, run = _part(predicate, "buildDefinition"), _part(predicate, "runDetails")
    builder, invocation = _text(_part(run, "builder"), "id"), _text(_part(run, "metadata"), "invocationId")
    materials = [(_text(one, "name"), _material(one)) for one in _objects(definition, "resolvedDependencies")]
    return ProvenanceFacts(
        builder=builder,
        builder_link=_visitable(builder),
        run=invocation,
        run_link=_visitable(invocation),
        finished=_text(_part(run, "metadata"), "finishedOn"),
        recipe=_text(_part(definition, "externalParameters"), "recipe"),
        repository=next((one for name, one in materials if name == "recipe"), None),
        sources=tuple(one for name, one in materials if name == "source"),
    )


def _material(descriptor: Mapping[str, Any]) -> Material:
    address = _text(descriptor, "uri")
    digest = next((value for value in _part(descriptor, "digest").values() if isinstance(value, str)), "")
    plain = address.removeprefix("git+").removesuffix(f"@{digest}")
    return Material(address=plain, link=_visitable(plain), digest=digest)


def _visitable(address: str) -> str:
    """Give an address that somebody can go to: those in .invalid are but names (RFC 2606)."""
    link = safe_link(address)
    return "" if link and (urlsplit(link).hostname or "").endswith(".invalid") else link


def _objects(value: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    listed = value.get(key)
    return (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))


def _part(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    part = value.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""
