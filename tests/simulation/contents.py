"""What stands in the simulation's records, and what their handler makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from bus.consuming.records import Outcome, Partition, Record, Rejected
from bus.consuming.subscription import Unit
from bus.errors import FieldFault, PoisonError, SystemicError
from bus.events import Draft, Event, Mode
from bus.reasons import Reason
from tests.simulation.pacing import Pace
from tests.simulation.store import REFUSED, FakeConnection
from tests.simulation.tables import Work

TOPIC = "dhs.custody-event.v1"
RECEIPTS = "hhs.delivery-receipt.v1"
GROUP = "hhs-intake"
BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What is the matter with a record."""

    GOOD = "GOOD"
    NONSENSE = "NONSENSE"  # not even its id can be read
    DAMAGED = "DAMAGED"  # a copy of a sound record whose headers can't be read, but for the id
    REFUSED = "REFUSED"  # its handler says that it can never be applied
    FAILING = "FAILING"  # its handler fails, until somebody mends it
    HEALING = "HEALING"  # its handler fails some times, then no more
    BREAKING = "BREAKING"  # its effects break a constraint that is checked at the commit
    UNTELLABLE = "UNTELLABLE"  # what its handler emits can't be published
    FAULTY = "FAULTY"  # a field of it is wrong
    CORRECTING = "CORRECTING"  # corrects another event


MENDED = frozenset({Kind.FAILING, Kind.HEALING, Kind.BREAKING, Kind.UNTELLABLE})
"""What a new release of the handler can apply."""

UNPARSED = frozenset({Kind.NONSENSE, Kind.DAMAGED})
HOPELESS = UNPARSED | {Kind.REFUSED}
"""What can never be applied as it is."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a record says. Copies of one event have the same number and id."""

    number: int
    kind: Kind
    event_id: UUID
    key: bytes | None
    corrects: UUID | None = None

    @property
    def digest(self) -> bytes:
        """What tells copies of an event from a second content under its id."""
        return b"digest-%d" % self.number

    @property
    def value(self) -> bytes:
        """The value of its record."""
        return f"{self.number} {self.kind}".encode()


class Contents:
    """Every content that was written to the log, and how its handler fares with it now."""

    def __init__(self) -> None:
        self.by_value: dict[bytes, Content] = {}
        self.kinds: dict[bytes, Kind] = {}
        self.failures_left: dict[bytes, int] = {}
        self.is_outage = False
        self.is_mended = False
        self._events: dict[bytes, Event] = {}

    def add(self, content: Content, failures: int = 0) -> None:
        """Take up what a record says; an event that heals fails so many times before."""
        self.by_value[content.value] = content
        if content.kind not in UNPARSED:
            self.kinds[content.digest] = content.kind
            self.failures_left[content.digest] = failures

    def parse(self, record: Record, partition: Partition) -> Outcome:
        """Return the event or the rejection: the parser of the simulation."""
        assert record.value is not None
        content = self.by_value[record.value]
        if content.kind is Kind.NONSENSE:
            return Rejected(partition, record, Reason.UNDECODABLE, "not an event")
        if content.kind is Kind.DAMAGED:
            return Rejected(
                partition,
                record,
                Reason.HEADER_INVALID,
                "a header",
                event_id=content.event_id,
                digest=content.digest,
            )
        event = self._events.get(record.value)
        if event is None:
            event = self._events[record.value] = event_of(content, partition, record)
        return event if event.offset == record.offset else replace(event, offset=record.offset)


def event_of(content: Content, partition: Partition, record: Record) -> Event:
    """Return the event of a sound record."""
    fault = FieldFault("note", "is wrong", "correct it")
    return Event(
        id=content.event_id,
        source="dhs.e3/1",
        type="custody",
        subject="child",
        time=BEGINNING,
        recorded_time=BEGINNING,
        sequence=content.number,
        mode=Mode.ACTUAL,
        mode_is_sound=True,
        dataschema="schema",
        data={},
        faults=(fault,) if content.kind is Kind.FAULTY else (),
        causation_id=content.corrects,
        topic=partition.topic,
        partition=partition.number,
        offset=record.offset,
        key=(content.key or b"").decode("utf-8", "replace"),
        appended_at=BEGINNING,
        digest=content.digest,
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What the handler wrote for an event."""

    event: Event


class SimulatedHandler:
    """Writes an effect and emits a message for each event, or fails as the event's kind says."""

    def __init__(self, contents: Contents, pace: Pace) -> None:
        self._contents = contents
        self._pace = pace

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        work = cast(FakeConnection, unit.connection).work
        await self._pace.turn("handler")
        work.require_open()
        if self._contents.is_outage:
            raise SystemicError("what the handler asks is away")
        for event in events:
            self._handle(event, work, unit)
        await self._pace.turn("handled")

    def _handle(self, event: Event, work: Work, unit: Unit) -> None:
        kind = self._kind_now(event)
        data: dict[str, object] = {"caused_by": event.id}
        work.effects.append(Effect(event))
        match kind:
            case Kind.REFUSED:
                raise PoisonError(Reason.HANDLER_REFUSED, "never")
            case Kind.FAILING | Kind.HEALING:
                raise RuntimeError("the handler failed")
            case Kind.BREAKING:
                work.broken_constraints.append(event.id)
            case Kind.UNTELLABLE:
                data[REFUSED] = True
        unit.emit(Draft(topic=RECEIPTS, data=data))

    def _kind_now(self, event: Event) -> Kind:
        """Return what is the matter with the event this time."""
        kind = self._contents.kinds[event.digest]
        if kind is Kind.HEALING and not self._contents.is_mended:
            left = self._contents.failures_left[event.digest]
            self._contents.failures_left[event.digest] = max(0, left - 1)
            return Kind.HEALING if left else Kind.GOOD
        return Kind.GOOD if self._contents.is_mended and kind in MENDED else kind
