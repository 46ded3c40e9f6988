"""A bench: a builder's process and a folder of its own, where one package at a time is made, sealed and tested."""

import dataclasses
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ownconda import __version__
from ownconda.building.builder import Builder
from ownconda.building.conda_build import CondaBuildRecipes
from ownconda.building.documents import write_documents
from ownconda.building.invocation import Invocation, Run
from ownconda.building.kept import Kept, found_kept, keep, kept_folder
from ownconda.building.launching import Machine, ThisMachine
from ownconda.building.locked_channel import locked_channel
from ownconda.building.locks import LOCK, check_solved, known_lock, lock_beside, solved
from ownconda.building.materials import Materials, lay_out
from ownconda.building.output import Output
from ownconda.building.package_checks.channel_files import ChannelFiles
from ownconda.building.package_checks.inspection import Expectations, check_built, constraints
from ownconda.building.prepared import Prepared
from ownconda.building.requests import BuildRequest, SealRequest, TestRequest
from ownconda.building.sameness import check_same, other_cores
from ownconda.building.seal import CHANNEL, Sealing, channel_texts
from ownconda.building.store import Store
from ownconda.conda.locks import Lock, lock_text
from ownconda.conda.names import NOARCH
from ownconda.conda.subdirs import current_subdir
from ownconda.errors import NoError
from ownconda.git import working_tree
from ownconda.recipes.builds import Build
from ownconda.recipes.rendering import Rendering
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All that building needs beside the plan.

    ``digest`` gives a Build's inputs; ``channels`` are asked after the output itself; ``rendering`` is what the recipes
    were rendered with; ``expected`` is what packages are judged by; ``machine`` is where they are built; ``invocation``
    tells who builds; ``locks`` has the Builds that get exactly the packages of a lock. Logs end in ``log_suffix``; with
    ``keep`` the folders in which packages are built stay, elsewhere.
    """

    output: Output
    store: Store
    digest: Callable[[Build], str]
    channels: tuple[str, ...] = ()
    rendering: Rendering = field(default_factory=Rendering)
    expected: Expectations = field(default_factory=Expectations)
    machine: Machine = field(default_factory=ThisMachine)
    invocation: Invocation = field(default_factory=Invocation)
    locks: Mapping[Build, Lock] = field(default_factory=dict)
    log_suffix: str = ".log"
    keep: bool = False

    @property
    def all_channels(self) -> list[str]:
        """Where requirements come from, the output first."""
        return [self.output.url, *self.channels]

    def log(self, build: Build) -> Path:
        """Give the file of a Build's log."""
        return self.output.logs / f"{build.file_name.removesuffix('.conda')}{self.log_suffix}"


class Bench:
    """One place to work at. ``scratch`` is its own folder; one thread at a time works there.

    At the ``second`` bench, which stands in other surroundings, a package is made again to see whether it is the same.
    """

    def __init__(self, workshop: Workshop, builder: Builder, scratch: Path, *, second: "Bench | None" = None) -> None:
        self._workshop, self._builder, self._scratch, self._second = workshop, builder, scratch, second
        self._conda_build = CondaBuildRecipes(
            rendering=workshop.rendering, scratch=scratch, without=workshop.output.folder
        )

    def make(self, build: Build, materials: Materials, progress: Progress, *, cores: int) -> Path:
        """Build a package, seal and inspect it; gives the file, with its lock beside it, until the next one is made.

        Raises NoError when it can't be built, or wouldn't run where it is meant to, OutsideError when a locked package
        isn't to be had.
        """
        shop = self._workshop
        sealed = self.make_locked(build, materials, shop.locks.get(build), cores=cores)
        check_built(sealed, ChannelFiles(shop.all_channels, kept=shop.output.lists_of_files), shop.expected, progress)
        return sealed

    def make_locked(self, build: Build, materials: Materials, lock: Lock | None, *, cores: int) -> Path:
        """Build a package as `make` does, in environments of exactly the packages of a lock.

        The folder in which it was built is gone afterwards, or kept.
        """
        self._tidy()
        try:
            return self._made(build, materials, lock, cores=cores)
        finally:
            if self._workshop.keep:
                keep(self._parts(), self._kept_folder(build), scratch=self._scratch)
            self._clear()

    def kept(self, build: Build) -> Kept | None:
        """Tell where the folder is in which a package was built here, where that was to be kept."""
        return found_kept(self._kept_folder(build), build.name) if self._workshop.keep else None

    def _made(self, build: Build, materials: Materials, lock: Lock | None, *, cores: int) -> Path:
        log = self._workshop.log(build)
        log.unlink(missing_ok=True)
        work = _Work(build, materials, log, cores, self._channels(lock))
        prepared = self._prepared(work)
        package = self._built(prepared, work)
        if package.name != build.file_name:
            raise NoError(f"the builder made {package.name} where {build.file_name} was planned")
        found = solved(package) + prepared.lock
        if lock is not None:
            check_solved(found, lock)
        return self._sealed(package, self._sealing(work, prepared, found, constraints(package)), lock or found, log)

    def verify(self, build: Build, materials: Materials, package: Path, *, cores: int) -> None:
        """Make a package again at the second bench, if there is one.

        Raises NoError that tells the differences when it isn't the same.
        """
        if self._second is None:
            return
        again = self._second.make_locked(build, materials, known_lock(package), cores=other_cores(cores))
        check_same(build.label, package, again)

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
        self._builder.test(request, name=build.name, at_least=build.minutes * 60)

    def forget(self, recipe: Path) -> None:
        """Remove what the outputs of a recipe, all of which are done, had in common."""
        self._conda_build.forget(recipe)
        if self._second is not None:
            self._second.forget(recipe)

    def end(self) -> None:
        """End whatever is going on here."""
        self._builder.end()
        if self._second is not None:
            self._second.end()

    def _tidy(self) -> None:
        self._clear()
        shutil.rmtree(self._scratch / "sealed", ignore_errors=True)

    def _clear(self) -> None:
        for part in self._parts():
            shutil.rmtree(part, ignore_errors=True)

    def _parts(self) -> list[Path]:
        """Give what there is of a build: what it is made from, and the folders in which that is done."""
        beside = (self._scratch / name for name in ("recipe", "sources"))
        return [*self._scratch.glob("out*"), *(folder for folder in beside if folder.exists())]

    def _kept_folder(self, build: Build) -> Path:
        return kept_folder(build, self._workshop.output.kept)

    def _channels(self, lock: Lock | None) -> Sequence[str]:
        """Tell where packages may come from while one is built."""
        shop = self._workshop
        if lock is None:
            return shop.all_channels
        asked = shop.all_channels if shop.output.entries else shop.channels
        return [locked_channel(lock, self._scratch / "locked", channels=asked, cache=shop.store.cache)]

    def _prepared(self, work: "_Work") -> Prepared:
        shop, build = self._workshop, work.build
        if build.format == "v0":
            return self._conda_build.prepare(build, work.materials, lambda top: solved(self._built(top, work)))
        recipe = lay_out(
            build,
            work.materials,
            self._scratch,
            variables=[*build.variant, *shop.rendering.context],
            without=shop.output.folder,
        )
        return Prepared(
            recipe=recipe, name=build.name, build=build.build, variant=build.variant, output=self._scratch / "out"
        )

    def _built(self, prepared: Prepared, work: "_Work") -> Path:
        return self._builder.build(
            BuildRequest(
                recipe=str(prepared.recipe),
                name=prepared.name,
                build=prepared.build,
                variant={key: value for key, value in prepared.variant.items() if value},
                context=dict(self._workshop.rendering.context),
                output=str(prepared.output),
                channels=list(work.channels),
                log=str(work.log),
                cores=work.cores,
                keep=self._workshop.keep,
            ),
            at_least=work.build.minutes * 60,
        )

    def _sealed(self, package: Path, sealing: Sealing, lock: Lock, log: Path) -> Path:
        target = self._scratch / "sealed" / package.name
        request = SealRequest(package=str(package), target=str(target), sealing=_travelling(sealing), log=str(log))
        sealed = self._builder.seal(request)
        lock_beside(sealed).write_text(lock_text(lock), encoding="utf-8")
        return sealed

    def _sealing(self, work: "_Work", prepared: Prepared, lock: Lock, constrains: tuple[str, ...]) -> Sealing:
        shop, build, materials = self._workshop, work.build, work.materials
        folder = build.recipe.parent
        belonging = working_tree.files(folder, without=shop.output.folder)
        return Sealing(
            scratch=str(self._scratch),
            time=materials.epoch,
            recipe=build.recipe.read_bytes() if build.format == "v1" else None,
            recipe_folder=str(prepared.recipe.parent),
            texts={**materials.texts, **channel_texts([*shop.all_channels, *work.channels])},
            record={
                "ownconda": __version__,
                "recipe": build.recipe.name,
                "recipe_files": [path.relative_to(folder).as_posix() for path in belonging],
                "recipe_sha256": shop.digest(build),
                "requirements": lock.checksums,
                "sources": list(materials.origins),
                "variant": dict(build.variant),
                **({"builder": dict(shop.machine.record)} if shop.machine.record else {}),
            },
            constrains=constrains,
            files={LOCK: lock_text(lock.from_channel(CHANNEL))},
            index=prepared.index,
            about=prepared.about,
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """One Build at a bench: what it is made from, its log, its cores, where packages may come from."""

    build: Build
    materials: Materials
    log: Path
    cores: int
    channels: Sequence[str]


def can_be_tested_here(build: Build) -> bool:
    """Tell whether a package's tests can run on this machine."""
    return build.subdir in {NOARCH, current_subdir()}


def _travelling(sealing: Sealing) -> dict[str, object]:
    fields = {one.name: getattr(sealing, one.name) for one in dataclasses.fields(sealing)}
    return {**fields, "recipe": None if sealing.recipe is None else sealing.recipe.decode()}
