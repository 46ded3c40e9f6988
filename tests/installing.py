"""Installers as constructor makes them, made small: a script, programs, and a tar of packages."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

END = "@@END_HEADER@@\n"
SCRIPT = "#!/bin/sh\necho ran > ran.txt\nlast_line=$(grep -anm 1 '^@@END_HEADER@@' \"$0\" | sed 's/:.*//')\n"


def make_installer(
    path: Path, packages: Sequence[Path], *, programs: Sequence[bytes] = (b"\x7fELF" * 99,), sizes: bool = True
) -> Path:
    """Write an installer with packages, behind some programs; without ``sizes``, as older ones are."""
    tar = tar_of({f"pkgs/{one.name}": one.read_bytes() for one in packages})
    payloads = [*(programs if sizes else ()), tar]
    told = "".join(
        f"boundary{number}=$(( boundary{number - 1} + {len(one)} ))\n" for number, one in enumerate(payloads, 1)
    )
    script = f"{SCRIPT}{told if sizes else ''}exit 0\n{END}"
    path.write_bytes(script.encode() + b"".join(payloads))
    return path


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """Make a tar of files, and of what constructor puts beside packages."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in {"preconda.tar.bz2": b"BZh9", "LICENSE.txt": b"read it\n", **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
