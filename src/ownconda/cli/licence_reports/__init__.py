"""A report on licences written: as text, Markdown, one HTML file, JSON, and as a folder of the texts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ownconda.journeys.licences import LINK, Judged, Reaching, Report
from ownconda.policy.copyleft import Copyleft
from ownconda.wires.files import make_folder, write_atomically

SHOWN = 10
"""Ways to copyleft that are shown of each package in text; the other forms have all."""

THIRD_PARTY = "THIRD-PARTY.txt"
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")


def rows(report: Report) -> list[tuple[str, str, str, str, str]]:
    """Give the table: package, version, licence, how far its copyleft reaches, what is wrong."""
    return [
        (one.licence.name, one.licence.version, one.expression or one.licence.said or "-", _word(one), verdict(one))
        for one in report.packages
    ]


def verdict(one: Judged) -> str:
    """Say what is wrong with a package, or that nothing is."""
    said = [*one.missing, *([one.refused] if one.refused else [])]
    return "; ".join(said) or "fine"


def by_target(report: Report) -> Mapping[tuple[str, Copyleft, str], Sequence[Reaching]]:
    """Give the ways to each package under copyleft, by how they lead there."""
    found: defaultdict[tuple[str, Copyleft, str], list[Reaching]] = defaultdict(list)
    for one in report.reaching:
        found[one.target, one.copyleft, one.by].append(one)
    return found


def copyleft_lines(report: Report) -> Iterator[str]:
    """Say in lines which packages reach copyleft, some ways of each."""
    for (target, level, by), ways in by_target(report).items():
        verb = "is linked with" if by == LINK else "requires"
        yield f"{target} ({level.word} copyleft): {len(ways)} {_packages(ways)} {verb} it, directly or not"
        yield from (f"  {' -> '.join(one.way)}" for one in ways[:SHOWN])
        if len(ways) > SHOWN:
            yield f"  and {len(ways) - SHOWN} more: --json, --markdown and --html tell all"


def markdown(report: Report) -> str:
    """Write it as Markdown, without the texts."""
    lines = [f"# Licences of {_cell(report.subject)}", "", "| package | version | licence | copyleft | verdict |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows(report)]
    lines += ["", "## What reaches copyleft", ""]
    for (target, level, by), ways in by_target(report).items():
        verb = "linked with" if by == LINK else "required"
        lines += [f"- **{_cell(target)}** ({level.word}), {verb} by:"]
        lines += [f"  - {_cell(' -> '.join(one.way))}" for one in ways]
    lines += ["", "## What couldn't be read", "", *(f"- {_cell(str(one))}" for one in report.unread)]
    lines += ["", "## What this report doesn't know", "", *(f"- {one}" for one in report.limits)]
    return "\n".join(lines) + "\n"


def html(report: Report) -> str:
    """Write it as one HTML file that holds everything, all texts too; what comes from packages is escaped."""
    environment = Environment(
        loader=PackageLoader("ownconda.cli.licence_reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ways = [
        {"target": target, "level": level.word, "verb": "linked with" if by == LINK else "required", "ways": some}
        for (target, level, by), some in by_target(report).items()
    ]
    return environment.get_template("report.html").render(report=report, rows=_html_rows(report), reached=ways)


def fields(report: Report) -> dict[str, Any]:
    """Write it as JSON; the texts are in it."""
    return {
        "subject": report.subject,
        "fine": report.is_fine,
        "packages": [_fields(one) for one in report.packages],
        "reaching": [
            {
                "name": one.name,
                "target": one.target,
                "copyleft": one.copyleft.word,
                "way": list(one.way),
                "by": one.by,
            }
            for one in report.reaching
        ],
        "unread": [str(one) for one in report.unread],
        "limits": list(report.limits),
    }


def write_texts(report: Report, folder: Path) -> int:
    """Write each text into a folder of its package's, and all into one file; give how many there are.

    Raises OutsideError when the disk refuses.
    """
    make_folder(folder)
    for one in report.packages:
        place = folder / _plain(f"{one.licence.name}-{one.licence.version}-{one.licence.build}")
        for name, text in one.licence.texts.items():
            make_folder(place)
            write_atomically(place / _plain(name), text.encode(errors="replace"))
    write_atomically(folder / THIRD_PARTY, "".join(_third_party(report)).encode(errors="replace"))
    return len(report.texts)


def _third_party(report: Report) -> Iterator[str]:
    yield f"Third-party software in {report.subject}\n\n"
    for name, version, licence, _, _ in rows(report):
        yield f"{name} {version}: {licence}\n"
    for text in report.texts:
        yield f"\n{'=' * 78}\n" + "".join(f"{file}: {name}\n" for file, name in text.owners)
        yield f"{'=' * 78}\n\n{text.content.rstrip()}\n"


def _html_rows(report: Report) -> Sequence[Mapping[str, Any]]:
    ids: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for text in report.texts:
        for file, name in text.owners:
            ids[file].append((text.id, name))
    return [
        {
            "name": one.licence.name,
            "version": one.licence.version,
            "build": one.licence.build,
            "licence": one.expression or one.licence.said or "-",
            "copyleft": _word(one),
            "verdict": verdict(one),
            "fine": verdict(one) == "fine",
            "texts": ids[one.licence.file],
        }
        for one in report.packages
    ]


def _fields(one: Judged) -> dict[str, Any]:
    licence = one.licence
    return {
        "file": licence.file,
        "name": licence.name,
        "version": licence.version,
        "build": licence.build,
        "subdir": licence.subdir,
        "licence": licence.said,
        "expression": one.expression or None,
        "family": licence.family or None,
        "home": licence.home or None,
        "copyleft": one.copyleft.word,
        "missing": list(one.missing),
        "refused": one.refused or None,
        "texts": dict(licence.texts),
    }


def _word(one: Judged) -> str:
    return "-" if one.copyleft is Copyleft.NONE else one.copyleft.word


def _packages(those: Sequence[object]) -> str:
    return "package" if len(those) == 1 else "packages"


def _cell(text: str) -> str:
    """Keep what comes from packages from acting as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split())).replace("\\_", "_")


def _plain(name: str) -> str:
    """Make a file's name of what a package says: no path, and none that begins with a dot."""
    return _UNSAFE.sub("_", name).lstrip(".")[:200] or "_"
