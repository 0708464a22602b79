"""Tells of findings: new ones, what has changed about known ones, and what became of them.

Who derives a finding and who reads a disposition of it may be two transactions. Each takes the
lock of the finding before it looks for the other's, so that one of them sees both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from bus.channels.message import Message
from bus.codec.schemas import SchemaStore
from bus.consuming.subscription import Unit
from bus.notices.clearance import Judgement
from bus.notices.detector import void_disposition
from bus.notices.facts import CoordinationFact, NoticeFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.life import (
    NOTICEABLE,
    VoidDisposition,
    dispositions_of,
    life_of,
    noticed_at,
    void_reason,
)
from bus.notices.observations import disposed_ids
from bus.notices.payloads import life_fields
from bus.storage.connections import Connection
from bus.tracker import state_store
from bus.tracker.changes import StoredFinding, changed_findings
from bus.tracker.coordination_store import load_dispositions
from bus.tracker.counting import count_findings
from bus.tracker.drafts import finding_draft
from bus.tracker.hindsight import reasons_now
from bus.tracker.ladder_store import schedule_steps
from bus.tracker.letters import finding_messages
from bus.tracker.locks import lock_findings
from bus.tracker.message_queue import queue_messages

NOT_DERIVED = frozenset({FindingKind.CHANNEL_FAILED})
"""Kinds of finding that follow from no fact, so no set of facts takes them back."""

ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """What facts show about one policy, or about none: of those recorded since `since`, all.

    `notices` are all of the policy, and `judgement` what they come to; `again` are events that
    were judged before, about no policy.
    """

    policy_id: str | None
    since: datetime
    found: Mapping[UUID, Finding]
    notices: tuple[NoticeFact, ...] = ()
    again: frozenset[str] = frozenset()
    judgement: Judgement | None = None

    def admits(self, stored: StoredFinding) -> bool:
        """Tell whether such a finding is one of these facts to show, or to show no more."""
        if stored.finding_id in self.found:
            return True
        if self.policy_id is None:
            return stored.payload["event_id"] in self.again
        if stored.payload["kind"] in NOT_DERIVED:
            return False
        is_disposition = stored.payload["reason"] in set(VoidDisposition)
        return stored.payload["policy_id"] == self.policy_id and not is_disposition


async def tell(
    unit: Unit,
    shown: Sequence[Shown],
    disposed: Iterable[UUID],
    now: datetime,
    schemas: SchemaStore,
) -> None:
    """Store and publish what is new, what has changed, and what became of what was disposed of.

    The ladders of alarms follow in the same transaction.
    """
    connection = unit.connection
    ids = await _concerned(connection, shown, disposed)
    if not ids:
        return
    await lock_findings(connection, ids)
    stored = {each.finding_id: each for each in await state_store.stored_findings(connection, ids)}
    changes = _changes(shown, stored)
    current = {**stored, **changes}
    names = await state_store.names_of(connection, current.values())
    said = await load_dispositions(
        connection, [name for each in names.values() for name in each], schemas
    )
    policies = {each.policy_id: each for each in shown if each.policy_id is not None}
    judged = {name: each.judgement for name, each in policies.items() if each.judgement}
    by_now = await reasons_now(connection, current.values(), judged, schemas)
    for finding_id, finding in current.items():
        if not finding.is_withdrawn:
            fields = _fields(finding, names[finding_id], said, policies)
            if finding_id in by_now:
                fields["reason_now"] = by_now[finding_id]
            if any(finding.payload[name] != value for name, value in fields.items()):
                is_told = finding_id not in changes
                changes[finding_id] = finding.with_life(fields, is_told=is_told)
    void = await _void(connection, current, names, said)
    await _publish(unit, [*changes.values(), *void], now)
    await schedule_steps(connection, changes.values(), schemas)
    await _write(unit, changes.values(), policies, now)


async def _concerned(
    connection: Connection, shown: Iterable[Shown], disposed: Iterable[UUID]
) -> set[UUID]:
    ids = {name for each in disposed for name in disposed_ids(each)}
    moments = {}
    for each in shown:
        ids.update(each.found)
        if each.policy_id is not None:
            moments[each.policy_id] = each.since
        if each.again:
            ids.update(await state_store.findings_of_events(connection, each.again))
    if moments:
        ids.update(await state_store.findings_since(connection, moments))
    return ids


def _changes(
    shown: Iterable[Shown], stored: Mapping[UUID, StoredFinding]
) -> dict[UUID, StoredFinding]:
    changes: dict[UUID, StoredFinding] = {}
    for each in shown:
        told = [changes.get(key, known) for key, known in stored.items()]
        admitted = [finding for finding in told if each.admits(finding)]
        for change in changed_findings(each.found, admitted, each.since):
            changes[change.finding_id] = change
    return changes


def _fields(
    finding: StoredFinding,
    names: Sequence[UUID],
    said: Sequence[CoordinationFact],
    policies: Mapping[str, Shown],
) -> dict[str, object]:
    """Return what of a finding depends on what was said about it, and on later notices."""
    life = life_of(names, finding.mode, finding.about, said)
    fields = life_fields(life) if life.last is not None else {}
    shown = policies.get(str(finding.payload["policy_id"]))
    if shown is not None and finding.payload["kind"] in NOTICEABLE:
        assert shown.policy_id is not None  # noqa: S101 - they are by policy
        fields["noticed_at"] = noticed_at(
            shown.policy_id, finding.mode, finding.opened_at, shown.notices
        )
    return fields


async def _void(
    connection: Connection,
    current: Mapping[UUID, StoredFinding],
    names: Mapping[UUID, Sequence[UUID]],
    said: Sequence[CoordinationFact],
) -> list[StoredFinding]:
    """Return what has changed about dispositions that have no effect."""
    void: dict[UUID, Finding] = {}
    looked_at: set[UUID] = set()
    for finding_id, finding in current.items():
        for fact in dispositions_of(names[finding_id], said):
            reason = void_reason(fact, finding.mode, finding.about)
            found = void_disposition(fact, reason or VoidDisposition.UNREADABLE)
            looked_at.add(found.finding_id)
            if reason is not None:
                void[found.finding_id] = found
    if not looked_at:
        return []
    return changed_findings(void, await state_store.stored_findings(connection, looked_at), ALWAYS)


async def _publish(unit: Unit, changes: Sequence[StoredFinding], now: datetime) -> None:
    for change in changes:
        unit.emit(finding_draft(change.payload, now))
    await state_store.put_findings(unit.connection, changes)
    count_findings(unit, changes)


async def _write(
    unit: Unit, changes: Iterable[StoredFinding], policies: Mapping[str, Shown], now: datetime
) -> None:
    """Write to the offices that new findings concern."""
    messages: list[Message] = []
    for change in changes:
        shown = policies.get(str(change.payload["policy_id"]))
        judgement = shown.judgement if shown else None
        if change.is_new:
            messages += finding_messages(change.payload, judgement, now)
    await queue_messages(unit.connection, messages)
