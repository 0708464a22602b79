"""Where a process of the bus listens."""

from __future__ import annotations

import socket

from bus.serving import bind


def test_no_part_of_an_answer_waits_for_the_receipt_of_another() -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()) as asker:
            accepted, _ = listener.accept()
            with accepted:
                delay = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert asker.fileno() == -1
    assert delay == 1
