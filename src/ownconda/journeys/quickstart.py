"""The main job in one go: recipes, packages, a forge with channels, an installed environment, a program run in it.

The journey is the list `STEPS`; each of them can be done again without harm, so an interrupted journey goes on where
it was.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.crew import Limits
from ownconda.building.outcomes import Outcome
from ownconda.building.session import build_session
from ownconda.building.store import Store
from ownconda.environments.creating import create
from ownconda.errors import NoError, OutsideError, OwncondaError, Where
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.forge_tokens import add_token
from ownconda.journeys.new_forge import is_forge, make_forge
from ownconda.journeys.uploading import upload
from ownconda.recipes.collection import CONTEXT, read_recipes
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.selection import Selection, selected
from ownconda.wires import processes
from ownconda.wires.files import make_folder, write_atomically
from ownconda.wires.ports import free_port
from ownconda.wires.progress import Progress

HOST = "127.0.0.1"
SECONDS_TO_START = 30.0
UPLOADED_TO, THEN_TO = "testing", ("staging", "stable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a quickstart happens: its folder, the recipes and what is wanted of them, the program to run."""

    root: Path
    recipes: tuple[Path, ...]
    packages: tuple[str, ...]
    program: tuple[str, ...]
    port: int

    @property
    def forge(self) -> Path:
        """The forge's folder."""
        return self.root / "forge"

    @property
    def output(self) -> Path:
        """The channel on disk that is built into."""
        return self.root / "channel"

    @property
    def prefix(self) -> Path:
        """The environment that is installed."""
        return self.root / "environment"

    @property
    def token(self) -> Path:
        """The file that holds the forge's token."""
        return self.root / "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was done: what it says for itself, and how many seconds it took."""

    title: str
    result: str
    seconds: float


class Quickstart:
    """A journey under way. Open it with `quickstart()`, which stops the forge in the end."""

    def __init__(self, site: Site, store: Store, progress: Progress) -> None:
        self.site, self._store, self._progress = site, store, progress
        self.url = ""
        self.greeting = ""
        self.forge: subprocess.Popen[bytes] | None = None

    def set_up(self) -> str:
        """Make the forge and keep its token, unless both are there."""
        if self.site.token.is_file():
            return f"{self.site.forge} is there already"
        make_folder(self.site.root)
        if is_forge(self.site.forge):
            token, _ = add_token(self.site.forge, token_name="quickstart")  # noqa: S106  (a token's name)
        else:
            token = make_forge(self.site.forge, token_name="quickstart")  # noqa: S106  (likewise)
        write_atomically(self.site.token, token.encode(), mode=0o600)
        return f"made in {self.site.forge}"

    def start(self) -> str:
        """Start the forge and wait until it answers."""
        port = free_port(HOST, self.site.port)
        log = self.site.root / "forge.log"
        with log.open("ab") as file:
            self.forge = processes.start(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "ownconda.forge",
                    self.site.forge,
                    "--host",
                    HOST,
                    "--port",
                    str(port),
                    "--while-stdin",
                ],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
            )
        self.url = f"http://{HOST}:{port}"
        with self._client() as client:
            try:
                client.wait_until_ready(seconds=SECONDS_TO_START)
            except OwncondaError as error:
                raise OutsideError("the forge didn't start", where=Where(file=log), hint="its log says why") from error
        return f"{self.url} answers"

    def build(self) -> str:
        """Build what is wanted and everything that it needs."""
        everything = read_recipes(self.site.recipes, Rendering(context=CONTEXT))
        recipes = selected(everything, Selection(up_to=tuple(self.site.packages)))
        with build_session(recipes, self.site.output) as session:
            outcomes = session.run(store=self._store, progress=self._progress, limits=Limits(jobs=Limits().cores))
        errors = [outcome.error for outcome in outcomes if outcome.error]
        if errors:
            raise errors[0]
        return _counted(outcomes)

    def upload(self) -> str:
        """Upload every package to the first channel."""
        files = sorted(self.site.output.glob("*/*.conda"))
        with self._client() as client:
            uploaded = upload(client, UPLOADED_TO, files, sign=None, progress=self._progress)
        added = sum(not file.there_already for file in uploaded)
        return f"{added} added to {UPLOADED_TO}, {len(uploaded) - added} there already"

    def promote(self) -> str:
        """Promote from channel to channel."""
        told = []
        with self._client() as client:
            for source, target in zip((UPLOADED_TO, *THEN_TO), THEN_TO, strict=False):
                change = client.promote(source, target, reason="quickstart")
                told.append(f"{len(change.added)} to {target}")
        return ", ".join(told)

    def install(self) -> str:
        """Install an environment over HTTP from the last channel."""
        made = create(
            self.site.prefix, [f"{self.url}/conda/{THEN_TO[-1]}"], self.site.packages, self._progress, replace=True
        )
        return f"{len(made.solved.names)} packages in {made.prefix}"

    def run_program(self) -> str:
        """Run the program that was installed."""
        program = self.site.prefix / "bin" / self.site.program[0]
        done = processes.run([program, *self.site.program[1:]], timeout=60)
        if done.code:
            raise NoError(f"{done}: {done.err.strip()}", where=Where(file=program))
        self.greeting = done.out
        return " ".join(self.site.program)

    def _client(self) -> ForgeClient:
        return ForgeClient(self.url, token=self.site.token.read_text())


STEPS: Sequence[tuple[str, Callable[[Quickstart], str]]] = (
    ("set up a forge", Quickstart.set_up),
    ("start the forge", Quickstart.start),
    ("build from source", Quickstart.build),
    ("upload", Quickstart.upload),
    ("promote", Quickstart.promote),
    ("install over HTTP", Quickstart.install),
    ("run a program", Quickstart.run_program),
)


@contextmanager
def quickstart(site: Site, store: Store, progress: Progress) -> Iterator[Quickstart]:
    """Open a journey; its forge is stopped when the block ends, however that is."""
    journey = Quickstart(site, store, progress)
    try:
        yield journey
    finally:
        if journey.forge is not None:
            processes.stop(journey.forge)


def travel(journey: Quickstart) -> Iterator[Done]:
    """Take one step after the other."""
    for title, act in STEPS:
        start = time.monotonic()
        result = act(journey)
        yield Done(title=title, result=result, seconds=time.monotonic() - start)


def _counted(outcomes: Sequence[Outcome]) -> str:
    built = sum(outcome.status == "built" for outcome in outcomes)
    return f"{built} packages built, {len(outcomes) - built} there already"
