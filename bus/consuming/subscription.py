"""What a handler's author sees: a subscription, an event, a unit of work.

Handlers know neither Kafka nor FastStream. A handler has one of two methods::

    async def handle(self, event: Event, unit: Unit) -> None
    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None

and may have two more, told in the same transaction of records that can't be applied, and of dead
letters that officers closed::

    async def handle_rejected(self, rejected: Sequence[Rejected], unit: Unit) -> None
    async def handle_discarded(self, dead_letter_ids: Sequence[UUID], unit: Unit) -> None

A handler must not block the event loop: while it does, the worker can tell neither Kafka nor the
database that it is alive, and loses its partitions and its transaction. What `handle_rejected` or
`handle_discarded` raises stops the group: what follows from a record that can't be read must not be
forgotten, and a gate that isn't fresh is closed.

What a handler raises decides about its record, by the `fault` of the error's class: `PoisonError`
makes it a dead letter at once; `SystemicError` (the database, another service is away) stops the
group until it is over; anything else is tried again, up to a limit, before it is a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

from bus.consuming.records import Rejected
from bus.errors import UsageError
from bus.events import Draft, Event
from bus.storage.connections import Connection
from bus.topics import GROUPS, Topic, find_topic


class Order(StrEnum):
    """What a bad record does to later records of its key.

    ORDERED holds them behind it until its dead letter is closed. INDEPENDENT is for handlers whose
    facts carry their own time: only the bad record is parked.
    """

    ORDERED = "ORDERED"
    INDEPENDENT = "INDEPENDENT"


class Unit(Protocol):
    """One open transaction. Effects and emitted events become durable together, or not at all."""

    @property
    def connection(self) -> Connection:
        """The open transaction in the owner's schema. Never commit it, never roll it back."""
        ...

    def emit(self, draft: Draft) -> None:
        """Publish an event if, and only if, this transaction commits."""
        ...

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do this once, and only if, this transaction has committed: it counts, and can't fail."""
        ...


@runtime_checkable
class EventHandler(Protocol):
    """Applies one event at a time."""

    async def handle(self, event: Event, unit: Unit) -> None:
        """Write the event's effects through the unit."""
        ...


@runtime_checkable
class BatchHandler(Protocol):
    """Applies a batch at a time: for hot topics."""

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        """Write the effects of all events, which are in log order for each key.

        It may be called again with any part of them, in their order: after a failure the engine
        searches for the event that fails.
        """
        ...


@runtime_checkable
class RejectionHandler(Protocol):
    """Wants to know of records that were dead-lettered."""

    async def handle_rejected(self, rejected: Sequence[Rejected], unit: Unit) -> None:
        """Write what follows from records that can't be applied; their dead letters are stored."""
        ...


@runtime_checkable
class DiscardHandler(Protocol):
    """Wants to know of dead letters that officers closed without applying them."""

    async def handle_discarded(self, dead_letter_ids: Sequence[UUID], unit: Unit) -> None:
        """Write what follows from it; their rows say DISCARDED already."""
        ...


Handler = EventHandler | BatchHandler


@dataclass(frozen=True, slots=True)
class Subscription:
    """A group, the topics that it reads, and the handler of their events.

    The group's state stands in the schema of `owner`, beside the handler's effects.
    """

    group: str
    topics: tuple[str, ...]
    handler: Handler
    order: Order = Order.ORDERED

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise UsageError(f"the catalogue has no group {self.group!r}; add it to GROUPS")
        for topic in self.catalogue_topics:
            if self.owner not in topic.readers:
                raise UsageError(f"{self.owner} may not read {topic.name}")

    @property
    def owner(self) -> str:
        """Whose schema holds the group's state."""
        return GROUPS[self.group]

    @property
    def is_ordered(self) -> bool:
        """Whether a failed record holds the later ones of its key."""
        return self.order is Order.ORDERED

    @property
    def catalogue_topics(self) -> list[Topic]:
        """The topics, from the catalogue."""
        return [find_topic(name) for name in self.topics]


class OneByOne:
    """A batch handler from a handler of single events."""

    def __init__(self, handler: EventHandler) -> None:
        self._handler = handler

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        for event in events:
            await self._handler.handle(event, unit)


def as_batch_handler(handler: Handler) -> BatchHandler:
    """Return the handler as one that takes batches. Decided once, not per batch."""
    return handler if isinstance(handler, BatchHandler) else OneByOne(handler)
