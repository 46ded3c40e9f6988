"""``ownconda channel tested``: results of tests that gates ask for."""

from dataclasses import asdict

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.tested import TestResult, post_results, results


@click.command(
    "tested",
    short_help="Note what came of tests; list results.",
    epilog="""\b
Example:
  ownconda channel tested stable
  ownconda channel tested stable app --with "lib 2.*" --from staging --passed
  ownconda channel tested staging lib --failed --log https://gitlab.example/jobs/7""",
)
@click.argument("channel")
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
@click.option("--passed/--failed", "passed", default=None, help="Note what came of the tests.")
@click.option("--with", "others", multiple=True, metavar="SPEC", help="They ran with these packages; repeatable.")
@click.option("--from", "source", metavar="CHANNEL", help="The channel that has those (default: the same).")
@click.option("--log", metavar="URL", default="", envvar="CI_JOB_URL", help="Where the tests' log is.")
@forge_option
@json_option
def tested(
    channel: str,
    specs: tuple[str, ...],
    passed: bool | None,
    others: tuple[str, ...],
    source: str | None,
    log: str,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Note that the tests of what SPEC chooses in CHANNEL passed or failed; without either, list what is known.

    A gate with the setting `tests` lets a package in when what needs it has passed its tests with it. `ownconda
    test-package --dependents --post` runs them, and notes the results itself.
    """
    if passed is None and (others or source):
        raise click.UsageError("What was tested --with what needs --passed or --failed.")
    if passed is not None and not specs:
        raise click.UsageError("Say what was tested: a SPEC.")
    if source and not others:
        raise click.UsageError("--from says where those are that are named by --with.")
    with forge_client(forge_url) as forge:
        if passed is not None:
            beside = tuple(one for spec in others for one in _digests(forge, source or channel, spec))
            status = "passed" if passed else "failed"
            said = [
                TestResult(package=one, together_with=beside, status=status, log=log)
                for spec in specs
                for one in _digests(forge, channel, spec)
            ]
            post_results(forge, said)
        known = results(forge, channel, specs)
    if as_json:
        print_json([asdict(one) for one in known])
    else:
        rows = [(one.package, one.together_with, one.status, one.author, one.at, one.log) for one in known]
        print_table(("TESTS OF", "WITH", "RESULT", "BY", "AT", "LOG"), rows)


def _digests(forge: ForgeClient, channel: str, spec: str) -> list[str]:
    return [one.sha256 for one in forge.packages(channel, (spec,))]


COMMANDS = (tested,)
