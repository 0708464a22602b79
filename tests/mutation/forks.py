"""Work done in a process forked for it: what it changes dies with it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from multiprocessing import Pipe
from typing import TypeVar

Result = TypeVar("Result")


class KilledError(Exception):
    """A signal ended the process."""


def in_a_fork(work: Callable[[], Result]) -> Result:
    """Return what the work comes to, or raise KilledError; RuntimeError if the work raised."""
    receiver, sender = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            _be_quiet()
            sender.send((True, work()))
        except BaseException:
            sender.send((False, traceback.format_exc()))
        finally:
            os._exit(0)
    sender.close()
    try:
        has_worked, result = receiver.recv()
    except EOFError:
        raise KilledError from None
    finally:
        receiver.close()
        os.waitpid(child, 0)
    if not has_worked:
        raise RuntimeError(result)
    return result


def _be_quiet() -> None:
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
