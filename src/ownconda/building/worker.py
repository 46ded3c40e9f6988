"""The process in which packages are built and tested: py-rattler-build, one request a line, one answer a line.

A process of its own, because a build holds the interpreter's lock, changes what it likes, can be killed together
with its compilers, and may take the interpreter down with it. Started by `ownconda.building.builder`.
"""

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import rattler_build
from rattler_build.progress import LogEvent

from ownconda.building.requests import Answer, BuildRequest, SealRequest, TestRequest
from ownconda.building.seal import seal, sealing_of
from ownconda.errors import OwncondaError
from ownconda.wires.confinement import can_confine, write_only_below
from ownconda.wires.orphans import adopt_orphans, end_children

NOT_UTF8 = "stream did not contain valid UTF-8"


class _Log:
    """Writes what the builder says, line by line, to a file that can be read meanwhile.

    py-rattler-build 0.73 stops to read what a script prints at the first byte that isn't UTF-8, and the script then
    waits for ever. So that is the end: ``give_up`` answers, and the process group goes.
    """

    def __init__(self, file: IO[str], give_up: Callable[[Answer], None]) -> None:
        self._file, self._give_up = file, give_up

    def on_log(self, event: LogEvent) -> None:
        self._file.write(f"{event.message.rstrip()}\n")
        self._file.flush()  # a script may hang after any line
        if NOT_UTF8 in event.message:
            self._give_up(Answer(ok=False, reason="a script printed something that isn't UTF-8", last=True))
            os.killpg(0, signal.SIGKILL)

    def on_build_step(self, event: object) -> None:
        """Do nothing: steps are logged as well."""

    def on_download_start(self, event: object) -> None:
        """Do nothing: sources are at hand."""

    def on_download_progress(self, event: object) -> None:
        """Do nothing: sources are at hand."""

    def on_download_complete(self, event: object) -> None:
        """Do nothing: sources are at hand."""


def main(folders: Sequence[str]) -> None:
    """Answer requests from stdin until it ends; answers go to what stdout is when it begins.

    Below ``folders`` alone may it and its scripts write, where there are any and the system can see to that.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver ends us
    descriptor = os.dup(sys.stdout.fileno())  # not inherited: what a script leaves running must not keep it open
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    adopt_orphans()
    watchdog = _end_with_driver(answers_to=descriptor)
    _settle()
    if folders and can_confine():
        write_only_below(map(Path, folders))
    with os.fdopen(descriptor, "w") as answers:

        def reply(answer: Answer) -> None:
            answers.write(json.dumps(asdict(answer)) + "\n")
            answers.flush()

        for line in sys.stdin:
            request = json.loads(line)
            reply(_guarded(request["log"], _ACTS[request.pop("kind")], request, give_up=reply))
            end_children(apart_from=watchdog)
    os._exit(0)  # py-rattler 0.28 can crash while the interpreter is taken down


def _settle() -> None:
    """Make the environment the same on every machine, as far as scripts inherit it.

    Scripts get what conda-build would pass on (MAKEFLAGS is needed): these flags are of no concern to a package.
    """
    for name in ("CFLAGS", "CXXFLAGS", "LDFLAGS"):
        os.environ.pop(name, None)
    os.environ |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    os.umask(0o022)


def _end_with_driver(*, answers_to: int) -> int:
    """Fork a watchdog that ends this process group, compilers and all, once nobody holds the other end of stdin.

    Gives its process id.

    A thread couldn't: while it builds, py-rattler-build doesn't let go of the interpreter's lock.
    """
    watchdog = os.fork()
    if watchdog:
        return watchdog
    os.close(answers_to)
    hangup = select.poll()
    hangup.register(sys.stdin.fileno(), 0)
    hangup.poll()
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _guarded(
    log: str,
    act: Callable[[dict[str, Any], _Log], Answer],
    request: dict[str, Any],
    *,
    give_up: Callable[[Answer], None],
) -> Answer:
    with Path(log).open("a", encoding="utf-8", errors="replace") as file:
        try:
            return act(request, _Log(file, give_up))
        except rattler_build.RattlerBuildError as error:
            reason = str(error).removeprefix("PyRattlerBuildError: ").strip()
            file.write(f"{reason}\n")
            return Answer(ok=False, reason=reason)
        except OwncondaError as error:
            return Answer(ok=False, reason=str(error))


def _build(fields: dict[str, Any], log: _Log) -> Answer:
    request = BuildRequest(**fields)  # builder.py wrote it from the same class
    recipe = rattler_build.Stage0Recipe.from_file(request.recipe)
    variants = rattler_build.VariantConfig(
        {key: [value] for key, value in request.variant.items() if key != "target_platform"}
    )
    target = request.variant.get("target_platform")
    platform = rattler_build.PlatformConfig(target_platform=None if target == "noarch" else target)
    rendered = recipe.render(
        variants, rattler_build.RenderConfig(platform=platform, extra_context=dict(request.context))
    )
    wanted = [
        one
        for one in rendered
        if one.recipe.package.name == request.name and str(one.recipe.build.string) == request.build
    ]
    if not wanted:
        return Answer(ok=False, reason=f"the recipe no longer renders to {request.name} {request.build}")
    work = Path(request.output) / "bld" / f"rattler-build_{request.name}" / "work"
    os.environ |= {"CPU_COUNT": str(request.cores), "HOME": str(work)}
    result = wanted[0].run_build(
        rattler_build.ToolConfiguration(
            keep_build=request.keep, test_strategy="skip", use_zstd=True, use_sharded=False
        ),
        output_dir=request.output,
        channels=request.channels,
        progress_callback=log,
        no_build_id=True,
        package_format="conda:1",
        env_isolation=rattler_build.EnvironmentIsolation.CONDA_BUILD,
    )
    return Answer(ok=True, package=str(result.packages[0]))


def _seal(fields: dict[str, Any], _: _Log) -> Answer:
    request = SealRequest(**fields)
    seal(Path(request.package), Path(request.target), sealing_of(request.sealing))
    return Answer(ok=True, package=request.target)


def _test(fields: dict[str, Any], log: _Log) -> Answer:
    request = TestRequest(**fields)
    package = rattler_build.Package.from_file(request.package)
    results = package.run_tests(channel=request.channels, progress_callback=log)
    failed = [str(result.test_index + 1) for result in results if not result.success]
    if failed:
        return Answer(ok=False, reason=f"test {', '.join(failed)} of {len(results)} failed")
    return Answer(ok=True, package=request.package)


_ACTS: Mapping[str, Callable[[dict[str, Any], _Log], Answer]] = MappingProxyType(
    {"build": _build, "seal": _seal, "test": _test}
)


if __name__ == "__main__":
    main(sys.argv[1:])
