"""What the tellings ask of the bus: findings, clearance, the gate, and what HHS holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.scenarios.stage import Stage
from bus.topics import CUSTODY_EVENT, POLICY_NOTICE, Content, find_topic

Check = Callable[[], Awaitable[bool]]

FINDINGS = "SELECT count(*) FROM finding WHERE kind = %s AND NOT is_withdrawn"
CURRENT = "SELECT state FROM clearance_state WHERE policy_id = %s ORDER BY version DESC LIMIT 1"
CUSTODY = """
SELECT event_id, event_kind, family_group_id, subject_id, agency, occurred_at, details
FROM custody_event
"""
NOTICES = "SELECT event_id, data FROM notice"


def findings(stage: Stage, kind: str, at_least: int = 1) -> Check:
    """Return whether so many findings of a kind stand."""

    async def check() -> bool:
        return await stage.count("bus", FINDINGS, kind) >= at_least

    return check


def clearance_is(stage: Stage, policy_id: str, **expected: object) -> Check:
    """Return whether the policy's clearance has these values."""

    async def check() -> bool:
        rows = await stage.rows("bus", CURRENT, policy_id)
        state: Mapping[str, object] = rows[0][0] if rows else {}
        return all(state.get(name) == value for name, value in expected.items())

    return check


def exits(stage: Stage, code: int, *arguments: str) -> Check:
    """Return whether the command `bus` ends with this code."""

    async def check() -> bool:
        return await stage.command(*arguments) == code

    return check


def holds(stage: Stage, owner: str, query: str, expected: int, *values: object) -> Check:
    """Return whether a query gives the number that is expected."""

    async def check() -> bool:
        return await stage.count(owner, query, *values) == expected

    return check


def everything_arrived(stage: Stage) -> Check:
    """Return whether HHS holds each published event of its topics, field by field, and no other.

    What was written past the bus isn't counted here.
    """

    async def check() -> bool:
        held = await held_by_hhs(stage)
        sent = published_to_hhs(stage)
        return all(held.get(event_id) == data for event_id, data in sent.items())

    return check


async def held_by_hhs(stage: Stage) -> dict[UUID, dict[str, object]]:
    """Return what HHS's tables hold, as payloads in plain JSON without empty fields."""
    held: dict[UUID, dict[str, object]] = {}
    schema = packaged().latest(CUSTODY_EVENT.schema)
    for event_id, kind, family, subject, agency, occurred_at, details in await stage.rows(
        "hhs", CUSTODY
    ):
        core = {
            "event_kind": kind,
            "family_group_id": str(family),
            "subject_id": str(subject),
            "agency": agency,
            "occurred_at": occurred_at,
        }
        held[event_id] = without_blanks(to_plain(schema, core) | details)
    for event_id, data in await stage.rows("hhs", NOTICES):
        held[event_id] = without_blanks(data)
    return held


def published_to_hhs(stage: Stage) -> dict[UUID, dict[str, object]]:
    """Return what was published on the topics that HHS intake reads, in the same form."""
    read_by_intake: tuple[Content, ...] = (CUSTODY_EVENT, POLICY_NOTICE)
    return {
        published.event_id: without_blanks(to_plain(packaged().latest(content.schema), draft.data))
        for draft, published in stage.published
        if (content := find_topic(draft.topic).content) in read_by_intake
    }


def without_blanks(data: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that say something, without null and empty lists, at every depth."""
    kept = {
        name: without_blanks(value) if isinstance(value, Mapping) else value
        for name, value in data.items()
    }
    return {name: value for name, value in kept.items() if value not in (None, [], {})}
