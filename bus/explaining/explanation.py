"""Which records caused what is shown: for each id, the way back to places in Kafka's logs.

An id may be that of an event, a dead letter, a finding, a gate answer, a message to an office, or
what fell due and caused it; a policy has its name.
Nothing here holds a record's content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bus.codec.schemas import packaged
from bus.explaining.owner_rows import (
    dead_letter_of,
    gap_finding,
    published,
    requests_about,
    standings,
)
from bus.explaining.rows import Row
from bus.explaining.tracker_rows import (
    clearances_caused_by,
    due_of_policy,
    facts_by_id,
    findings_about,
    findings_of_policy,
    gate_answer,
    messages_about,
    messages_of_policy,
    policy_record,
    replayed_answer,
    steps_of_finding,
    steps_of_policy,
)
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import GROUPS, OWNERS

TRACKER = GROUPS["tracker"]


@dataclass(slots=True)
class Explanation:
    """What is known of an id, as rows under the name of what they tell. Empty: nothing is."""

    identifier: str
    sections: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, name: str, rows: Iterable[Row]) -> None:
        """Add rows to a section; a section without rows isn't there."""
        found = list(rows)
        if found:
            self.sections.setdefault(name, []).extend(found)

    def add_all(self, sections: Mapping[str, Iterable[Row]]) -> None:
        """Add rows to several sections."""
        for name, rows in sections.items():
            self.add(name, rows)

    def column(self, section: str, name: str) -> list[object]:
        """Return the values of one column that aren't None."""
        values = (row[name] for row in self.sections.get(section, []))
        return [value for value in values if value is not None]


async def explain_id(settings: Settings, identifier: UUID) -> Explanation:
    """Explain an event, a dead letter, a finding, a gate answer or a message by its id."""
    explanation = Explanation(str(identifier))
    for owner in sorted(set(GROUPS.values())):
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            explanation.add("dead_letter", await dead_letter_of(connection, identifier))
            explanation.add("finding", await gap_finding(connection, identifier))
            if owner == TRACKER:
                explanation.add("finding", await findings_about(connection, identifier))
                explanation.add("gate_answer", await gate_answer(connection, identifier))
                explanation.add("replay", await replayed_answer(connection, identifier, packaged()))
                explanation.add(
                    "clearances_caused", await clearances_caused_by(connection, identifier)
                )
                explanation.add("ladders", await steps_of_finding(connection, identifier))
                explanation.add_all(await messages_about(connection, identifier))
            explanation.add("requests", await requests_about(connection, [identifier]))
    events = [identifier, *named_events(explanation, identifier)]
    await _add_trails(settings, explanation, events)
    return explanation


def named_events(explanation: Explanation, identifier: UUID) -> list[UUID]:
    """Return the events that the rows found so far rest on."""
    names = explanation.column("dead_letter", "event_id")
    for row in explanation.sections.get("finding", []):
        if row["finding_id"] == identifier:
            names += [row["event_id"], *facts_of(row)]
    return [found for name in names if (found := as_id(name)) is not None]


def facts_of(row: Row) -> list[object]:
    """Return what a finding rests on: ids of events, or words."""
    facts = row["facts"]
    return list(facts) if isinstance(facts, list) else []


def as_id(name: object) -> UUID | None:
    """Return the id that a name is, or None."""
    if isinstance(name, UUID):
        return name
    try:
        return UUID(str(name))
    except ValueError:
        return None


async def explain_policy(settings: Settings, policy_id: str, now: datetime) -> Explanation:
    """Explain the state of a policy as it is now, by everything that was recorded."""
    explanation = Explanation(policy_id)
    async with owner_session(settings.database_url_of(TRACKER), TRACKER) as connection:
        record = await policy_record(connection, policy_id, now, packaged())
        explanation.add_all(record)
        explanation.add("findings", await findings_of_policy(connection, policy_id))
        explanation.add("due", await due_of_policy(connection, policy_id))
        explanation.add("ladders", await steps_of_policy(connection, policy_id))
        explanation.add_all(await messages_of_policy(connection, policy_id))
    return explanation


async def _add_trails(settings: Settings, explanation: Explanation, events: list[UUID]) -> None:
    """Add where these events stand: in which outbox, in which log, and with which group."""
    for owner in OWNERS:
        if settings.spool_of(owner) is not None:
            continue
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            await _add_trails_of(connection, explanation, owner, events)


async def _add_trails_of(
    connection: Connection, explanation: Explanation, owner: str, events: list[UUID]
) -> None:
    explanation.add("published", await published(connection, owner, events))
    groups = [group for group, of in GROUPS.items() if of == owner]
    if groups:
        explanation.add("standing", await standings(connection, groups, events))
    if owner == TRACKER:
        explanation.add("facts", await facts_by_id(connection, events))
