"""Where each policy stood when it was derived last: the gate's quick way to an answer.

Every policy that a fact concerns is derived in the transaction that stores the fact. So until the
next moment at which time alone changes something, what was derived last is what would be derived
now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bus.codec.definitions import Json
from bus.events import Mode
from bus.metrics.labels import Standing as Place
from bus.notices.clearance import Clearance
from bus.notices.facts import Scope
from bus.notices.rules_version import RULES_VERSION
from bus.notices.states import AnswerState, Code, Force, Lead, Reason, RecordState
from bus.storage.connections import Connection
from bus.topics import agency_of

PUT = """
INSERT INTO standing (
    policy_id, at, known_at, changes_at, state, scope, place, mode, agency, next_effect_at)
SELECT * FROM unnest(
    %b::text[], %b::timestamptz[], %b::timestamptz[], %b::timestamptz[], %b::jsonb[], %b::jsonb[],
    %b::text[], %b::text[], %b::text[], %b::timestamptz[])
ON CONFLICT (policy_id) DO UPDATE SET
    at = excluded.at, known_at = excluded.known_at, changes_at = excluded.changes_at,
    state = excluded.state, scope = excluded.scope, place = excluded.place, mode = excluded.mode,
    agency = excluded.agency, next_effect_at = excluded.next_effect_at
"""

READ = "SELECT at, known_at, changes_at, state, scope FROM standing WHERE policy_id = %b"


@dataclass(frozen=True, slots=True)
class Standing:
    """A clearance as it was derived, and its state as plain JSON.

    `next_effect_at` is when a text takes effect that isn't announced, None where none does.
    """

    clearance: Clearance
    state: Mapping[str, Json]
    next_effect_at: datetime | None = None

    @property
    def place(self) -> Place | None:
        """Where the policy stands, as one word; None while there is no notice of it."""
        return place_of(self.clearance)


def place_of(clearance: Clearance) -> Place | None:
    """Return where a policy stands, as one word: the first that holds."""
    if clearance.record in {RecordState.UNREADABLE, RecordState.CONFLICT}:
        return Place.UNREADABLE
    if clearance.record is RecordState.UNKNOWN:
        return None
    if clearance.force is Force.ENDED:
        return Place.ENDED
    if clearance.force is Force.IN_FORCE:
        return Place.CLEAR if clearance.announced else Place.IN_FORCE_UNANNOUNCED
    if clearance.answer is AnswerState.REJECTED:
        return Place.REJECTED
    return Place.ANNOUNCED if clearance.announced else Place.PENDING


async def put_standings(connection: Connection, standings: Iterable[Standing]) -> None:
    """Store where policies stand now; the caller holds the locks of their states."""
    rows = [
        (
            each.clearance.policy_id,
            each.clearance.at,
            each.clearance.known_at,
            each.clearance.changes_at,
            json.dumps(each.state),
            _scope_text(each.clearance.scope),
            each.place,
            each.clearance.mode or Mode.ACTUAL,  # what nobody can tell alarms as real
            agency_of(each.clearance.policy_id),
            each.next_effect_at,
        )
        for each in standings
    ]
    if rows:
        await connection.execute(PUT, [list(column) for column in zip(*rows, strict=True)])


async def read_standing(connection: Connection, policy_id: str, now: datetime) -> Clearance | None:
    """Return the clearance of the policy now, without its seats; None where it must be derived.

    That is so where the policy has none, time has changed something since, or the rules have.
    """
    cursor = await connection.execute(READ, [policy_id])
    row = await cursor.fetchone()
    if row is None:
        return None
    at, known_at, changes_at, state, scope = row
    if state.get("rules_version") != RULES_VERSION:
        return None
    if now < at or (changes_at is not None and changes_at <= now):
        return None
    return _clearance(
        policy_id,
        state,
        _scope(scope),
        at=now,
        known_at=max(now, known_at),
        changes_at=changes_at,
    )


def _clearance(
    policy_id: str,
    state: Mapping[str, Json],
    scope: Scope | None,
    *,
    at: datetime,
    known_at: datetime,
    changes_at: datetime | None,
) -> Clearance:
    return Clearance(
        policy_id=policy_id,
        at=at,
        known_at=known_at,
        record=RecordState(str(state["record"])),
        revision=_number(state["revision"]),
        material_digest=_text(state["material_digest"]),
        answer=AnswerState(str(state["answer"])) if state["answer"] else None,
        lead=Lead(str(state["lead"])) if state["lead"] else None,
        force=Force(str(state["force"])) if state["force"] else None,
        mode=Mode(str(state["mode"])) if state["mode"] else None,
        announced=bool(state["announced"]),
        clear=bool(state["clear"]),
        reasons=tuple(_reason(each) for each in _items(state["reasons"])),
        scope=scope,
        changes_at=changes_at,
    )


def _reason(plain: Mapping[str, Json]) -> Reason:
    return Reason(Code(str(plain["code"])), _text(plain["fact"]), _text(plain["office"]))


def _scope(plain: Mapping[str, list[str]] | None) -> Scope | None:
    if plain is None:
        return None
    return Scope(**{name: frozenset(values) for name, values in plain.items()})


def _scope_text(scope: Scope | None) -> str | None:
    if scope is None:
        return None
    names = ("sectors", "event_kinds", "separation_reasons")
    return json.dumps({name: sorted(getattr(scope, name)) for name in names})


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _items(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
