"""Info: what an index says of its channel beside the packages."""

from collections.abc import Mapping
from dataclasses import dataclass

from ownconda.errors import WrongInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """The channels that one declares to belong to it (CEP 42), as paths relative to it; empty for none.

    What is in ``base`` comes before the channel's own packages, what is in ``overrides`` after them.
    """

    base: str = ""
    overrides: str = ""


NO_RELATIONS = Relations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What the indexes of a channel's subdirs say beside their packages.

    ``base_url`` is the folder above the subdirs that the packages lie in, when those aren't beside the index (CEP 15):
    absolute, or relative to the subdir of the index (``../../stable``).
    """

    base_url: str = ""
    relations: Relations = NO_RELATIONS

    def base_url_of(self, subdir: str) -> str:
        """Give the address of a subdir's packages; empty when they lie beside the index."""
        return f"{self.base_url.rstrip('/')}/{subdir}/" if self.base_url else ""

    def fields(self, subdir: str, revisions: Mapping[str, object]) -> dict[str, object]:
        """Give what stands under ``info`` in an index of a subdir whose packages need these repodata revisions."""
        related = {"base": self.relations.base, "overrides": self.relations.overrides}
        told = {
            "base_url": self.base_url_of(subdir),
            "channel_relations": {kind: path for kind, path in related.items() if path},
            "repodata_revisions": revisions,
        }
        return {"subdir": subdir} | {key: value for key, value in told.items() if value}


NO_INFO = Info()


def check_relations(relations: Relations) -> None:
    """Check that relations are what CEP 42 allows: two relative paths that differ.

    Raises WrongInputError.
    """
    for kind, path in (("base", relations.base), ("overrides", relations.overrides)):
        if path and not path.startswith("../"):
            raise WrongInputError(
                f"{kind}: {path!r} has to be a path relative to the channel", hint="for example ../staging (CEP 42)"
            )
    if relations.base and relations.base.rstrip("/") == relations.overrides.rstrip("/"):
        what = f"base and overrides are both {relations.base!r}"
        raise WrongInputError(what, hint="a channel comes before another one or after it (CEP 42)")
