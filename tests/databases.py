"""A real PostgreSQL made small: its own server in a temporary folder, a database of its own for each test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ownconda.wires.ports import free_port

QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB", "max_connections=60")
NOBODY = "nobody"
PASSWORD = "s3cret/pass word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A server in a folder, that answers at a port of the loopback."""

    programs: Path
    folder: Path
    port: int
    settings: Sequence[str]

    def address(self, database: str) -> str:
        return f"postgresql://forge:{PASSWORD.replace('/', '%2F').replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} " + " ".join(f"-c {one}" for one in self.settings)
        self._run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``immediate`` is how it looks when its machine crashes."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", mode)

    def new_database(self, name: str) -> str:
        """Make a database, and give its address."""
        self.execute(f'CREATE DATABASE "{name}"')
        return self.address(name)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        _give_away(password)
        options = ("-U", "forge", "-A", "password", "--pwfile", str(password), "-E", "UTF8", "--locale", "C.UTF-8")
        self._run("initdb", *options, "--no-sync", "--no-instructions")

    def _run(self, program: str, *options: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *options]
        with (self.folder / "said").open("ab") as said:
            subprocess.run(_as_nobody(command), check=True, stdout=said, stderr=said, cwd="/")


@contextmanager
def postgres(settings: Sequence[str] = QUICK) -> Iterator[Postgres]:
    """Run a server while the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own folders are closed to others, and their names too long
    try:
        _give_away(folder)
        server = Postgres(programs=_programs(), folder=folder, port=free_port("127.0.0.1", 0), settings=settings)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Give the folder of the programs: Debian has them out of PATH."""
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else versions[-1].parent


def _as_nobody(command: list[str]) -> list[str]:
    """Let a program run as somebody who has nothing: PostgreSQL refuses to be root's."""
    if os.geteuid():
        return command
    return ["setpriv", f"--reuid={NOBODY}", "--regid=nogroup", "--clear-groups", *command]


def _give_away(path: Path) -> None:
    if not os.geteuid():
        user = pwd.getpwnam(NOBODY)
        os.chown(path, user.pw_uid, user.pw_gid)
