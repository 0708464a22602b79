"""Commands that run at the same time take turns."""

from __future__ import annotations

import threading
from pathlib import Path

from bus.local.locks import exclusive


def test_a_second_holder_waits_and_says_so(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    said = threading.Event()
    got = threading.Event()

    def second() -> None:
        with exclusive(lock, lambda _message: said.set()):
            got.set()

    with exclusive(lock, lambda _message: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert said.wait(10)
        assert not got.is_set()
    thread.join(10)

    assert got.is_set()


def test_a_lock_that_was_removed_under_a_waiter_does_not_let_two_in(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    said = threading.Event()
    seen: list[bool] = []

    def second() -> None:
        with exclusive(lock, lambda _message: said.set()):
            seen.append(lock.exists())

    with exclusive(lock, lambda _message: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert said.wait(10)
        lock.unlink()
    thread.join(10)

    assert seen == [True]
