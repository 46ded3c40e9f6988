"""What a build writes beside the packages that it makes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from repositories import commit_files, git
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from workplace import Workplace, contents

from ownconda.attestations.sidecars import subjects
from ownconda.building.invocation import LOCAL_BUILDER, invocation
from ownconda.building.provenance import public_channel
from ownconda.wires.files import sha256_of


def beside(workplace: Workplace, name: str, suffix: str) -> dict[str, Any]:
    package = workplace.package(name)
    told: dict[str, Any] = json.loads(package.with_name(package.name + suffix).read_text())
    return told


def provenance(workplace: Workplace, name: str) -> dict[str, Any]:
    told: dict[str, Any] = beside(workplace, name, ".provenance.json")["predicate"]
    return told


def materials(workplace: Workplace, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = provenance(workplace, name)["buildDefinition"]["resolvedDependencies"]
    return found


def test_both_documents_are_about_the_package_that_they_lie_beside(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.build()
    package = workplace.package("a")
    for kind, suffix in (("provenance", ".provenance.json"), ("sbom", ".spdx.json")):
        [subject] = subjects(kind, package.with_name(package.name + suffix).read_bytes())
        assert (subject.name, subject.sha256) == (package.name, sha256_of(package))


def test_provenance_has_the_sources_and_what_was_installed_to_build(workplace: Workplace) -> None:
    workplace.recipe("lib")
    source = workplace.archive("upstream-1")
    patched = source.replace("}", ", patches: [fix.patch]}")
    recipe = workplace.recipe("app", host=["lib"], source=patched)
    (recipe.parent / "fix.patch").write_text("--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+goodbye\n")
    assert workplace.statuses() == {"lib": "built", "app": "built"}
    archive, lock, library = materials(workplace, "app")
    assert archive == {
        "name": "source",
        "uri": "https://upstream.invalid/upstream-1.tar.gz",
        "digest": {"sha256": sha256_of(workplace.archives / "upstream-1.tar.gz")},
        "annotations": {"patches": [{"name": "fix.patch", "sha256": sha256_of(recipe.parent / "fix.patch")}]},
    }
    inside = hashlib.sha256(contents(workplace.package("app"))["info/ownconda.lock"]).hexdigest()
    assert lock == {"name": "lock", "digest": {"sha256": inside}, "annotations": {"path": "info/ownconda.lock"}}
    assert library["name"] == f"linux-64/{workplace.package('lib').name}"
    assert library["uri"].startswith("pkg:conda/lib@1.0.0?build=")
    assert library["digest"] == {"sha256": sha256_of(workplace.package("lib"))}


def test_provenance_has_who_built_when_and_from_which_recipe(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.build()
    told = provenance(workplace, "a")
    definition, run = told["buildDefinition"], told["runDetails"]
    assert definition["externalParameters"]["recipe"] == "a/recipe.yaml"
    assert definition["externalParameters"]["variant"] == {"target_platform": "linux-64"}
    assert definition["externalParameters"]["channels"] == []
    assert run["builder"]["id"] == LOCAL_BUILDER
    assert set(run["builder"]["version"]) == {"ownconda", "py-rattler-build"}
    assert run["metadata"]["startedOn"] <= run["metadata"]["finishedOn"]


def test_a_recipe_in_a_repository_is_told_with_its_commit(workplace: Workplace) -> None:
    workplace.recipe("a")
    root = workplace.recipes
    commit = _repository(root)
    git(root, "remote", "add", "origin", "https://bot:secret@gitlab.example/team/recipes.git")
    workplace.build()
    recipe, _ = materials(workplace, "a")
    assert recipe == {
        "name": "recipe",
        "uri": f"git+https://gitlab.example/team/recipes.git@{commit}",
        "digest": {"gitCommit": commit},
        "annotations": {"path": "a/recipe.yaml", "modified": False},
    }


def test_a_recipe_that_was_changed_since_its_commit_is_told_as_modified(workplace: Workplace) -> None:
    first, _ = workplace.recipe("a"), workplace.recipe("b")
    _repository(workplace.recipes)
    (first.parent / "new.txt").write_text("never added")
    workplace.build()
    (changed, _), (same, _) = materials(workplace, "a"), materials(workplace, "b")
    assert (changed["annotations"]["modified"], same["annotations"]["modified"]) == (True, False)
    assert "uri" not in changed  # there is no remote, and a folder here is nobody else's business


def test_the_output_folder_makes_no_recipe_modified(workplace: Workplace) -> None:
    recipe = workplace.recipe("a")
    _repository(workplace.recipes)
    workplace.output = recipe.parent / "out"
    workplace.build()
    workplace.build(forced=True)
    assert materials(workplace, "a")[0]["annotations"]["modified"] is False


def test_the_package_is_the_same_whatever_is_written_beside_it(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.build()
    before, first = workplace.package("a").read_bytes(), beside(workplace, "a", ".provenance.json")
    _repository(workplace.recipes)
    workplace.build(forced=True)
    second = beside(workplace, "a", ".provenance.json")
    assert workplace.package("a").read_bytes() == before
    assert first["subject"] == second["subject"]
    runs = [one["predicate"]["runDetails"]["metadata"]["invocationId"] for one in (first, second)]
    assert runs[0] != runs[1]


def test_documents_go_when_their_package_goes(workplace: Workplace) -> None:
    workplace.recipe("late", test_needs=["b"], test=["false"])
    workplace.recipe("b", host=["late"])
    assert workplace.statuses() == {"late": "failed", "b": "built"}
    left = {path.name.partition("-")[0] for path in workplace.output.glob("linux-64/*.conda*")}
    assert left == {"b"}


def test_the_bill_of_materials_is_sound_spdx(workplace: Workplace) -> None:
    workplace.recipe("lib", source=workplace.archive("upstream-1"))
    workplace.recipe("app", host=["lib"], run=["lib >=1", "lib <2"])
    workplace.build()
    package = workplace.package("app")
    document = parse_file(str(package.with_name(f"{package.name}.spdx.json")))
    assert validate_full_spdx_document(document) == []
    related = {(one.spdx_element_id, one.relationship_type.name) for one in document.relationships}
    assert ("SPDXRef-Environment-1", "BUILD_DEPENDENCY_OF") in related
    assert [one.comment for one in document.packages if one.spdx_id.startswith("SPDXRef-Requirement")] == [
        "Any package that fits the match spec 'lib <2'.",
        "Any package that fits the match spec 'lib >=1'.",
    ]
    source = beside(workplace, "lib", ".spdx.json")["packages"][1]
    assert source["downloadLocation"] == "https://upstream.invalid/upstream-1.tar.gz"
    assert source["checksums"][0]["checksumValue"] == sha256_of(workplace.archives / "upstream-1.tar.gz")


def test_licences_of_ones_own_are_there_with_their_text(workplace: Workplace) -> None:
    recipe = workplace.recipe("a")
    recipe.write_text(recipe.read_text().replace("license: MIT", "license: LicenseRef-Ours, license_file: OURS.txt"))
    (recipe.parent / "OURS.txt").write_text("Do as you please.\n")
    assert workplace.statuses() == {"a": "built"}
    told = beside(workplace, "a", ".spdx.json")
    assert told["packages"][0]["licenseDeclared"] == "LicenseRef-Ours"
    assert told["hasExtractedLicensingInfos"] == [
        {"licenseId": "LicenseRef-Ours", "extractedText": "Do as you please.\n", "name": "Ours"}
    ]
    package = workplace.package("a")
    assert validate_full_spdx_document(parse_file(str(package.with_name(f"{package.name}.spdx.json")))) == []


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("https://conda.example/stable", "https://conda.example/stable"),
        ("https://someone:secret@conda.example/stable", "https://conda.example/stable"),
        ("https://conda.example/t/secret/stable", "https://conda.example/stable"),
        ("file:///home/someone/channel/", "file:channel"),
    ],
)
def test_channels_are_told_without_secrets_and_folders(channel: str, expected: str) -> None:
    assert public_channel(channel) == expected


@pytest.mark.parametrize(
    ("environment", "builder", "expected"),
    [
        ({}, "", LOCAL_BUILDER),
        (
            {"CI_PROJECT_URL": "https://gitlab.example/p", "CI_RUNNER_ID": "7"},
            "",
            "https://gitlab.example/p/-/runners/7",
        ),
        (
            {"CI_PROJECT_URL": "https://gitlab.example/p", "CI_RUNNER_ID": "7"},
            "https://ours.example",
            "https://ours.example",
        ),
    ],
)
def test_the_builder_is_the_one_set_or_gitlabs_runner(environment: dict[str, str], builder: str, expected: str) -> None:
    assert invocation(environment, builder=builder).builder == expected


def test_a_job_of_gitlab_is_the_invocation() -> None:
    job = "https://gitlab.example/p/-/jobs/12"
    assert invocation({"CI_JOB_URL": job}).id == job
    assert invocation({}).id.startswith("urn:uuid:")
    assert invocation({}).id != invocation({}).id


def _repository(folder: Path) -> str:
    git(folder, "init", "--quiet", "--initial-branch=main")
    return commit_files(folder, {})
