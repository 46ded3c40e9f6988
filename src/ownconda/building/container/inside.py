"""The first process of a container: it starts the worker, and takes everything with it when it ends.

Whatever else runs in the container is ended by the kernel together with its first process.
"""

import os
import signal
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Be the worker's parent. The arguments are the job server's file, and the descriptor that it is opened at."""
    child = os.fork()
    if child:
        _stay_with(child)
    os.setsid()
    file, descriptor = arguments
    _open_job_server(file, int(descriptor))
    from ownconda.building import worker  # noqa: PLC0415  (a process that has threads mustn't be forked)

    worker.main(())


def _stay_with(worker: int) -> None:
    """Reap what ends, until it is the worker. A signal ends everything: the kernel has no defaults for process 1."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda received, _: os._exit(128 + received))
    ended, status = 0, 0
    while ended != worker:
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _open_job_server(file: str, descriptor: int) -> None:
    opened = os.open(file, os.O_RDWR)
    os.dup2(opened, descriptor, inheritable=True)
    if opened != descriptor:
        os.close(opened)
