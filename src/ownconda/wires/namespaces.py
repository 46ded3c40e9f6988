"""This process given another user and another host name, where Linux lets anybody do so (user_namespaces(7))."""

import ctypes
import os
import socket
from pathlib import Path

CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000


def become(*, user: int, host_name: str) -> bool:
    """Let this process, and what it starts, be ``user`` on a machine called ``host_name``; tell whether that works.

    The process keeps its rights to its own files, and has no others. It may have one thread only.
    """
    us, group = os.getuid(), os.getgid()
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is None or unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0:
        return False
    try:
        socket.sethostname(host_name)
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {us} 1"), ("gid_map", f"{user} {group} 1")):
            Path("/proc/self", name).write_text(text, encoding="ascii")
    except OSError:
        return False
    return True
