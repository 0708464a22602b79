"""What the scenarios ask of the bus: findings, clearance, the gate, and what HHS holds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.errors import FaultError, UnavailableError
from bus.gate.http import CLEAR_OR_NOT
from bus.notices.facts import CoordinationKind
from bus.notices.gate import LEGAL_SENTENCE, VALID_FOR, Act, Coverage
from bus.scenarios.stage import Question, Stage
from bus.topics import CUSTODY_EVENT, POLICY_NOTICE, Content, find_topic
from bus.tracker.asking import Question as GateQuestion
from bus.tracker.asking import ask_gate
from bus.tracker.session import tracker_session

FINDINGS = "SELECT count(*) FROM finding WHERE kind = %s AND NOT is_withdrawn"
CURRENT = "SELECT state FROM clearance_state WHERE policy_id = %s ORDER BY version DESC LIMIT 1"
Body = dict[str, Any]
"""An answer of the gate as JSON."""

CUSTODY = """
SELECT event_id, event_kind, family_group_id, subject_id, agency, occurred_at, details
FROM custody_event
"""
NOTICES = "SELECT event_id, data FROM notice"


def findings(kind: str, at_least: int = 1) -> Question:
    """Return whether so many findings of a kind stand."""

    async def check(stage: Stage) -> bool:
        return await stage.count("bus", FINDINGS, kind) >= at_least

    return check


def clearance_is(policy_id: str, **expected: object) -> Question:
    """Return whether the policy's clearance has these values."""

    async def check(stage: Stage) -> bool:
        rows = await stage.rows("bus", CURRENT, [policy_id])
        state: Mapping[str, object] = rows[0][0] if rows else {}
        return all(state.get(name) == value for name, value in expected.items())

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings are meant; None is any.

    With `is_own`, only those that an event which this stage has sent has shown.
    """

    kind: str
    policy_id: str | None = None
    office: str | None = None
    reason: str | None = None
    mode: str = "ACTUAL"
    state: str | None = None
    is_own: bool = False


WANTED = """
SELECT finding_id FROM finding
WHERE kind = %(kind)s AND mode = %(mode)s AND NOT is_withdrawn
  AND (%(policy_id)s::text IS NULL OR policy_id = %(policy_id)s)
  AND (%(office)s::text IS NULL OR office = %(office)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (NOT %(is_own)s OR event_id = ANY(%(events)s))
"""


async def finding_ids(stage: Stage, wanted: Wanted) -> list[UUID]:
    """Return the ids of the findings that are wanted."""
    events = [published.event_id for _, published in stage.published]
    rows = await stage.rows("bus", WANTED, {**asdict(wanted), "events": events})
    return [finding_id for (finding_id,) in rows]


def found(wanted: Wanted, times: int | None = None) -> Question:
    """Return whether there are so many of these findings, or any."""

    async def check(stage: Stage) -> bool:
        count = len(await finding_ids(stage, wanted))
        return count > 0 if times is None else count == times

    return check


STATED = "SELECT count(*) FROM fact WHERE policy_id = %s AND data ->> 'kind' = %s"


def is_stated(policy_id: str, kind: CoordinationKind) -> Question:
    """Return whether the tracker has read that an office states this about the policy."""

    async def check(stage: Stage) -> bool:
        return await stage.count("bus", STATED, policy_id, kind.value) > 0

    return check


MESSAGES = "SELECT count(*) FROM message WHERE policy_id = %s AND kind = %s AND office = ANY(%s)"


def is_written_to(policy_id: str, kind: str, *offices: str) -> Question:
    """Return whether a message of this kind about the policy is queued for each office."""

    async def check(stage: Stage) -> bool:
        return await stage.count("bus", MESSAGES, policy_id, kind, [*offices]) >= len(offices)

    return check


def gate_says(verdict: str, policy_id: str, *, at: str | None = None) -> Question:
    """Return whether the gate gives this verdict, and has read all that was written."""

    async def check(stage: Stage) -> bool:
        question = GateQuestion(policy_id, at)
        async with tracker_session(stage.settings) as tracker:
            now = stage.clock.now()
            given = (await ask_gate(tracker, question, stage.settings, now, packaged())).answer
        return given.is_fresh and given.verdict == verdict

    return check


def http_says_yes(policy_id: str, act: Act) -> Question:
    """Return whether a program that asks over HTTP may do this, for seconds."""

    async def check(stage: Stage) -> bool:
        status, body = await _ask_over_http(stage, policy_id, act)
        if status != CLEAR_OR_NOT or not body["clear"] or body["scope"] != Coverage.COVERED:
            return False
        asked, until = (datetime.fromisoformat(body[name]) for name in ("asked_at", "valid_until"))
        return until - asked <= VALID_FOR

    return check


def http_says_no(
    policy_id: str, act: Act, status: int, *reasons: str, at: str | None = None
) -> Question:
    """Return whether a program that asks over HTTP gets this status, and no yes, for reasons."""

    async def check(stage: Stage) -> bool:
        given, body = await _ask_over_http(stage, policy_id, act, at)
        if given != status or body["clear"]:
            return False
        return {*reasons} <= {each["code"] for each in body["reasons"]}

    return check


async def _ask_over_http(
    stage: Stage, policy_id: str, act: Act, at: str | None = None
) -> tuple[int, Body]:
    """Return the status and the body; raise FaultError unless it says what an answer means."""
    asked = {"sector": act.sector, "event_kind": act.event_kind, "at": at}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    try:
        status, body = await asyncio.to_thread(stage.services.get, f"/v1/gate/{policy_id}?{query}")
    except OSError as error:
        raise UnavailableError(f"the gate doesn't answer: {error}") from error
    if body["sentence"] != LEGAL_SENTENCE:
        raise FaultError(f"the gate's answer doesn't say what it means: {body['sentence']!r}")
    return status, body


def exits(code: int, *arguments: str) -> Question:
    """Return whether the command `bus` ends with this code."""

    async def check(stage: Stage) -> bool:
        return await stage.command(*arguments) == code

    return check


def holds(owner: str, query: str, expected: int, *values: object) -> Question:
    """Return whether a query gives the number that is expected."""

    async def check(stage: Stage) -> bool:
        return await stage.count(owner, query, *values) == expected

    return check


async def everything_arrived(stage: Stage) -> bool:
    """Return whether HHS holds each published event of its topics, field by field.

    What was written past the bus isn't counted here.
    """
    held = await held_by_hhs(stage)
    sent = published_to_hhs(stage)
    return all(held.get(event_id) == data for event_id, data in sent.items())


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
