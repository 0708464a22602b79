"""Lines of a timeline: which offices were turned to, by which channel, and what the gate said."""

from __future__ import annotations

from datetime import datetime

from bus.explaining.lines import line
from bus.explaining.rows import Row, rows_of
from bus.notices.schedule import OF_OFFICES
from bus.storage.connections import Connection

DUE = """
SELECT done_at, due_at, kind, mode, office, tells, number, action_id FROM due_action
WHERE policy_id = %s AND state = 'DONE' AND kind = ANY(%s)
"""

STEPS = """
SELECT done_at, due_at, mode, kind, office, tells, number, action_id
FROM ladder_step AS step JOIN finding USING (finding_id)
WHERE policy_id = %s AND step.state = 'DONE'
"""

TRIES = """
SELECT tried_at, caused_at, mode, kind, office, channel, outcome, try.reason, message_id
FROM message_try AS try JOIN message USING (message_id) WHERE policy_id = %s
"""

ANSWERS = """
WITH given AS (
    SELECT answer_id, recorded_at, asked_at, at, verdict, is_fresh,
           jsonb_path_query_array(reasons, '$[*].code') AS codes
    FROM gate_answer
    WHERE policy_id = %(policy)s
      AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY asked_at, answer_id)
            - row_number() OVER (PARTITION BY verdict, is_fresh, codes ORDER BY asked_at, answer_id)
            AS run
    FROM given
)
SELECT verdict, is_fresh, codes, count(*) AS times, min(recorded_at) AS recorded_at,
       max(recorded_at) AS last, (array_agg(at ORDER BY asked_at, answer_id))[1] AS at,
       (array_agg(answer_id ORDER BY asked_at, answer_id))[1] AS answer_id
FROM numbered GROUP BY verdict, is_fresh, codes, run
"""


async def reaching_lines(connection: Connection, policy_id: str) -> list[Row]:
    """Return a line for each reminder, end of a time, step of a ladder, and try of a channel."""
    due = await rows_of(connection, DUE, [policy_id, sorted(OF_OFFICES)])
    steps = await rows_of(connection, STEPS, [policy_id])
    tries = await rows_of(connection, TRIES, [policy_id])
    return [
        *(_due_line(each) for each in due),
        *(_step_line(each) for each in steps),
        *(_try_line(each) for each in tries),
    ]


async def answer_lines(
    connection: Connection, policy_id: str, known_at: datetime | None
) -> list[Row]:
    """Return a line for each run of equal answers of the gate, given by `known_at`, if given."""
    values = {"policy": policy_id, "known_at": known_at}
    return [_answer_line(each) for each in await rows_of(connection, ANSWERS, values)]


def _due_line(row: Row) -> Row:
    numbers = {"REMINDER": f", after {row['number']} % of its time", "OVERDUE": ""}
    number = numbers.get(str(row["kind"]), f", step {row['number']}")
    detail = f"{_marked(row)}{row['office']} is silent{number}"
    return line(
        row["done_at"],
        row["due_at"],
        str(row["kind"]),
        row["tells"],
        None,
        detail,
        row["action_id"],
    )


def _step_line(row: Row) -> Row:
    about = f" about {row['office']}" if row["office"] else ""
    detail = f"{_marked(row)}nobody has taken {row['kind']}{about}, step {row['number']}"
    return line(
        row["done_at"], row["due_at"], "LADDER_STEP", row["tells"], None, detail, row["action_id"]
    )


def _try_line(row: Row) -> Row:
    detail = f"{_marked(row)}{row['kind']} by {row['channel']}: {row['outcome']}, {row['reason']}"
    return line(
        row["tried_at"], row["caused_at"], "TRY", row["office"], None, detail, row["message_id"]
    )


def _answer_line(row: Row) -> Row:
    codes = row["codes"]
    assert isinstance(codes, list)  # noqa: S101 - the query makes an array
    parts = [str(row["verdict"]), *([] if row["is_fresh"] else ["not fresh"])]
    if row["times"] != 1:
        parts.append(f"{row['times']} times until {row['last']}")
    detail = ", ".join(parts) + (f": {', '.join(dict.fromkeys(map(str, codes)))}" if codes else "")
    return line(row["recorded_at"], row["at"], "GATE", detail=detail, identifier=row["answer_id"])


def _marked(row: Row) -> str:
    return "" if row["mode"] == "ACTUAL" else f"{row['mode']} "
