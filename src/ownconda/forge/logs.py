"""The forge's log, on stderr: lines for people, or one JSON object a line for machines."""

import logging
import time

from pythonjsonlogger.json import JsonFormatter

from ownconda.errors import Where, WrongInputError

TEXT, JSON = "text", "json"
_WORDS = {logging.INFO: "note"}
"""What a line begins with where it isn't its level's name."""


def start_log(style: str, *, requests: bool) -> None:
    """Let all that ownconda logs go to stderr from now on. Raises WrongInputError for a style that there isn't."""
    if style not in {TEXT, JSON}:
        where = Where(file="forge.log")
        raise WrongInputError(f"there is no log of {style!r}", where=where, hint=f"it is {TEXT} or {JSON}")
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines() if style == TEXT else _objects())
    log = logging.getLogger("ownconda")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    logging.getLogger("ownconda.forge.requests").setLevel(logging.INFO if requests else logging.WARNING)


class _Lines(logging.Formatter):
    """Says it as commands do: ``warning: …``; a request with who asked, how long it took and how much it got."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (its base's name)
        asked = getattr(record, "seconds", None)
        if asked is None:
            return f"{_WORDS.get(record.levelno, record.levelname.lower())}: {record.message}"
        told = vars(record)
        rest = f"{told['seconds']:.3f} s, {told['bytes']} bytes, {told['who']} at {told['address'] or '?'}"
        return f"{self.formatTime(record)} {record.message} ({rest})"


def _objects() -> logging.Formatter:
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    formatter = JsonFormatter(form, rename_fields=names)
    formatter.default_time_format, formatter.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"
    formatter.converter = time.gmtime
    return formatter
