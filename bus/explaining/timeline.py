"""Everything about a policy in the order in which it was recorded: who said what, who knew when.

Each line has two times: when it was recorded, and the moment that it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.explaining.lines import line
from bus.explaining.reaching import answer_lines, reaching_lines
from bus.explaining.rows import Row, rows_of
from bus.notices.facts import DeadLetterFact
from bus.storage.connections import Connection, take_snapshot
from bus.tracker.changes import StoredFinding
from bus.tracker.contents import FactKind
from bus.tracker.coordination_store import disposition_rows
from bus.tracker.fact_rows import FactRow
from bus.tracker.fact_store import load_policies
from bus.tracker.state_store import FINDING_COLUMNS, finding_from, names_of

FINDINGS = f"SELECT {FINDING_COLUMNS} FROM finding WHERE policy_id = %s AND NOT is_withdrawn"

CITED = """
SELECT mode, count(*) AS events, min(recorded_at) AS recorded_at, max(recorded_at) AS last,
       min((data ->> 'occurred_at')::timestamptz) AS event_at
FROM fact WHERE kind = 'CITATION' AND policy_id = %(policy)s
  AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s) GROUP BY mode
"""

STATES = "SELECT version, at, known_at, cause, state FROM clearance_state WHERE policy_id = %s"


async def timeline_of(
    connection: Connection, policy_id: str, known_at: datetime | None, schemas: SchemaStore
) -> list[Row]:
    """Return the lines of a policy, as far as they had been recorded by `known_at`, if given.

    Custody events are one line for each mode, and the gate's equal answers in a row one line,
    however many they are.
    """
    async with connection.transaction():
        await take_snapshot(connection)
        loaded = await load_policies(connection, [policy_id], schemas)
        cursor = await connection.execute(FINDINGS.encode(), [policy_id])
        findings = [finding_from(*row) for row in await cursor.fetchall()]
        names = await names_of(connection, findings)
        ids = [name for each in names.values() for name in each]
        said = await disposition_rows(connection, ids)
        cited = await rows_of(connection, CITED, {"policy": policy_id, "known_at": known_at})
        states = await rows_of(connection, STATES, [policy_id])
        reached = await reaching_lines(connection, policy_id)
        answers = await answer_lines(connection, policy_id, known_at)
    facts = {row.event_id: row for row in (*loaded.rows, *said) if _is_about(row, policy_id)}
    lines = [
        *(_fact_line(row) for row in facts.values()),
        *(_finding_line(each) for each in findings),
        *(_cited_line(each) for each in cited),
        *(_state_line(each) for each in states),
        *reached,
        *answers,
    ]
    for fact in loaded.facts:
        if isinstance(fact, DeadLetterFact):
            lines += _letter_lines(fact)
    return in_order(lines, known_at)


def in_order(lines: list[Row], known_at: datetime | None) -> list[Row]:
    """Return the lines in the order of recording; what followed from a fact stands after it."""
    known = [each for each in lines if known_at is None or _recorded(each) <= known_at]
    return sorted(known, key=lambda each: (_recorded(each), _RANKS.get(str(each["what"]), 0)))


_RANKS = {"FINDING": 1, "CLEARANCE": 2, "REMINDER": 3, "OVERDUE": 3, "LADDER_STEP": 3, "TRY": 4}


def _recorded(row: Row) -> datetime:
    moment = row["recorded_at"]
    assert isinstance(moment, datetime)  # noqa: S101 - every line is made with one
    return moment


def _is_about(row: FactRow, policy_id: str) -> bool:
    """Tell whether a fact names the policy, receipts it, supersedes it or disposes of a finding."""
    if row.kind is FactKind.AGREEMENT:
        return False
    if row.kind is FactKind.NOTICE:
        return policy_id in (row.policy_id, row.data.get("supersedes"))
    return row.policy_id in (None, policy_id)


def _fact_line(row: FactRow) -> Row:
    data = row.data
    match row.kind:
        case FactKind.NOTICE:
            office, officer = data["issuing_office"], _id(data["drafted_by"])
            detail = f"revision {data['revision']}, {data['stage']}: {data['title']}"
            what, moment = "NOTICE", data["effective_at"]
        case FactKind.ACKNOWLEDGEMENT:
            office, officer = data["office"], _id(data["officer"])
            detail = f"revision {data['revision']}" + _after(data["reason"])
            what, moment = str(data["decision"]), None
        case FactKind.RECEIPT:
            office, officer, moment = data["office"], None, None
            what, detail = "RECEIPT", f"stored by {data['group']}"
        case _:
            office, officer = data["office"], _id(data["officer"])
            what = str(data["kind"])
            body = _object(data.get(what.lower()))
            moment = body.get("seen_at") or body.get("from")
            detail = ", ".join(_said(body))
    if row.origin.mode != "ACTUAL":
        detail = f"{row.origin.mode} {detail}"
    event_at = datetime.fromisoformat(str(moment)) if moment else None
    return line(row.recorded_at, event_at, what, office, officer, detail, row.event_id)


def _said(body: Mapping[str, Json]) -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, str | int) and name not in ("from", "seen_at"):
            yield f"{name.replace('_', ' ')}: {value}"


def _finding_line(finding: StoredFinding) -> Row:
    told = finding.payload
    parts = [str(told["kind"]), *(str(told[name]) for name in ("reason",) if told[name])]
    detail = " ".join(parts) + f", now {told['state']}"
    if told["reason_now"] not in (None, told["reason"]):
        detail += f", by what is known now {told['reason_now']}"
    if told["noticed_at"] is not None:
        detail += ", a notice came after the fact"
    event = told["event_id"]
    identifier = UUID(str(event)) if event else finding.finding_id
    return line(finding.opened_at, None, "FINDING", told["office"], None, detail, identifier)


def _cited_line(row: Row) -> Row:
    detail = f"{row['mode']}: {row['events']} custody events cite it, the last at {row['last']}"
    return line(row["recorded_at"], row["event_at"], "CITED", detail=detail)


def _state_line(row: Row) -> Row:
    state = row["state"]
    assert isinstance(state, dict)  # noqa: S101 - the column holds an object
    names = ("record", "answer", "lead", "force")
    parts = [str(state[name]) for name in names if state[name] is not None]
    parts += [name for name in ("announced", "clear") if state[name]]
    detail = f"version {row['version']}: {' '.join(parts)}"
    return line(row["known_at"], row["at"], "CLEARANCE", detail=detail, identifier=row["cause"])


def _letter_lines(fact: DeadLetterFact) -> Iterator[Row]:
    place = f"{fact.topic}/{fact.partition}/{fact.offset}"
    yield line(fact.opened_at, None, "DEAD_LETTER", detail=place, identifier=fact.dead_letter_id)
    if fact.closed_at is not None:
        yield line(
            fact.closed_at, None, "DEAD_LETTER_CLOSED", detail=place, identifier=fact.dead_letter_id
        )


def _id(officer: Json) -> Json:
    return _object(officer).get("id")


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _after(text: Json) -> str:
    return f": {text}" if text else ""
