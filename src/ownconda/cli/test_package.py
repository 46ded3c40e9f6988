"""``ownconda test-package``: tests of packages that are there already, in fresh environments."""

import functools
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.building.output import state_folder
from ownconda.building.package_checks.channel_files import folder_of
from ownconda.building.package_tests.candidates import Candidate
from ownconda.building.package_tests.gathering import Shelf, asked_for, channel_of, depending
from ownconda.building.package_tests.results import Result
from ownconda.building.package_tests.running import TestBench, run_tests
from ownconda.building.scratch import scratch_folder
from ownconda.cli import terminal
from ownconda.cli.build_limits import build_limits
from ownconda.cli.build_machine import build_machine
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import show_error
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.package_files import found_packages
from ownconda.conda.names import EXTENSIONS
from ownconda.conda.trust import trust
from ownconda.exit_codes import exit_code, joint_exit_code
from ownconda.forge_client.tested import TestResult, post_results
from ownconda.wires.files import write_atomically
from ownconda.wires.http import session
from ownconda.wires.junit import Case, junit

EPILOG = "Example: ownconda test-package .ownconda/channel/linux-64/zlib-*.conda --channel stable --dependents"


@click.command("test-package", epilog=EPILOG)
@click.argument("packages", nargs=-1, required=True)
@click.option("-c", "--channel", "channels", multiple=True, help="A channel to take other packages from; repeatable.")
@click.option("--dependents", is_flag=True, help="Also test what depends on them in the channels, with them in front.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="How many packages to test at a time.")
@click.option("--in", "image", metavar="IMAGE", help="Test in containers of this image, with podman or docker.")
@click.option("--junit", "xml", metavar="FILE", type=click.Path(path_type=Path), help="Write JUnit's XML.")
@click.option("--post", is_flag=True, help="Note the results in the forge, for its gates.")
@click.option("--log", metavar="URL", default="", envvar="CI_JOB_URL", help="With --post: where the tests' log is.")
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
def command(
    packages: tuple[str, ...],
    channels: tuple[str, ...],
    dependents: bool,
    jobs: int | None,
    image: str | None,
    xml: Path | None,
    post: bool,
    log: str,
    forge_url: str | None,
    as_json: bool,
) -> int:
    """Run the tests inside PACKAGES: package files, folders of them, or match specs that a channel has.

    Each is installed, with what it and its tests need, into an environment of its own: from the packages named, the
    channel on disk that such a file stands in, the channels given (default: those of the settings), and nowhere else.
    """
    settings, progress = terminal.settings(), terminal.progress()
    trust(settings.ca_file, os.environ)
    files = found_packages(Path(one) for one in packages if _is_place(one))
    addresses = channel_addresses(channels, settings)
    around = tuple(dict.fromkeys((*(place for one in files if (place := folder_of(one))), *addresses)))
    machine = build_machine(image, around, settings, offline=settings.offline)
    state = state_folder(settings.build.output)
    with scratch_folder(state / "work") as folder:
        http = functools.cache(lambda: session(ca_file=settings.ca_file))
        shelf = Shelf(folder=folder / "fetched", channels=around, session=http)
        tested = asked_for(files, [one for one in packages if not _is_place(one)], shelf)
        front = channel_of(tested, folder / "front")
        candidates = [*tested, *(depending(tested, shelf) if dependents else ())]
        bench = TestBench(
            machine=machine,
            limits=build_limits(settings, jobs=jobs),
            channels=(front, *around),
            logs=state / "logs",
            work=state / "work",
            read=(folder, *{one.file.parent for one in candidates}),
        )
        results = run_tests(candidates, bench, progress)
    if xml:
        write_atomically(xml, junit("ownconda test-package", [_case(one) for one in results]))
    if post:
        with forge_client(forge_url) as forge:
            post_results(forge, [_told(one, tested, log) for one in results if one.status != "not here"])
    return _report(results, as_json=as_json)


def _is_place(given: str) -> bool:
    return given.endswith(EXTENSIONS) or os.sep in given or Path(given).is_dir()


def _report(results: Sequence[Result], *, as_json: bool) -> int:
    if as_json:
        terminal.print_json([_entry(one) for one in results])
    else:
        rows = [(one.status, one.candidate.record.path, _remark(one)) for one in results]
        terminal.print_table(("", "PACKAGE", "WHY"), rows)
    for result in results:
        if result.error:
            show_error(result.error)
    counts = Counter(one.status for one in results)
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()), err=True)
    return joint_exit_code(exit_code(one.error) for one in results if one.error)


def _told(result: Result, tested: Sequence[Candidate], log: str) -> TestResult:
    """Tell a forge of a result: what was asked for was installed before anything else of its names."""
    front = tuple(one.record.sha256 for one in tested)
    return TestResult(package=result.candidate.record.sha256, together_with=front, status=result.status, log=log)


def _remark(result: Result) -> str:
    return result.reason if result.status == "not here" else _why(result.candidate)


def _why(candidate: Candidate) -> str:
    return candidate.because or "asked for"


def _entry(result: Result) -> dict[str, object]:
    return {
        "package": result.candidate.record.path,
        "status": result.status,
        "seconds": round(result.seconds, 3),
        "why": _why(result.candidate),
        "reason": result.reason,
    }


def _case(result: Result) -> Case:
    record = result.candidate.record
    failed = result.status == "failed"
    return Case(
        group=record.name,
        name=record.path,
        file=str(result.candidate.file),
        seconds=result.seconds,
        failure=result.reason.partition("\n")[0] if failed else "",
        details=result.reason if failed else "",
        skipped=result.reason or result.status if result.status in {"no tests", "not here"} else "",
    )
