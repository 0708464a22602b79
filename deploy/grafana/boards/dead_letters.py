"""Dead letters: what could not be applied, why, since when, and what becomes of it."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Panel

from deploy.grafana.layout import Board, Choice, Row
from deploy.grafana.panels import (
    BAD,
    GOOD,
    NONE,
    WARNING,
    About,
    Column,
    Query,
    Word,
    bars,
    lines,
    number,
    rows_of,
    timeline,
)
from deploy.grafana.queries import age, counted, stand, total, zeros

HOUR = 3600

GROUP = 'group=~"$group"'
TOPIC = 'topic=~"$topic"'
BREAKER = {"1": Word("closed", GOOD), "0": Word("OPEN", BAD)}


def board() -> Board:
    """Return the board for whoever empties the dead letters."""
    return Board(
        uid="bus-dead-letters",
        title="Dead letters",
        description=(
            "Records that could not be applied. Each is kept whole until somebody redrives it or "
            "two officers discard it. `bus deadletters list` names them."
        ),
        rows=(
            Row(4, (_open(), _age(), _arrived(), _held(), _failed_again(), _breakers())),
            Row(9, (_arrivals(), _reasons())),
            Row(8, (_where(), _waiting())),
            Row(7, (_redrives(), _faults(), _breaker_history())),
        ),
        choices=(
            Choice("group", "bus_breaker_closed"),
            Choice("topic", "bus_dead_letters"),
        ),
    )


def _open() -> Panel:
    about = About(
        "Waiting for an operator",
        "Open dead letters: nothing happens to them until somebody redrives or discards them. "
        "`bus deadletters list` shows reasons and ages.",
        "short",
        4,
    )
    waiting = _letters('state="OPEN"')
    return number(about, waiting, ((1, WARNING), (20, BAD)))


def _age() -> Panel:
    about = About(
        "The oldest waits",
        "How long the oldest open dead letter has waited. What it says, its reader doesn't know.",
        "s",
        4,
    )
    waiting = age("bus_dead_letter_oldest_timestamp_seconds", GROUP)
    return number(about, waiting, ((HOUR, WARNING), (4 * HOUR, BAD)), words={"0": NONE})


def _arrived() -> Panel:
    about = About(
        "Arrived in the last hour",
        "Records that became dead letters within an hour. Many at once mostly have one cause: a "
        "bad deployment here, or a bad program there.",
        "short",
        4,
    )
    arrived = counted("bus_records_dead_lettered_total", where=f"{GROUP},{TOPIC}", within="1h")
    return number(about, f"round({arrived})", ((1, WARNING), (20, BAD)))


def _held() -> Panel:
    about = About(
        "Stored aside",
        "Records of unclosed dead letters, and later records of their keys that are held behind "
        "them so that order is kept. At 100,000 the group's partitions pause.",
        "short",
        4,
    )
    parked = total("bus_records_parked", "group", GROUP)
    return number(about, parked, ((100, WARNING), (50_000, BAD)))


def _failed_again() -> Panel:
    about = About(
        "Redrives that failed, 24 h",
        "Dead letters that were tried again and failed again: the cause is still there. Look at "
        "one with `bus deadletters show` before you redrive more.",
        "short",
        4,
    )
    where = f'outcome="failed_again",{GROUP}'
    failed = counted("bus_redrives_total", where=where, within="24h")
    return number(about, f"round({failed})", ((1, BAD),))


def _breakers() -> Panel:
    about = About(
        "Open breakers",
        "Groups that stopped themselves because too many records failed at once. Mend the cause, "
        "then `bus breaker close`.",
        "short",
        4,
    )
    closed = f"min by (group) (bus_breaker_closed{{{GROUP}}})"
    return number(about, zeros(closed), ((1, BAD),))


def _arrivals() -> Panel:
    about = About(
        "Arrivals in 10 minutes, by reason",
        "Records that became dead letters. SCHEMA_UNKNOWN after a producer's release: its schema "
        "is newer than the reader. HANDLER_FAILED after ours: look at the logs.",
        "short",
        15,
    )
    arrived = counted("bus_records_dead_lettered_total", "reason", f"{GROUP},{TOPIC}", within="10m")
    return lines(about, Query(f"{arrived} > 0", "{{reason}}"), stacked=True)


def _reasons() -> Panel:
    about = About(
        "Reasons, over the time shown",
        "How many records became dead letters, by reason, within the time that the board shows.",
        "short",
        9,
    )
    arrived = counted(
        "bus_records_dead_lettered_total", "reason", f"{GROUP},{TOPIC}", within="$__range"
    )
    return bars(about, Query(f"sort_desc(round({arrived}) > 0)", "{{reason}}"), ((20, BAD),))


def _where() -> Panel:
    about = About(
        "Where they are",
        "Dead letters that aren't closed, by group and topic. RETRYING: tried again by itself. "
        "OPEN: waits for an operator. REDRIVING: an operator asked for it.",
        "short",
        12,
    )
    letters = stand("bus_dead_letters", "group, topic, state", f"{GROUP},{TOPIC}")
    return rows_of(
        about,
        Column("Dead letters", f"{letters} > 0", steps=((1, WARNING), (20, BAD)), width=130),
        Column("Group", label="group", width=130),
        Column("Topic", label="topic"),
        Column("State", label="state", width=130),
        nothing="No dead letter is unclosed.",
    )


def _waiting() -> Panel:
    about = About(
        "Unclosed, over time",
        "Dead letters that aren't closed, by group and state. A level that stays is one that "
        "nobody looks at.",
        "short",
        12,
    )
    each = stand("bus_dead_letters", "group, topic, state", f"{GROUP},{TOPIC}")
    summed = f"sum by (group, state) ({each}) > 0"
    return lines(about, Query(summed, "{{group}}: {{state}}"))


def _redrives() -> Panel:
    about = About(
        "Redrives per hour, by outcome",
        "Dead letters that were tried again: applied, or failed again.",
        "short",
        8,
    )
    redrives = counted("bus_redrives_total", "group, outcome", GROUP, "1h")
    return lines(about, Query(f"{redrives} > 0", "{{group}}: {{outcome}}"))


def _faults() -> Panel:
    about = About(
        "Wrong fields, per hour",
        "Events that were applied although optional fields were wrong: the child is known, the "
        "detail isn't. Each waits for a correction by the agency that sent it.",
        "short",
        8,
    )
    faults = counted("bus_field_faults_total", "topic", f"{GROUP},{TOPIC}", "1h")
    return lines(about, Query(f"{faults} > 0", "{{topic}}"))


def _breaker_history() -> Panel:
    about = About(
        "Breakers",
        "Whether each group's breaker was closed. While it is open nothing is consumed, and "
        "nothing more becomes a dead letter.",
        "short",
        8,
    )
    closed = f"min by (group) (bus_breaker_closed{{{GROUP}}})"
    return timeline(about, BREAKER, Query(closed, "{{group}}"))


def _letters(state: str) -> str:
    return total("bus_dead_letters", "group, topic, state", f"{state},{GROUP},{TOPIC}")
