"""The port between the relay and a store of events: an outbox in Postgres, or a local file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bus.errors import FaultError


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a topic's events that Kafka has not confirmed amount to."""

    topic: str
    depth: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it will stand in Kafka, and its place in its source's order."""

    source: str
    sequence: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where Kafka put a record."""

    source: str
    sequence: int
    partition: int
    offset: int


class UnconfirmedRow(NamedTuple):
    """An event as stores keep it; `confirmed` is how far Kafka has confirmed its source."""

    source: str
    confirmed: int
    sequence: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, str]]


def in_sequence(store: str, topic: str, rows: Iterable[UnconfirmedRow]) -> list[StoredRecord]:
    """Return the rows as records; raise FaultError where a source's numbers have a hole."""
    following: dict[str, int] = {}
    records = []
    for row in rows:
        expected = following.get(row.source, row.confirmed + 1)
        if row.sequence != expected:
            raise FaultError(
                f"{store} lacks event {expected} of {row.source} on {topic}, and has later ones: "
                "restore that row, nothing more is sent before"
            )
        following[row.source] = expected + 1
        headers = [(name, text.encode()) for name, text in row.headers]
        records.append(StoredRecord(row.source, row.sequence, row.key, row.value, headers))
    return records


class RelayStore(Protocol):
    """A store as its relay sees it: one session, which holds locks until it ends.

    Every method raises UnavailableError when the session is lost; its locks are lost with it.
    """

    async def backlog(self) -> list[Backlog]:
        """Return every topic that has unconfirmed events. Cheap: it is asked all the time."""
        ...

    async def try_lock(self, topic: str) -> bool:
        """Try to become the only relay of this topic; return whether it succeeded."""
        ...

    async def lowest_unconfirmed(self, topic: str, limit: int) -> list[StoredRecord]:
        """Return the next unconfirmed records, each source's without a hole and in its order.

        Sources share the limit, so that none waits behind another's backlog.
        """
        ...

    async def confirm(self, topic: str, placements: Sequence[Placement]) -> None:
        """Record where Kafka put the lowest unconfirmed records of each source, all or none.

        Raises FencedError when another relay has confirmed one of them.
        """
        ...

    async def close(self) -> None:
        """End the session and give its locks back."""
        ...
