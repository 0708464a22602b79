"""Policies, decisions that are owed, findings and gaps, as the tracker has stored them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bus.events import Mode
from bus.metrics.labels import OTHER_OFFICES
from bus.monitor.groups import MOST_COUNTED
from bus.notices.findings import FindingKind
from bus.storage.connections import Connection

PLACES = """
SELECT place, mode, count(*) FROM standing WHERE place IS NOT NULL GROUP BY place, mode
"""

NEXT_EFFECTS = """
SELECT agency, mode, min(next_effect_at) FROM standing
WHERE next_effect_at IS NOT NULL GROUP BY agency, mode
"""

OWED = f"""
SELECT CASE WHEN is_named THEN office ELSE '{OTHER_OFFICES}' END, mode,
    count(*) FILTER (WHERE due_at IS NULL OR due_at > %(at)s),
    count(*) FILTER (WHERE due_at <= %(at)s),
    min(due_at) FILTER (WHERE due_at > %(at)s)
FROM owed_decision GROUP BY 1, 2
"""

FINDINGS = """
SELECT kind, mode, counted.findings, first.opened_at
FROM unnest(%(kinds)s::text[]) AS kind, unnest(%(modes)s::text[]) AS mode,
LATERAL (SELECT count(*) AS findings FROM (
    SELECT FROM finding
    WHERE finding.kind = kind.kind AND finding.mode = mode.mode
      AND state = 'OPEN' AND NOT is_withdrawn
    LIMIT %(most)s) AS those) AS counted
LEFT JOIN LATERAL (
    SELECT opened_at FROM finding
    WHERE finding.kind = kind.kind AND finding.mode = mode.mode
      AND state = 'OPEN' AND NOT is_withdrawn
    ORDER BY opened_at LIMIT 1) AS first ON true
"""

GAPS = """
SELECT topic, count(*) FROM sequence_gap JOIN received_sequence USING (source, topic),
    unnest(int8multirange(missing) - numbers) AS part
GROUP BY topic
"""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Policies:
    """How the announcement guarantee stands: numbers and moments by two labels each, but gaps."""

    places: Mapping[Key, int] = field(default_factory=dict)
    next_effects: Mapping[Key, datetime] = field(default_factory=dict)
    due: Mapping[Key, int] = field(default_factory=dict)
    overdue: Mapping[Key, int] = field(default_factory=dict)
    next_due: Mapping[Key, datetime] = field(default_factory=dict)
    findings: Mapping[Key, int] = field(default_factory=dict)
    oldest_findings: Mapping[Key, datetime] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)


async def read_policies(connection: Connection, at: datetime) -> Policies:
    """Return how things stand; `at` is business time, by which decisions are overdue."""
    places = await (await connection.execute(PLACES)).fetchall()
    effects = await (await connection.execute(NEXT_EFFECTS)).fetchall()
    owed = await (await connection.execute(OWED.encode(), {"at": at})).fetchall()
    findings = await (await connection.execute(FINDINGS, findings_asked())).fetchall()
    gaps = await (await connection.execute(GAPS)).fetchall()
    return Policies(
        places={(place, mode): count for place, mode, count in places},
        next_effects={(agency, mode): moment for agency, mode, moment in effects},
        due={(office, mode): count for office, mode, count, _, _ in owed},
        overdue={(office, mode): count for office, mode, _, count, _ in owed},
        next_due={(office, mode): moment for office, mode, _, _, moment in owed if moment},
        findings={(kind, mode): count for kind, mode, count, _ in findings},
        oldest_findings={(kind, mode): since for kind, mode, _, since in findings if since},
        gaps=dict(gaps),
    )


def findings_asked() -> dict[str, object]:
    """Return what the statement about findings is asked with."""
    return {"kinds": list(FindingKind), "modes": list(Mode), "most": MOST_COUNTED}
