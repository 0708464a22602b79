"""What operators do, and handlers that fail for as long as a test wants them to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bus.audit.auditing import run_audit
from bus.deadletters.letters import Filter
from bus.deadletters.requests import Action, Request, Wish, find_candidates, store_request
from bus.errors import PoisonError
from bus.events import Event
from bus.storage.connections import connect
from tests.integration.consuming.harness import GROUP, Bench, EffectHandler
from tests.records import RawRecord

OPERATOR = "operator:o-4"
SUPERVISOR = "supervisor:s-2"


def refusal() -> Exception:
    """Return the error of a handler that will never apply an event."""
    return PoisonError("HANDLER_REFUSED", "a test refuses it")


@dataclass
class Refusing:
    """Raises for batches with one of these events."""

    ids: set[UUID] = field(default_factory=set)
    error: Callable[[], Exception] = refusal
    tries: int = 0

    def refuse(self, *records: RawRecord) -> None:
        """Refuse these from now on."""
        self.ids |= {record.event_id for record in records}

    def relent(self) -> None:
        """Refuse nothing any more."""
        self.ids.clear()

    async def __call__(self, events: Sequence[Event]) -> None:
        if any(event.id in self.ids for event in events):
            self.tries += 1
            raise self.error()


def refusing(*records: RawRecord, error: Callable[[], Exception] = refusal) -> EffectHandler:
    """Return a handler that refuses these records until `relent` of its `before` is called."""
    return EffectHandler(Refusing({record.event_id for record in records}, error))


def relent(handler: EffectHandler) -> None:
    """Let the handler refuse nothing any more."""
    assert isinstance(handler.before, Refusing)
    handler.before.relent()


async def redrive(bench: Bench, chosen: Filter | None = None, **terms: float) -> Request:
    """Ask for a redrive of open dead letters: of all of them, unless some are chosen."""
    wish = Wish(Action.REDRIVE, OPERATOR, **terms)  # type: ignore[arg-type]
    return await _ask(bench, chosen or Filter(state="OPEN", kind="RECORD"), wish)


async def discard(bench: Bench, chosen: Filter | None = None) -> Request:
    """Ask that open dead letters be discarded: all of them, unless some are chosen."""
    wish = Wish(Action.DISCARD, OPERATOR, approved_by=SUPERVISOR, reason="a test")
    return await _ask(bench, chosen or Filter(state="OPEN"), wish)


async def _ask(bench: Bench, chosen: Filter, wish: Wish) -> Request:
    async with await connect(bench.settings.database_url, "hhs") as connection:
        candidates = await find_candidates(connection, chosen)
        ids = [each.dead_letter_id for each in candidates]
        return await store_request(connection, GROUP, ids, wish)


async def letter_states(bench: Bench) -> list[tuple[object, ...]]:
    """Return offset, state and reason of each dead letter, in the order of the log."""
    return await bench.query(
        "SELECT kafka_offset, state, reason FROM dead_letter ORDER BY partition, kafka_offset"
    )


async def applied_order(bench: Bench, key: str | None = None) -> list[object]:
    """Return the ids of the applied events, in the order of their effects."""
    rows = await bench.query("SELECT event_id, key FROM effect ORDER BY effect_no")
    return [event_id for event_id, of in rows if key in (None, of)]


def ids_of(records: Iterable[RawRecord]) -> list[object]:
    """Return the ids of the records' events."""
    return [record.event_id for record in records]


async def assert_accounted(bench: Bench) -> None:
    """Assert that every offset has exactly one standing, and none is unread."""
    audit = await run_audit(bench.settings, ["hhs"])
    assert audit.faults == []
    assert sum(each.count for each in audit.unread or []) == 0
