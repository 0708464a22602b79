"""What happens to a batch of events: facts are stored, states derived, changes told.

All of it in the transaction that moves the group's positions. Facts carry their own times, so
the subscription is INDEPENDENT, and what is derived depends on the set of facts, never on the
order in which partitions were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from bus.channels.message import Message
from bus.clock import Clock
from bus.codec.plain import to_plain
from bus.codec.schemas import SchemaStore
from bus.consuming.records import Partition, Rejected, appended_at
from bus.consuming.subscription import Order, Subscription, Unit
from bus.events import Event, Mode
from bus.notices.canary import is_canary
from bus.notices.clearance import Judgement, judge
from bus.notices.detector import (
    contradictory_agreements,
    custody_findings,
    findings_of,
    observed,
    overdue_of,
)
from bus.notices.facts import AnyFact, CitationFact, CoordinationFact
from bus.notices.history import History
from bus.notices.payloads import state_of
from bus.notices.shares import shares_of
from bus.storage.connections import Connection
from bus.topics import CLEARANCE, agency_of
from bus.tracker import fact_store, recording, state_store
from bus.tracker.canaries import note_canary
from bus.tracker.changes import first_opened
from bus.tracker.climbing import climb
from bus.tracker.contents import TRACKED, FactKind, is_keyed_by_policy
from bus.tracker.coordination_store import (
    disposed_by,
    is_window,
    load_exercises,
    load_observations,
    load_windows,
    names_of_observation,
    observed_by,
)
from bus.tracker.counting import count_answers
from bus.tracker.drafts import bounded_clearance, clearance_draft
from bus.tracker.due_store import replace_due
from bus.tracker.fact_rows import FactRow, fact_of, row_of
from bus.tracker.known import newest
from bus.tracker.letters import clearance_messages
from bus.tracker.locks import lock_agreements, lock_inputs, lock_states
from bus.tracker.message_queue import queue_messages
from bus.tracker.owed import next_effect, replace_owed
from bus.tracker.placement import is_unplaced, numbers_of, policies_of, refuse_unplaced
from bus.tracker.positions import GROUP, advanced, as_gate_positions, read_positions
from bus.tracker.practice import PracticeJudge, count_practice
from bus.tracker.sequences import Numbered, note_numbers
from bus.tracker.standing import Standing, put_standings
from bus.tracker.telling import Shown, tell
from bus.tracker.touches import Touches
from bus.tracker.unreadable import (
    close_unreadable,
    discard_unreadable,
    open_unplaced,
    open_unreadable,
)

Judgements = Mapping[str, Judgement]
"""What is known of policies, judged, by policy."""


def subscription(tracker: Tracker) -> Subscription:
    """Return what the tracker reads: every fact topic."""
    return Subscription(
        group=GROUP,
        topics=tuple(topic.name for topic in TRACKED),
        handler=tracker,
        order=Order.INDEPENDENT,
    )


class Tracker:
    """Stores facts, derives clearances and findings, and tells what has changed."""

    def __init__(self, clock: Clock, schemas: SchemaStore, *, is_simulated: bool) -> None:
        self._clock = clock
        self._schemas = schemas
        self._is_simulated = is_simulated
        self._moment_of = recording.recorded_time if is_simulated else recording.appended_at
        self._practice = PracticeJudge(schemas)

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        """Store what the rules ask of these events, and derive the policies concerned.

        Raises PoisonError where one is about one policy and doesn't say which.
        """
        refuse_unplaced(events)
        connection = unit.connection
        recorded = await recording.record_times(connection, events, self._moment_of)
        rows = [
            row
            for event, moment in zip(events, recorded, strict=True)
            if not is_canary(event) and (row := row_of(event, moment, self._schemas)) is not None
        ]
        await self._lock_inputs(unit, rows)
        await fact_store.insert_facts(connection, rows)
        touches = await fact_store.find_touched(connection, rows)
        by_policy = [event for event in events if is_keyed_by_policy(event.topic)]
        if by_policy:
            now = self._clock.now()
            for closed in await close_unreadable(connection, by_policy, now):
                touches.add(*closed)
        read = [(Partition(event.topic, event.partition), event.offset) for event in events]
        exercised = await load_exercises(connection, [row for row in rows if is_window(row)])
        for row in exercised:
            if row.policy_id is not None:
                touches.add(row.policy_id, row.recorded_at, row.event_id)
        shown = await self._derive(unit, touches, read)
        count_answers(unit, judgements_of(shown), {event.id for event in events})
        shown.append(await self._show_beside(unit, rows, exercised))
        disposed = [each for row in rows for each in disposed_by(row)]
        await tell(unit, shown, disposed, self._clock.now(), self._schemas)
        await note_numbers(
            connection, (Numbered(each.source, each.topic, each.sequence) for each in events)
        )
        await count_practice(connection, events)
        await note_canary(connection, events)

    async def handle_rejected(self, rejected: Sequence[Rejected], unit: Unit) -> None:
        """Note which policies a dead letter hides facts of, and which numbers were seen."""
        connection = unit.connection
        hidden = [(policy, each) for each in rejected for policy in policies_of(each)]
        for each in rejected:
            if is_unplaced(each):
                await open_unplaced(connection, each)
        await lock_inputs(connection, {policy_id for policy_id, _ in hidden})
        touches = Touches()
        for policy_id, each in hidden:
            moment = self._clock.now() if self._is_simulated else appended_at(each.record)
            opened_at = await open_unreadable(connection, policy_id, each, moment)
            touches.add(policy_id, opened_at or moment, each.event_id)
        read = [(each.partition, each.record.offset) for each in rejected]
        await self.derive_and_tell(unit, touches, read)
        await note_numbers(connection, numbers_of(rejected))

    async def handle_discarded(self, dead_letter_ids: Sequence[UUID], unit: Unit) -> None:
        """Derive the policies anew whose records are closed: officers have settled them."""
        closed = await discard_unreadable(unit.connection, dead_letter_ids, self._clock.now())
        await lock_inputs(unit.connection, {policy_id for policy_id, _, _ in closed})
        touches = Touches()
        for each in closed:
            touches.add(*each)
        await self.derive_and_tell(unit, touches, [])

    def has_days_to_judge(self) -> bool:
        """Tell whether days are over that may not have been judged for changes of practice."""
        return self._practice.is_due(self._clock.now())

    async def judge_practice(self, unit: Unit) -> None:
        """Tell the changes of practice that the days before today show, once a day."""
        now = self._clock.now()
        shifts = await self._practice.new_shifts(unit.connection, now)
        found = first_opened(each.finding for each in shifts)
        await tell(unit, [Shown(None, now, found)], (), now, self._schemas)

    async def climb(self, connection: Connection, finding_id: UUID) -> bool:
        """Take the steps that are due of an alarm's ladder; tell whether any was."""
        return await climb(connection, finding_id, self._clock.now(), self._schemas)

    async def _lock_inputs(self, unit: Unit, rows: Sequence[FactRow]) -> None:
        """Take the locks of facts from which other policies may have to be found."""
        kinds = {row.kind for row in rows}
        if FactKind.AGREEMENT in kinds:
            await lock_agreements(unit.connection, shared=False)
        elif FactKind.NOTICE in kinds:
            await lock_agreements(unit.connection, shared=True)
        names: set[str] = set()
        for row in rows:
            if row.kind is FactKind.NOTICE:
                names.add(str(row.event_id))
            if row.kind is not FactKind.CITATION and row.policy_id is not None:
                names.add(row.policy_id)
            names.update(map(str, row.notice_ids))
            names.update(names_of_observation(row))
            names.update(map(str, disposed_by(row)))
            if is_window(row) or row.origin.mode is Mode.EXERCISE:
                names.add(f"exercises of {agency_of(row.origin.topic)}")
        await lock_inputs(unit.connection, names)

    async def derive_and_tell(
        self, unit: Unit, touches: Touches, read: Iterable[tuple[Partition, int]]
    ) -> Judgements:
        """Derive the policies concerned, tell what differs from what was told, and return them."""
        shown = await self._derive(unit, touches, read)
        await tell(unit, shown, (), self._clock.now(), self._schemas)
        return judgements_of(shown)

    async def _derive(
        self, unit: Unit, touches: Touches, read: Iterable[tuple[Partition, int]]
    ) -> list[Shown]:
        """Derive the policies concerned; tell their clearances, and return what else is shown.

        What falls due of them by time alone is stored with it.
        """
        if not touches.by_policy:
            return []
        connection = unit.connection
        await lock_states(connection, touches.by_policy)
        loaded = await fact_store.load_policies(connection, touches.by_policy, self._schemas)
        citations = await fact_store.load_citations(connection, touches, self._schemas)
        windows = await self._windows_for(unit, citations)
        facts = [*loaded.facts, *citations, *windows]
        now = self._clock.now()
        shares, known_at = shares_of(touches.by_policy, History.of(facts)), newest(facts, now)
        judgements = {
            policy_id: judge(policy_id, share, known_at) for policy_id, share in shares.items()
        }
        await self._tell_clearances(unit, judgements, now, touches, read)
        await replace_due(connection, judgements)
        await replace_owed(connection, judgements, now)
        return [
            _shown(judgements[policy_id], share, now, touches.by_policy[policy_id].since)
            for policy_id, share in shares.items()
        ]

    async def _windows_for(
        self, unit: Unit, citations: Iterable[AnyFact]
    ) -> list[CoordinationFact]:
        """Return the exercise windows, where any of these custody events is an exercise's."""
        if all(getattr(each, "mode", None) is not Mode.EXERCISE for each in citations):
            return []
        return await load_windows(unit.connection, self._schemas)

    async def _tell_clearances(
        self,
        unit: Unit,
        judgements: Judgements,
        now: datetime,
        touches: Touches,
        read: Iterable[tuple[Partition, int]],
    ) -> None:
        last = await state_store.last_clearances(unit.connection, judgements)
        positions = as_gate_positions(advanced(await read_positions(unit.connection), read))
        schema = self._schemas.latest(CLEARANCE.schema)
        new, standings = [], []
        messages: list[Message] = []
        for policy_id, judgement in judgements.items():
            state, known = judgement.at(now), last.get(policy_id)
            version = known.version + 1 if known else 1
            payload = bounded_clearance(state, version=version, positions=positions)
            plain = to_plain(schema, payload)
            standings.append(Standing(state, state_of(plain), next_effect(judgement, now)))
            if known is not None and state_of(plain) == known.state:
                continue
            cause = touches.by_policy[policy_id].cause
            unit.emit(clearance_draft(payload, state.at, cause))
            before = known.state if known else None
            messages += clearance_messages(state, before, version, judgement)
            new.append(
                state_store.StoredClearance(
                    policy_id=policy_id,
                    version=version,
                    at=state.at,
                    known_at=state.known_at,
                    state=state_of(plain),
                    positions=plain["positions"],
                    cause=cause,
                )
            )
        await state_store.insert_clearances(unit.connection, new)
        await put_standings(unit.connection, standings)
        await queue_messages(unit.connection, messages)

    async def _show_beside(
        self, unit: Unit, rows: Sequence[FactRow], again: Sequence[FactRow]
    ) -> Shown:
        """Return what these facts, and others again, show that are about no policy."""
        beside = [row for row in (*rows, *again) if row.policy_id is None]
        citations = [
            fact for row in beside if isinstance(fact := fact_of(row, self._schemas), CitationFact)
        ]
        windows = await self._windows_for(unit, citations)
        ids = [each for row in beside for each in observed_by(row)]
        told = await load_observations(unit.connection, ids, self._schemas) if ids else []
        agreed = await self._agreements_beside(unit, rows)
        found = first_opened(
            [
                *custody_findings(citations, windows),
                *observed(History.of(told).coordination),
                *contradictory_agreements(History.of(agreed).agreements),
            ]
        )
        since = min((row.recorded_at for row in beside), default=self._clock.now())
        return Shown(None, since, found, again=frozenset(str(row.event_id) for row in again))

    async def _agreements_beside(self, unit: Unit, rows: Iterable[FactRow]) -> list[AnyFact]:
        """Return all agreements, where one of these facts is a version of one."""
        if all(row.kind is not FactKind.AGREEMENT for row in rows):
            return []
        return await fact_store.load_agreements(unit.connection, self._schemas)


def judgements_of(shown: Iterable[Shown]) -> Judgements:
    """Return the judgements of the policies that are shown."""
    return {each.policy_id: each.judgement for each in shown if each.policy_id and each.judgement}


def _shown(judgement: Judgement, history: History, now: datetime, since: datetime) -> Shown:
    found = [
        *findings_of(judgement, history, since),
        *overdue_of(judgement, history, now),
        *custody_findings(history.citations, history.coordination),
    ]
    policy_id = judgement.dossier.policy_id
    return Shown(policy_id, since, first_opened(found), history.notices, judgement=judgement)
