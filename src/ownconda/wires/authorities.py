"""Certificate authorities from a file: read, or told as what they are."""

import ssl
from pathlib import Path
from typing import Protocol

from ownconda.errors import Where, WrongInputError


class Context(Protocol):
    """What authorities are added to: the standard library's context, or truststore's."""

    def load_verify_locations(self, cafile: Path) -> None:
        """Add the authorities of a PEM file."""


def load_authorities(context: Context, file: Path, *, setting: str) -> None:
    """Add the certificate authorities of a PEM file to those of ``context``.

    Raises WrongInputError naming ``setting``, by which the file was given.
    """
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise WrongInputError(
            f"holds no certificate authority in PEM format ({error.reason or error})",
            where=Where(file=file),
            hint=f"check {setting}",
        ) from error
    except OSError as error:
        raise WrongInputError(
            f"can't be read as a file of certificate authorities: {error.strerror or error}",
            where=Where(file=file),
            hint=f"check {setting}",
        ) from error
