"""Which port a server gets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from bus.errors import UnavailableError
from bus.local import ports


@pytest.fixture
def taken_port() -> Iterator[int]:
    port = ports.find_free()
    with socket.create_server((ports.HOST, port)):
        yield port


def test_a_wanted_port_that_is_taken_is_named(taken_port: int) -> None:
    with pytest.raises(UnavailableError, match=f"port {taken_port} .* Kafka .* is taken"):
        ports.choose("Kafka", wanted=taken_port, recorded=0)


def test_the_wanted_port_comes_before_the_recorded_one() -> None:
    wanted, recorded = ports.find_free(), ports.find_free()

    assert ports.choose("Kafka", wanted, recorded) == wanted


def test_the_recorded_port_is_taken_again_while_it_is_free() -> None:
    recorded = ports.find_free()

    assert ports.choose("Kafka", 0, recorded) == recorded


def test_another_port_is_taken_when_the_recorded_one_is_not_free(taken_port: int) -> None:
    chosen = ports.choose("Kafka", 0, taken_port)

    assert chosen != taken_port
    assert ports.is_free(chosen)


def test_two_servers_never_share_a_port() -> None:
    port = ports.find_free()

    assert ports.choose("Postgres", wanted=0, recorded=port, taken={port}) != port
    with pytest.raises(UnavailableError, match=f"port {port} .* Postgres"):
        ports.choose("Postgres", wanted=port, recorded=0, taken={port})
