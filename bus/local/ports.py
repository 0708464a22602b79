"""Ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass

from bus.errors import UnavailableError

HOST = "127.0.0.1"
# Below Linux's range for outgoing connections: inside it, a client that calls while the server
# is away can be given that very port, and then talks to itself.
CANDIDATES = range(20000, 30000)
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Detour:
    """A second way to a broker: it listens at `port`, and tells clients to come to the other.

    A proxy listens at `advertised_port`: what a client sends then passes through it, for a
    client goes where the broker tells it to.
    """

    port: int
    advertised_port: int


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def find_free(taken: Collection[int] = ()) -> int:
    """Return a port that is free now and not in `taken`."""
    for port in random.sample(CANDIDATES, _TRIES):
        if port not in taken and is_free(port):
            return port
    raise UnavailableError(
        f"no free port was found in {_TRIES} tries between {CANDIDATES[0]} and "
        f"{CANDIDATES[-1]} on {HOST}; set the ports yourself, or stop what holds them"
    )


def choose(what: str, wanted: int, recorded: int, taken: Collection[int] = ()) -> int:
    """Return the port to use: the wanted one, else the one last used, else a free one.

    Raises UnavailableError when the wanted one is taken.
    """
    if wanted:
        if wanted in taken or not is_free(wanted):
            raise UnavailableError(
                f"port {wanted} on {HOST}, which {what} was to use, is taken already. "
                "Stop what holds it, or choose another port (0 for any free one)."
            )
        return wanted
    if recorded and recorded not in taken and is_free(recorded):
        return recorded
    return find_free(taken)
