"""Ports of this machine."""

import socket


def free_port(host: str, preferred: int) -> int:
    """Give ``preferred`` when nothing listens there, else a port that the system has free right now."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return preferred
