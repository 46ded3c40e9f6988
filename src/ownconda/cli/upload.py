"""``ownconda upload``: packages and installers to a channel of a forge."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.package_files import found_packages
from ownconda.cli.plain_text import visible
from ownconda.cli.signing import signing
from ownconda.cli.terminal import print_json, progress, settings
from ownconda.conda.package_files import read_package
from ownconda.errors import Problem, WrongInputError
from ownconda.journeys.uploading import upload
from ownconda.wires.progress import Progress

EPILOG = """\b
Example:
  ownconda upload -c testing .ownconda/channel
  ownconda upload zlib-1.3.1-h1_0.conda
  ownconda upload -c stable own-2026.11.20.sh"""


@click.command("upload", epilog=EPILOG)
@click.option("-c", "--channel", default="testing", show_default=True, help="The channel that they go to.")
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.argument("places", nargs=-1, required=True, metavar="FILES|FOLDERS...", type=click.Path(path_type=Path))
def command(channel: str, forge_url: str | None, as_json: bool, places: tuple[Path, ...]) -> None:
    """Upload packages and installers to a channel of a forge.

    Folders are searched for .conda and .tar.bz2 files; installers (.sh) have to be named. Each package is checked
    before anything is sent. One that is there already is fine, and isn't sent again; one whose file name stands for
    other contents is refused. A connection that is lost is made anew; when that doesn't help, or you interrupt it, the
    same command goes on where it was.

    What a build wrote beside a package (provenance, SPDX) goes with it, and a statement that names the channel (CEP
    27). All of that is signed with the key of the setting signing.key or, in a job of GitLab, by the id token in
    SIGSTORE_ID_TOKEN. When it can't be signed, nothing is uploaded.
    """
    watched, sign = progress(), signing(settings())
    installers = [place for place in places if place.suffix == ".sh" and place.is_file()]
    files = found_packages(place for place in places if place not in installers)
    check_packages(files, watched)
    with forge_client(forge_url) as forge:
        uploaded = upload(forge, channel, files, installers=installers, sign=sign, progress=watched)
    if as_json:
        print_json({"channel": channel, "files": [asdict(one) for one in uploaded]})
        return
    for one in uploaded:
        click.echo(f"{'there already' if one.there_already else 'added':13}  {visible(one.path)}")
    counted = Counter(one.there_already for one in uploaded)
    signed = "" if not any(one.sidecars for one in uploaded) else ", signed" if sign else ", not signed"
    click.echo(f"{channel}: {counted[False]} added, {counted[True]} there already{signed}", err=True)


def check_packages(files: Sequence[Path], watched: Progress) -> None:
    """Read each package to its end. Raises WrongInputError that tells all that is wrong with any of them."""
    problems: list[Problem] = []
    with watched.bar("checking packages", len(files)) as bar:
        for file in files:
            bar.say(file.name)
            try:
                read_package(file)
            except WrongInputError as error:
                problems.extend(error.problems)
            bar.advance(1)
    if problems:
        raise WrongInputError.of(problems)
