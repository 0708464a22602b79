"""Programs that publish to a spool, or relay it, in processes of their own, to be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Concatenate, ParamSpec

from bus.publishing.spool import Spool
from bus.publishing.spool.connections import SpoolConnection
from bus.publishing.spool.relaying import SpoolStore
from tests.integration.publishing.harness import TOPIC, custody
from tests.integration.publishing.spool.spools import SpoolFile

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

BATCH = 3

P = ParamSpec("P")


@contextmanager
def process(
    work: Callable[Concatenate[Connection, P], None], *arguments: P.args, **named: P.kwargs
) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run a function in a process, which is killed at the end; it is given one end of a pipe."""
    here, there = FORKS.Pipe()
    running = FORKS.Process(target=work, args=(there, *arguments), kwargs=named, daemon=True)
    running.start()
    there.close()
    try:
        yield running, here
    finally:
        running.kill()
        running.join()
        here.close()


def publish_on(pipe: Connection, path: Path, transactions: int) -> None:
    """Publish a batch in each transaction, with a row of the program's own; tell of each commit."""
    spool = SpoolFile(path).spool()
    with closing(spool.connect()) as connection:
        _publish(pipe, spool, connection, transactions)


def publish_and_die(pipe: Connection, path: Path, transactions: int) -> None:
    """Publish, and end without closing anything, so that the write-ahead log stays."""
    spool = SpoolFile(path).spool()
    _publish(pipe, spool, spool.connect(), transactions)
    os._exit(0)


def _publish(pipe: Connection, spool: Spool, opened: SpoolConnection, transactions: int) -> None:
    opened.execute("CREATE TABLE IF NOT EXISTS own (note TEXT)")
    for _ in range(transactions):
        with opened.transaction():
            opened.execute("INSERT INTO own VALUES ('batch')")
            published = spool.publish(opened, custody(BATCH))
        pipe.send([(each.source, each.sequence) for each in published])


def hold_lock(pipe: Connection, path: Path) -> None:
    """Be the topic's relay until killed."""
    asyncio.run(_hold_lock(pipe, path))


async def _hold_lock(pipe: Connection, path: Path) -> None:
    store = await SpoolStore.open(path, "dhs")
    pipe.send(await store.try_lock(TOPIC))
    await asyncio.Event().wait()
