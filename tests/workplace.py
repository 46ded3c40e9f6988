"""Workplace: small real recipes, built for real; each takes about a tenth of a second."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from backports import zstd

from ownconda.building.crew import Limits
from ownconda.building.outcomes import Outcome
from ownconda.building.session import build_session
from ownconda.building.store import Store
from ownconda.recipes.collection import CONTEXT, read_recipes
from ownconda.recipes.rendering import Rendering
from ownconda.sources.places.directory import Directory
from ownconda.wires.progress import NoProgress, Progress


class Workplace:
    """A folder of recipes, a folder of archives, and a channel to build into."""

    def __init__(self, root: Path) -> None:
        self.recipes, self.archives, self.output = (
            root / "recipes",
            root / "archives",
            root / "state" / "channel",
        )
        self.cache = root / "cache"
        self.platform: str | None = None
        self.channels: tuple[str, ...] = ()
        self.limits = Limits(jobs=2, cores=2)
        self.archives.mkdir(parents=True)

    def recipe(  # noqa: PLR0913  (each is a part of a recipe)
        self,
        name: str,
        *,
        script: Sequence[str] = (),
        host: Sequence[str] = (),
        run: Sequence[str] = (),
        test: Sequence[str] = ("true",),
        test_needs: Sequence[str] = (),
        source: str = "",
        number: int = 0,
        more: str = "",
    ) -> Path:
        commands = script or [f"mkdir -p $PREFIX/share/{name}", f"echo {name} > $PREFIX/share/{name}/name"]
        folder = self.recipes / name
        folder.mkdir(parents=True, exist_ok=True)
        recipe = folder / "recipe.yaml"
        recipe.write_text(
            f"package: {{name: {name}, version: 1.0.0}}\n{source}\n"
            f"build:\n  number: {number}\n  script:\n"
            + "".join(f"    - {_quoted(command)}\n" for command in commands)
            + f"requirements: {{host: [{', '.join(host)}], run: [{', '.join(run)}]}}\n"
            + "tests:\n  - script:\n"
            + "".join(f"      - {_quoted(command)}\n" for command in test)
            + f"    requirements: {{run: [{', '.join(test_needs)}]}}\n"
            + f"about: {{license: MIT, summary: for tests}}\n{more}"
        )
        return recipe

    def meta(self, name: str, text: str, **files: str) -> Path:
        """Write a conda-build recipe, and files beside it: ``build_sh`` is ``build.sh``."""
        folder = self.recipes / name
        folder.mkdir(parents=True, exist_ok=True)
        recipe = folder / "meta.yaml"
        recipe.write_text(text)
        for file, content in files.items():
            (folder / ".".join(file.rsplit("_", 1))).write_text(content)
        return recipe

    def archive(self, name: str, content: bytes = b"hello\n", *, mtime: int = 1_234_567_890) -> str:
        """Put an archive where the directory mirror finds it, and give its ``source`` section."""
        buffer = io.BytesIO()
        with (
            gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed,
            tarfile.open(fileobj=compressed, mode="w") as archive,
        ):
            entry = tarfile.TarInfo(f"{name}/hello.txt")
            entry.size, entry.mtime = len(content), mtime
            archive.addfile(entry, io.BytesIO(content))
        (self.archives / f"{name}.tar.gz").write_bytes(buffer.getvalue())
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        return f"source: {{url: 'https://upstream.invalid/{name}.tar.gz', sha256: {digest}}}"

    def build(
        self, *, forced: bool = False, locked: bool = False, progress: Progress | None = None
    ) -> dict[str, Outcome]:
        recipes = read_recipes([self.recipes], Rendering(context=CONTEXT, target_platform=self.platform))
        with build_session(recipes, self.output, channels=self.channels, forced=forced) as session:
            outcomes = session.run(
                store=self.store, progress=progress or NoProgress(), limits=self.limits, locked=locked
            )
        return {outcome.build.name: outcome for outcome in outcomes}

    def statuses(self, *, forced: bool = False) -> dict[str, str]:
        return {name: outcome.status for name, outcome in self.build(forced=forced).items()}

    @property
    def store(self) -> Store:
        return Store(places=lambda: (Directory(path=self.archives),), cache=self.cache)

    def package(self, name: str) -> Path:
        [found] = self.output.glob(f"*/{name}-1.0.0-*.conda")
        return found


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "''") + "'"


def unpacked(package: Path) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """Give every entry of a package with its content."""
    found = {}
    with zipfile.ZipFile(package) as outer:
        for name in outer.namelist():
            if name.endswith(".tar.zst"):
                with tarfile.open(fileobj=io.BytesIO(zstd.decompress(outer.read(name)))) as archive:
                    for entry in archive:
                        file = archive.extractfile(entry) if entry.isfile() else None
                        found[entry.name] = (entry, file.read() if file else b"")
    return found


def contents(package: Path) -> dict[str, bytes]:
    """Give the content of every file of a package."""
    return {name: content for name, (_, content) in unpacked(package).items()}
