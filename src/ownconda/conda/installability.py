"""Asks py-rattler's solver whether records, held in memory, can be installed."""

import asyncio
import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import rattler
from rattler import exceptions

from ownconda.conda.gateway import sentence
from ownconda.conda.machines import Machine, VirtualPackage
from ownconda.conda.records import Record
from ownconda.conda.solutions import Answer, Solution, Unsolvable
from ownconda.conda.versions import is_version

LONGEST = 20.0
"""Seconds that one question may take."""

_CANCELLED = "cancelled"  # the solver's word when its time is over
_MARGIN = 5.0  # seconds for reading records and for writing an explanation, which the solver's own time doesn't cover
_PREFACE = "Cannot solve the request because of: "


@contextmanager
def open_rattler(records: Iterable[Record], *, longest: float = LONGEST) -> Iterator["RattlerSolver"]:
    """Open a solver on these records; it may be asked from any thread. A question takes ``longest`` seconds at most.

    Every record counts as one of its own, a ``.tar.bz2`` beside its ``.conda`` as well.
    """
    with tempfile.TemporaryDirectory(prefix="ownconda-gate-") as folder, ThreadPoolExecutor(1) as thread:
        solver = RattlerSolver(records, Path(folder), thread, longest)
        try:
            yield solver
        finally:
            solver.close()


class RattlerSolver:
    """A Solver; see `ownconda.conda.solutions`."""

    def __init__(self, records: Iterable[Record], folder: Path, thread: ThreadPoolExecutor, longest: float) -> None:
        # the solver drops all of a name that has one version which it can't read
        known = [record for record in records if is_version(record.version)]
        # two files of one stem would be one package to it; so each gets a name of its own
        self._paths = {f"{record.name.lower()}-0-{number}.conda": record.path for number, record in enumerate(known)}
        index = folder / "repodata.json"
        index.write_text(_repodata(zip(self._paths, known, strict=True)), encoding="utf-8")
        self._data = rattler.SparseRepoData(rattler.Channel(folder.as_uri()), "noarch", index)
        self._thread = thread  # its caller's may be running a loop of its own
        self._longest = longest

    def together(self, wanted: Sequence[Record], machine: Machine) -> Answer:
        """Tell whether exactly these records can be installed together on a machine."""
        unreadable = next((record for record in wanted if not is_version(record.version)), None)
        if unreadable is not None:
            return Unsolvable(words=f"{unreadable.version!r} isn't a version that clients can read")
        return self._thread.submit(asyncio.run, self._answer(wanted, machine)).result()

    def close(self) -> None:
        """Let go of the index file."""
        self._data.close()

    async def _answer(self, wanted: Sequence[Record], machine: Machine) -> Answer:
        try:
            found = await asyncio.wait_for(self._solved(wanted, machine), self._longest + _MARGIN)
        except TimeoutError:
            return self._gave_up()
        except exceptions.SolverError as error:
            if _CANCELLED in str(error):
                return self._gave_up()
            return Unsolvable(words=_readable(sentence(error), wanted))
        except (OSError, ValueError, exceptions.IoError) as error:
            return Unsolvable(words=f"clients can't read it, or what it needs: {sentence(error)}")
        return Solution(paths=frozenset(self._paths[record.file_name] for record in found))

    async def _solved(self, wanted: Sequence[Record], machine: Machine) -> list[rattler.RepoDataRecord]:
        return await rattler.solve_with_sparse_repodata(
            specs=[rattler.MatchSpec(_exactly(record), strict=False) for record in wanted],
            sparse_repodata=[self._data],
            virtual_packages=[_native(one) for one in machine.virtual_packages],
            timeout=dt.timedelta(seconds=self._longest),
            channel_priority=rattler.ChannelPriority.Disabled,
            package_format_selection=rattler.PackageFormatSelection.BOTH,
        )

    def _gave_up(self) -> Unsolvable:
        return Unsolvable(words=f"the solver didn't come to an end in {self._longest:g} s", undecided=True)


def _repodata(records: Iterable[tuple[str, Record]]) -> str:
    listed = ",\n".join(f"{json.dumps(name)}:{record.json}" for name, record in records)
    return f'{{"info":{{"subdir":"noarch"}},"packages":{{}},"packages.conda":{{{listed}}}}}'


def _exactly(record: Record) -> str:
    return f"{record.name}[sha256={record.sha256}]"


def _native(virtual: VirtualPackage) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(
        rattler.PackageName(virtual.name), rattler.Version(virtual.version), rattler.BuildString(virtual.build)
    )


def _readable(words: str, wanted: Sequence[Record]) -> str:
    """Name the wanted records as people do, where the solver repeats our spec."""
    text = words.removeprefix(_PREFACE)
    for record in wanted:
        named = f"{record.name} {record.version} {record.build}"
        for written in (f'{record.name} *[sha256="{record.sha256}"]', f'{record.name} [sha256="{record.sha256}"]'):
            text = text.replace(written, named)
    return text
