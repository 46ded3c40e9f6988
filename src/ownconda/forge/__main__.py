"""``python -m ownconda.forge``: the server's own process, which `ownconda forge serve` turns into."""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ownconda import __version__
from ownconda.errors import OwncondaError
from ownconda.exit_codes import BROKEN, exit_code
from ownconda.forge.logs import start_log
from ownconda.forge.receiving import LARGEST_REQUEST
from ownconda.forge.serving import serve
from ownconda.settings.loading import load
from ownconda.settings.tree import Settings
from ownconda.wires.heap import give_back_what_is_large


def main(arguments: Sequence[str]) -> int:
    """Serve, and give the exit code (see the table in the reference)."""
    gc.set_threshold(50_000, 20, 100)  # a forge keeps much: looking for garbage among it takes a tenth of its time
    give_back_what_is_large()
    parser = argparse.ArgumentParser("ownconda.forge", description="Serve a forge.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--largest-upload", type=int, default=LARGEST_REQUEST, help="bytes a request")
    parser.add_argument("--keep-free", type=int, help="bytes of the disk; below that no upload is taken")
    parser.add_argument("--tls-certificate", type=Path, help="the forge's certificate, to end TLS with")
    parser.add_argument("--tls-key", type=Path, help="its private key")
    parser.add_argument("--client-certificates", action="store_true", help="let only certified clients connect")
    parser.add_argument("--while-stdin", action="store_true", help="stop when stdin ends: for a program that starts it")
    chosen = parser.parse_args(arguments)
    try:
        settings = _settings(chosen)
        start_log(settings.forge.log, requests=settings.forge.log_requests)
        return serve(
            chosen.folder,
            host=chosen.host,
            port=chosen.port,
            largest_upload=chosen.largest_upload,
            settings=settings,
            keep_free=chosen.keep_free,
            tell=_tell,
            until=sys.stdin.buffer if chosen.while_stdin else None,
        )
    except OwncondaError as error:
        _show(error)
        return exit_code(error)
    except Exception:  # noqa: BLE001  (the last line of defence: exit code 4, and what to report)
        traceback.print_exc()
        sys.stderr.write(f"error: the forge of ownconda {__version__} itself broke; please report the lines above\n")
        return BROKEN


def _settings(chosen: argparse.Namespace) -> Settings:
    loaded = load(chosen.folder.absolute(), os.environ)
    forge = replace(
        loaded.forge,
        tls_certificate=chosen.tls_certificate or loaded.forge.tls_certificate,
        tls_key=chosen.tls_key or loaded.forge.tls_key,
        client_certificates=chosen.client_certificates or loaded.forge.client_certificates,
    )
    return replace(loaded, forge=forge)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(error: OwncondaError) -> None:
    for problem in error.problems:
        sys.stderr.write(f"error: {problem}\n")
        if problem.hint:
            sys.stderr.write(f"hint: {problem.hint}\n")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # native threads may still run, and crash while the interpreter is taken down
