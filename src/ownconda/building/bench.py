"""A bench: a builder's process and a folder of its own, where one package at a time is made, sealed and tested."""

import dataclasses
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ownconda import __version__
from ownconda.building.builder import Builder
from ownconda.building.conda_build import CondaBuildRecipes
from ownconda.building.documents import write_documents
from ownconda.building.invocation import Invocation, Run
from ownconda.building.launching import Machine, ThisMachine
from ownconda.building.materials import Materials, lay_out
from ownconda.building.output import Output
from ownconda.building.package_checks.channel_files import ChannelFiles
from ownconda.building.package_checks.inspection import Expectations, check_built, constraints
from ownconda.building.prepared import Prepared
from ownconda.building.requests import BuildRequest, SealRequest, TestRequest
from ownconda.building.seal import CHANNEL, Sealing
from ownconda.building.store import Store
from ownconda.conda.names import NOARCH
from ownconda.conda.package_files import read_member
from ownconda.conda.subdirs import current_subdir
from ownconda.errors import NoError
from ownconda.recipes.builds import Build
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.text import load
from ownconda.wires.progress import Progress

RENDERED = "info/recipe/rendered_recipe.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All that building needs beside the plan.

    ``digest`` gives a Build's inputs; ``channels`` are asked after the output itself; ``rendering`` is what the recipes
    were rendered with; ``expected`` is what packages are judged by; ``machine`` is where they are built; ``invocation``
    tells who builds.
    """

    output: Output
    store: Store
    digest: Callable[[Build], str]
    channels: tuple[str, ...] = ()
    rendering: Rendering = field(default_factory=Rendering)
    expected: Expectations = field(default_factory=Expectations)
    machine: Machine = field(default_factory=ThisMachine)
    invocation: Invocation = field(default_factory=Invocation)

    @property
    def all_channels(self) -> list[str]:
        """Where requirements come from, the output first."""
        return [self.output.url, *self.channels]

    def log(self, build: Build) -> Path:
        """Give the file of a Build's log."""
        return self.output.logs / f"{build.file_name.removesuffix('.conda')}.log"


class Bench:
    """One place to work at. ``scratch`` is its own folder; one thread at a time works there."""

    def __init__(self, workshop: Workshop, builder: Builder, scratch: Path) -> None:
        self._workshop, self._builder, self._scratch = workshop, builder, scratch
        self._conda_build = CondaBuildRecipes(
            rendering=workshop.rendering, scratch=scratch, without=workshop.output.folder
        )

    def make(self, build: Build, materials: Materials, progress: Progress, *, cores: int) -> Path:
        """Build a package, seal and inspect it; gives the file, which is there until the next one is made.

        Raises NoError when it can't be built, or wouldn't run where it is meant to.
        """
        self._tidy()
        log = self._workshop.log(build)
        log.unlink(missing_ok=True)
        prepared = self._prepared(build, materials, log, cores)
        package = self._built(prepared, log, cores)
        if package.name != build.file_name:
            raise NoError(f"the builder made {package.name} where {build.file_name} was planned")
        sealing = replace(self._sealing(build, materials, package, prepared), constrains=constraints(package))
        target = self._scratch / "sealed" / build.file_name
        sealed = self._builder.seal(
            SealRequest(package=str(package), target=str(target), sealing=_travelling(sealing), log=str(log))
        )
        shop = self._workshop
        check_built(sealed, ChannelFiles(shop.all_channels, kept=shop.output.lists_of_files), shop.expected, progress)
        return sealed

    def document(self, build: Build, package: Path, *, started: float, finished: float) -> None:
        """Write a package's documents beside it; times are in seconds since 1970."""
        shop = self._workshop
        run = Run(invocation=shop.invocation, started=started, finished=finished)
        write_documents(package, build, channels=shop.channels, run=run, without=shop.output.folder)

    def test(self, build: Build, package: Path) -> None:
        """Run a package's tests.

        Raises NoError when one fails.
        """
        request = TestRequest(
            package=str(package), channels=self._workshop.all_channels, log=str(self._workshop.log(build))
        )
        self._builder.test(request, name=build.name)

    def forget(self, recipe: Path) -> None:
        """Remove what the outputs of a recipe, all of which are done, had in common."""
        self._conda_build.forget(recipe)

    def end(self) -> None:
        """End whatever is going on here."""
        self._builder.end()

    def _tidy(self) -> None:
        for folder in (
            *self._scratch.glob("out*"),
            *(self._scratch / name for name in ("recipe", "sources", "sealed")),
        ):
            shutil.rmtree(folder, ignore_errors=True)

    def _prepared(self, build: Build, materials: Materials, log: Path, cores: int) -> Prepared:
        shop = self._workshop
        if build.format == "v0":
            return self._conda_build.prepare(build, materials, lambda top: environment(self._built(top, log, cores)))
        recipe = lay_out(
            build,
            materials,
            self._scratch,
            variables=[*build.variant, *shop.rendering.context],
            without=shop.output.folder,
        )
        return Prepared(
            recipe=recipe, name=build.name, build=build.build, variant=build.variant, output=self._scratch / "out"
        )

    def _built(self, prepared: Prepared, log: Path, cores: int) -> Path:
        return self._builder.build(
            BuildRequest(
                recipe=str(prepared.recipe),
                name=prepared.name,
                build=prepared.build,
                variant={key: value for key, value in prepared.variant.items() if value},
                context=dict(self._workshop.rendering.context),
                output=str(prepared.output),
                channels=self._workshop.all_channels,
                log=str(log),
                cores=cores,
            )
        )

    def _sealing(self, build: Build, materials: Materials, package: Path, prepared: Prepared) -> Sealing:
        shop = self._workshop
        return Sealing(
            scratch=str(self._scratch),
            time=materials.epoch,
            recipe=build.recipe.read_bytes() if build.format == "v1" else None,
            texts={**materials.texts, **{url.rstrip("/"): CHANNEL for url in shop.all_channels}},
            record={
                "ownconda": __version__,
                "recipe_sha256": shop.digest(build),
                "requirements": {**prepared.requirements, **environment(package)},
                "sources": list(materials.origins),
                **({"builder": dict(shop.machine.record)} if shop.machine.record else {}),
            },
            index=prepared.index,
            about=prepared.about,
        )


def can_be_tested_here(build: Build) -> bool:
    """Tell whether a package's tests can run on this machine."""
    return build.subdir in {NOARCH, current_subdir()}


def environment(package: Path) -> dict[str, str]:
    """Read from a package, as the builder left it, what was in its build and host environments: path to sha256."""
    content = read_member(package, RENDERED)
    rendered = load(content.decode()) if content else {}
    dependencies = rendered.get("finalized_dependencies") if isinstance(rendered, dict) else None
    records: Iterable[Mapping[str, str]] = (
        record
        for section in ("build", "host")
        for record in ((dependencies or {}).get(section) or {}).get("resolved") or ()
    )
    return {f"{record['subdir']}/{record['fn']}": record["sha256"] for record in records if "sha256" in record}


def _travelling(sealing: Sealing) -> dict[str, object]:
    fields = {one.name: getattr(sealing, one.name) for one in dataclasses.fields(sealing)}
    return {**fields, "recipe": None if sealing.recipe is None else sealing.recipe.decode()}
