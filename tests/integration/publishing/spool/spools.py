"""A spool in a directory of its own, for a test to use, bend and look into."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.publishing.entries import Published
from bus.publishing.spool import Spool
from tests.integration.publishing.harness import custody


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """DHS's spool at a path."""

    path: Path

    @property
    def mark(self) -> Path:
        """The mark beside it."""
        return self.path.with_name(self.path.name + ".mark")

    def spool(self) -> Spool:
        """Return the spool."""
        return Spool(self.path, "dhs", SystemClock(), packaged())

    def publish(self, count: int = 1) -> list[Published]:
        """Publish in a connection and a transaction of their own."""
        spool = self.spool()
        with closing(spool.connect()) as connection, connection.transaction():
            return spool.publish(connection, custody(count))

    def stored(self) -> dict[str, list[int]]:
        """Return the numbers that each source has, in order."""
        found = defaultdict(list)
        query = (
            "SELECT source, sequence FROM spool_event JOIN spool_stream USING (stream_id)"
            " ORDER BY stream_id, sequence"
        )
        with self.looked_into() as connection:
            for source, sequence in connection.execute(query):
                found[source].append(sequence)
        return dict(found)

    def reasons(self) -> list[str]:
        """Return why the file took each of its identities."""
        with self.looked_into() as connection:
            rows = connection.execute("SELECT reason FROM spool_store ORDER BY opened_at")
            return [reason for (reason,) in rows]

    @contextmanager
    def looked_into(self) -> Iterator[sqlite3.Connection]:
        """Open it as any program can."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection


def numbers_up_to(last: int) -> list[int]:
    """Return what a source's numbers have to be."""
    return list(range(1, last + 1))
