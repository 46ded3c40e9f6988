"""Rules about licences."""

from collections.abc import Iterator

from ownconda.policy.licences import Licences, canonical, proposal
from ownconda.policy.policy import Policy
from ownconda.recipes.checked import CheckedOutput, CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.editing import Edit

_LICENCE, _FILE = "about.license", "about.license_file"


def missing_licence(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an output without a licence."""
    for output in recipe.outputs:
        if not output.licence:
            yield Fault(
                what=f"{output.build.name} has no licence",
                where=recipe.where(_LICENCE, output=output),
                hint="write its SPDX expression into about.license, such as MIT or LicenseRef-Company",
            )


def odd_licence(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a licence that is no SPDX expression, or isn't spelt as SPDX does."""
    for place in recipe.written.values(_LICENCE):
        spelt = canonical(place.text)
        if place.is_template or place.text in {"", spelt}:
            continue
        if spelt is not None:
            yield Fault(
                what=f"the licence {place.text!r} isn't spelt as SPDX does",
                where=recipe.at(place),
                hint=f"write {spelt!r}",
                edits=(Edit(place.span, spelt),),
            )
        else:
            meant = proposal(place.text)
            yield Fault(
                what=f"the licence {place.text!r} is no SPDX expression",
                where=recipe.at(place),
                hint=f"{meant!r} may be meant"
                if meant
                else "see https://spdx.org/licenses, or write LicenseRef-<name>",
            )


def refused_licence(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a licence that the policy denies or doesn't allow."""
    for output in recipe.outputs:
        spelt = canonical(output.licence)
        refused = known.policy.licences.refused(spelt) if spelt else _unclear(output, known.policy.licences)
        if refused:
            yield Fault(
                what=f"the policy doesn't allow {', '.join(refused)}",
                where=recipe.where(_LICENCE, output=output, value=output.licence),
                hint="policy.licences_allowed and policy.licences_denied say what it takes",
            )


def missing_licence_file(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an output without its licence's text, and a text that is nowhere."""
    for output in recipe.outputs:
        if not output.licence_files:
            yield Fault(
                what=f"{output.build.name} has no licence file",
                where=recipe.where(_FILE, output=output),
                hint="name the text's file in the source, or beside the recipe, in about.license_file",
            )
        for file in output.licence_files if not output.build.sources else ():
            if not _is_there(file, recipe):
                yield Fault(
                    what=f"the licence file {file!r} isn't there",
                    where=recipe.where(_FILE, output=output, value=file),
                    hint="there is no source, so it has to be beside the recipe",
                )


def _unclear(output: CheckedOutput, licences: Licences) -> tuple[str, ...]:
    """Refuse what isn't understood as soon as there is a list of what is allowed."""
    return (repr(output.licence),) if licences.allowed and output.licence else ()


def _is_there(file: str, recipe: CheckedRecipe) -> bool:
    name = file.rstrip("/")
    return (
        "$" in name or name.startswith("/") or any(one == name or one.startswith(f"{name}/") for one in recipe.beside)
    )


_HEAD = "package:\n  name: tool\n  version: 1.0.0\n\n"
_NO_AGPL, _WITHOUT_AGPL = 'policy.licences_denied = ["AGPL-*"]', Policy(licences=Licences(denied=("AGPL-*",)))

RULES = (
    Rule(
        name="missing-licence",
        summary="a package without a licence",
        why="Without a licence nobody may use or pass on a package. What is the organisation's own has one, too: "
        "LicenseRef-Company, say.",
        check=missing_licence,
        bad=Example(text=f"{_HEAD}about:\n  summary: A tool\n"),
        good=Example(text=f"{_HEAD}about:\n  license: MIT\n"),
    ),
    Rule(
        name="odd-licence",
        summary="a licence that is no SPDX expression, or is spelt otherwise",
        why="Programs read licences: the policy of this organisation, lists for lawyers. SPDX names each in one way, "
        "with AND, OR, WITH and brackets between them. --fix mends upper and lower case.",
        check=odd_licence,
        bad=Example(form="v0", text=f"{_HEAD}about:\n  license: Apache 2.0\n"),
        good=Example(form="v0", text=f"{_HEAD}about:\n  license: Apache-2.0\n"),
        severity="warning",
        alters=frozenset({"about"}),
    ),
    Rule(
        name="refused-licence",
        summary="a licence that the policy denies, or doesn't allow",
        why="Which licences an organisation takes is decided once, in the settings policy.licences_allowed and "
        "policy.licences_denied. Of alternatives (OR) one that is taken is enough.",
        check=refused_licence,
        bad=Example(text=f"{_HEAD}about:\n  license: MIT AND AGPL-3.0-only\n", note=_NO_AGPL, policy=_WITHOUT_AGPL),
        good=Example(text=f"{_HEAD}about:\n  license: MIT OR AGPL-3.0-only\n", note=_NO_AGPL, policy=_WITHOUT_AGPL),
    ),
    Rule(
        name="missing-licence-file",
        summary="a package without the text of its licence",
        why="Nearly every licence asks that its text goes with each copy. The file may be in the source or beside the "
        "recipe.",
        check=missing_licence_file,
        bad=Example(text=f"{_HEAD}about:\n  license: MIT\n"),
        good=Example(
            text=f"{_HEAD}about:\n  license: MIT\n  license_file: LICENSE\n",
            note="LICENSE is beside it",
            beside=("LICENSE",),
        ),
    ),
)
