"""What offices owe, and what takes effect unannounced: kept for the monitor, policy by policy.

Whoever writes here holds the policies' state locks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from bus.events import Mode
from bus.notices.clearance import Judgement
from bus.notices.states import Force
from bus.storage.connections import Connection
from bus.tracker.named_offices import named_offices

FORGET = "DELETE FROM owed_decision WHERE policy_id = ANY(%b::text[])"

STORE = """
INSERT INTO owed_decision (policy_id, office, is_named, mode, due_at)
SELECT * FROM unnest(%b::text[], %b::text[], %b::boolean[], %b::text[], %b::timestamptz[])
"""


class Owed(NamedTuple):
    """A decision that an office owes; `due_at` is None until the text is delivered to it."""

    policy_id: str
    office: str
    is_named: bool
    mode: Mode
    due_at: datetime | None


async def replace_owed(
    connection: Connection, judgements: Mapping[str, Judgement], at: datetime
) -> None:
    """Let all that offices owe on these policies be what they say."""
    await connection.execute(FORGET, [list(judgements)])
    owed = [each for judgement in judgements.values() for each in owed_on(judgement, at)]
    if owed:
        await connection.execute(STORE, [list(column) for column in zip(*owed, strict=True)])


def owed_on(judgement: Judgement, at: datetime) -> Iterator[Owed]:
    """Yield the decisions that offices owe on a policy; on one that has ended nobody does.

    An office that owes two, on the text that governs and on a newer one, owes the earlier.
    """
    if judgement.force(at) is Force.ENDED:
        return
    dossier = judgement.dossier
    named = named_offices(dossier.agreements)
    due: dict[str, datetime | None] = {}
    for assessment in judgement.asked_about(at):
        for office in assessment.offices:
            if office.decision is None:
                known = [each for each in (due.get(office.office), office.due_at) if each]
                due[office.office] = min(known, default=None)
    for name, due_at in sorted(due.items()):
        yield Owed(dossier.policy_id, name, name in named, dossier.mode or Mode.ACTUAL, due_at)


def next_effect(judgement: Judgement, at: datetime) -> datetime | None:
    """Return when the next text takes effect that isn't announced; None where none is to."""
    if judgement.force(at) is Force.ENDED:
        return None
    moments = [
        assessment.notice.effective_at
        for assessment in judgement.asked_about(at)
        if not assessment.announced and assessment.notice.effective_at > at
    ]
    return min(moments, default=None)
