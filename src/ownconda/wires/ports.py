"""Ports of this machine."""

import socket


def bindable_port(host: str, port: int) -> int:
    """Give ``port`` when it could be listened on right now; for 0, one that the system has free.

    Raises OSError when it couldn't: somebody listens there, or it isn't ours to use.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def free_port(host: str, preferred: int) -> int:
    """Give ``preferred`` when it could be listened on, else a port that could."""
    try:
        return bindable_port(host, preferred)
    except OSError:
        return bindable_port(host, 0)
