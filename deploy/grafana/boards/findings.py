"""Findings: what the tracker found to be wrong, who has taken it, how long it waits."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Panel

from deploy.grafana.layout import Board, Choice, Row
from deploy.grafana.panels import (
    BAD,
    NEUTRAL,
    NONE,
    WARNING,
    About,
    Column,
    Query,
    bars,
    lines,
    number,
    rows_of,
)
from deploy.grafana.queries import ACTUAL, age, counted, oldest, quantile, stand, total

HOUR = 3600
DAY = 24 * HOUR

KIND = 'kind=~"$kind"'
REAL = f"{KIND},{ACTUAL}"


def board() -> Board:
    """Return the board for whoever must take findings up."""
    return Board(
        uid="bus-findings",
        title="Findings",
        description=(
            "What the tracker found to be wrong: acts without a notice, late notices, silent "
            "offices, contradictions. A finding waits until an office takes it up (`bus findings "
            "take`). Only real ones are shown, but in the last panel."
        ),
        rows=(
            Row(4, (_untaken(), _oldest(), _opened(), _gaps(), _not_clear(), _exercises())),
            Row(7, (_kinds(), _opened_by_kind())),
            Row(8, (_waiting(), _over_time())),
            Row(7, (_gate(), _answer_time(), _gap_history())),
        ),
        choices=(
            Choice("kind", "bus_findings_open"),
            Choice("office", "bus_acknowledgements_due"),
        ),
    )


def _untaken() -> Panel:
    about = About(
        "Nobody has taken",
        "Open findings that no office has taken up. `bus findings list` shows them.",
        "short",
        4,
    )
    return number(about, _open(), ((1, WARNING), (10, BAD)))


def _oldest() -> Panel:
    about = About(
        "The oldest waits",
        "How long the oldest finding has waited that nobody has taken up.",
        "s",
        4,
    )
    waiting = age("bus_finding_oldest_timestamp_seconds", REAL)
    return number(about, waiting, ((8 * HOUR, WARNING), (DAY, BAD)), words={"0": NONE})


def _opened() -> Panel:
    about = About(
        "Opened in 24 hours",
        "Findings that the tracker opened within a day, taken up or not.",
        "short",
        4,
    )
    opened = counted("bus_findings_total", where=REAL, within="24h")
    return number(about, f"round({opened})", ((1, WARNING), (20, BAD)))


def _gaps() -> Panel:
    about = About(
        "Missing numbers",
        "Runs of sequence numbers that are missing on topics of facts. While one is missing, every "
        "gate says NOT CLEAR. `bus sequences list` shows them.",
        "short",
        4,
    )
    return number(about, total("bus_sequence_gaps", "topic"), ((1, BAD),))


def _not_clear() -> Panel:
    about = About(
        "Gate: not clear, 1 h",
        "How often the gate said no, or that it doesn't know, within an hour: somebody wanted to "
        "act on a policy and may not.",
        "short",
        4,
    )
    where = 'verdict!="CLEAR"'
    said = counted("bus_gate_answers_total", where=where, within="1h")
    return number(about, f"round({said})", ((1, WARNING),))


def _exercises() -> Panel:
    about = About(
        "Exercises and tests",
        "Findings of exercises and tests that nobody has taken up. They count nowhere else, and "
        "alarm nobody.",
        "short",
        4,
    )
    pretended = total("bus_findings_open", "kind, mode", 'mode!="ACTUAL"')
    return number(about, pretended, base=NEUTRAL)


def _kinds() -> Panel:
    about = About(
        "What waits",
        "Findings that nobody has taken up, by kind. `bus findings list --kind KIND` shows them, "
        "`bus findings take` takes one.",
        "short",
        12,
    )
    count = stand("bus_findings_open", "kind", REAL)
    waiting = oldest("bus_finding_oldest_timestamp_seconds", "kind", REAL)
    return rows_of(
        about,
        Column("Kind", label="kind"),
        Column("Open", f"{count} > 0", steps=((1, WARNING), (10, BAD)), width=100),
        Column(
            "The oldest waits",
            waiting,
            unit="s",
            steps=((8 * HOUR, WARNING), (DAY, BAD)),
            width=170,
        ),
        nothing="Nothing waits.",
    )


def _opened_by_kind() -> Panel:
    about = About(
        "Opened, by kind, over the time shown",
        "How many findings the tracker opened within the time that the board shows.",
        "short",
        12,
    )
    opened = counted("bus_findings_total", "kind", REAL, within="$__range")
    return bars(about, Query(f"sort_desc(round({opened}) > 0)", "{{kind}}"), base=WARNING)


def _waiting() -> Panel:
    about = About(
        "Opened per hour",
        "Findings that were opened, by kind. MISSING_CITATION in numbers is a practice; "
        "UNANNOUNCED_POLICY once is an alarm.",
        "short",
        12,
    )
    opened = counted("bus_findings_total", "kind", REAL, "1h")
    return lines(about, Query(f"{opened} > 0", "{{kind}}"), stacked=True)


def _over_time() -> Panel:
    about = About(
        "Nobody has taken, over time",
        "Open findings that no office has taken up, by kind. A level that stays is one that nobody "
        "looks at.",
        "short",
        12,
    )
    count = stand("bus_findings_open", "kind", REAL)
    return lines(about, Query(f"{count} > 0", "{{kind}}"))


def _gate() -> Panel:
    about = About(
        "What the gate said",
        "Answers a second, by verdict. NOT_CLEAR that rises: a policy is acted on before its time.",
        "reqps",
        8,
    )
    said = "sum by (verdict) (rate(bus_gate_answers_total[$__rate_interval]))"
    return lines(about, Query(said, "{{verdict}}"))


def _answer_time() -> Panel:
    about = About(
        "Time to acknowledge",
        "From a notice's delivery to an office's first decision, half of them, over the last 30 "
        "days. An office that takes longer each month is one that will be late.",
        "s",
        8,
    )
    half = quantile(0.5, "bus_acknowledgement_seconds", "office", 'office=~"$office"', within="30d")
    return lines(about, Query(half, "{{office}}"))


def _gap_history() -> Panel:
    about = About(
        "Missing numbers, by topic",
        "Runs of sequence numbers that are missing. A short one is a record on its way; one that "
        "stays was lost before Kafka, and its source must say what it was.",
        "short",
        8,
    )
    gaps = stand("bus_sequence_gaps", "topic")
    return lines(about, Query(f"{gaps} > 0", "{{topic}}"))


def _open() -> str:
    return total("bus_findings_open", "kind", REAL)
