"""Ports for programs that a test starts.

Not from the kernel's own choice: what it gives to a probe it may give to an outgoing connection a moment later, before
the program has bound it. Below 32768, the start of that range on Linux, only who names a port gets it; below 30000 no
NodePort of a cluster lies.
"""
import random
import socket

LOWEST, HIGHEST = 20000, 29999
_given = set()


def free_port():
    """A port of loopback that nobody listens on and this process was not given before."""
    for port in random.sample(range(LOWEST, HIGHEST + 1), 1000):
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise AssertionError(f"1,000 ports between {LOWEST} and {HIGHEST} are taken")
