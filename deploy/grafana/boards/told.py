"""Will HHS be told? Yes or no, who is late, and what takes effect next."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Panel

from bus.metrics.labels import Standing
from deploy.grafana import answers
from deploy.grafana.answers import Answer, found, standing
from deploy.grafana.layout import Board, Row
from deploy.grafana.panels import (
    BAD,
    DARK,
    GOOD,
    NEUTRAL,
    NONE,
    WARNING,
    About,
    Column,
    Query,
    Word,
    lines,
    number,
    rows_of,
    timeline,
)
from deploy.grafana.queries import ACTUAL, age, remaining, stand, total

MINUTE = 60
DAY = 24 * 60 * MINUTE
FAR_AWAY = 1000 * 365 * DAY
"""Stands for: no such policy."""

COLORS = {
    Answer.YES: GOOD,
    Answer.AT_RISK: WARNING,
    Answer.CANT_TELL: DARK,
    Answer.NO: BAD,
}
STANDINGS: dict[str, str] = {
    Standing.CLEAR: GOOD,
    Standing.ANNOUNCED: NEUTRAL,
    Standing.PENDING: WARNING,
    Standing.REJECTED: DARK,
    Standing.IN_FORCE_UNANNOUNCED: BAD,
    Standing.UNREADABLE: "dark-red",
}
WORDS = {str(int(each)): Word(each.words, COLORS[each]) for each in Answer}


def board() -> Board:
    """Return the board that stands on the wall."""
    return Board(
        uid="bus-told",
        title="Will HHS be told?",
        description=(
            "Does each policy that is in force, or soon will be, stand as accepted by HHS, and "
            "does what the agencies publish arrive? Exercises and tests count for nothing here."
        ),
        rows=(
            Row(8, (_answer(), _why())),
            Row(4, (_unaccepted(), _overdue(), _next(), _canary(), _waiting(), _untaken())),
            Row(6, (_late_offices(), _next_policies())),
            Row(7, (_history(), _standings(), _owed())),
        ),
    )


def _answer() -> Panel:
    about = About(
        "Will HHS be told?",
        "YES: every policy in force stands as accepted by HHS, and events arrive. AT RISK: it will "
        "be NO if nobody acts. NO: HHS wasn't told, or isn't reached. CAN'T TELL: nothing can be "
        "seen, which is never a yes. The panel beside it says why.",
        "short",
        9,
    )
    return number(
        about,
        answers.answer(),
        words=WORDS,
        base=DARK,
        text_size=110,
    )


def _why() -> Panel:
    about = About(
        "Why",
        "All that speaks against a yes. Policies: `bus notice list`. Findings: `bus findings "
        "list`. Delivery: the board of that name.",
        "short",
        15,
    )
    words = {each.words: Word(each.words, COLORS[each]) for each in Answer}
    return rows_of(
        about,
        Column("Rank", f"sort_desc({answers.objections()})", is_hidden=True),
        Column("Answer", label="answer", words=words, width=150),
        Column("Because", label="because"),
        nothing="Nothing speaks against it.",
    )


def _unaccepted() -> Panel:
    about = About(
        "In force, not accepted",
        "Real policies that are in force although not every required office of HHS accepted them "
        "in time. `bus notice list` names them; their gate says NOT CLEAR.",
        "short",
        4,
    )
    return number(about, standing("in_force_unannounced"), ((1, BAD),))


def _overdue() -> Panel:
    about = About(
        "Answers overdue",
        "Decisions on notices that offices owe and whose time is over. `bus offices list` shows "
        "what waits for whom.",
        "short",
        4,
    )
    overdue = total("bus_acknowledgements_overdue", "office", ACTUAL)
    return number(about, overdue, ((1, WARNING),))


def _next() -> Panel:
    about = About(
        "Next unannounced policy takes effect in",
        "How long until the next real policy takes effect that isn't announced yet. Red under 3 "
        "days, orange under 7.",
        "s",
        4,
    )
    metric = "bus_policy_next_effective_timestamp_seconds"
    left = f"{remaining(metric, where=ACTUAL)} or 0 * max({metric}{{{ACTUAL}}}) + {FAR_AWAY}"
    steps = ((3 * DAY, WARNING), (7 * DAY, GOOD))
    return number(about, left, steps, base=BAD, none_above=FAR_AWAY)


def _canary() -> Panel:
    about = About(
        "Last canary arrived",
        "How long ago the last test notice was published that went the whole way: outbox, relay, "
        "Kafka, tracker. The monitor publishes one every few minutes. If none arrives, no notice "
        "does.",
        "s",
        4,
    )
    seen = f"time() - {stand('bus_canary_last_seen_timestamp_seconds')}"
    steps = ((answers.CANARY_LIMIT / 2, WARNING), (answers.CANARY_LIMIT, BAD))
    return number(about, seen, steps)


def _waiting() -> Panel:
    about = About(
        "Oldest unsent event",
        "How long the oldest event has waited in an agency's outbox for its relay. Nothing is "
        "lost, but HHS doesn't have it.",
        "s",
        4,
    )
    waiting = age("bus_outbox_oldest_timestamp_seconds")
    steps = ((MINUTE, WARNING), (answers.OUTBOX_LIMIT, BAD))
    return number(about, waiting, steps, words={"0": NONE})


def _untaken() -> Panel:
    about = About(
        "Acts without a notice",
        "Findings that somebody acts on a policy that nobody announced, or that is in force "
        "without HHS, and that no office has taken up. `bus findings list` shows them.",
        "short",
        4,
    )
    return number(about, found(answers.UNTOLD), ((1, BAD),))


def _late_offices() -> Panel:
    about = About(
        "Who is late",
        "Offices that owe decisions on real notices, and how many of them are late. They were "
        "written to. `bus offices list --json` says about which policies.",
        "short",
        14,
    )
    overdue = stand("bus_acknowledgements_overdue", "office", ACTUAL)
    due = stand("bus_acknowledgements_due", "office", ACTUAL)
    owing = f"{overdue} + {due} > 0"
    next_due = "bus_acknowledgement_next_due_timestamp_seconds"
    return rows_of(
        about,
        Column("Office", label="office"),
        Column("Overdue", f"{overdue} and on (office) ({owing})", steps=((1, BAD),), width=120),
        Column("Due", f"{due} and on (office) ({owing})", width=120),
        Column(
            "Next is due in",
            remaining(next_due, "office", ACTUAL),
            unit="s",
            steps=((-100 * 365 * DAY, BAD), (DAY, WARNING), (3 * DAY, "text")),
            width=180,
        ),
        nothing="No office owes an answer.",
    )


def _next_policies() -> Panel:
    about = About(
        "What takes effect next, not announced",
        "By agency, the next real policy that takes effect and isn't announced: HHS has not "
        "accepted it, or its lead time is too short. `bus notice list` names it.",
        "short",
        10,
    )
    metric = "bus_policy_next_effective_timestamp_seconds"
    return rows_of(
        about,
        Column("Agency", label="agency"),
        Column(
            "In",
            remaining(metric, "agency", ACTUAL),
            unit="s",
            steps=((-100 * 365 * DAY, BAD), (3 * DAY, WARNING), (7 * DAY, "text")),
            width=130,
        ),
        Column(
            "At",
            f"1000 * min by (agency) ({metric}{{{ACTUAL}}} > 0)",
            unit="dateTimeAsIso",
            width=200,
        ),
        nothing="Every policy to come is announced.",
    )


def _history() -> Panel:
    about = About(
        "The answer, over time",
        "What this board said when. Where the bar has a hole, nobody looked.",
        "short",
        8,
    )
    return timeline(about, WORDS, Query(answers.answer(), "Told?"))


def _standings() -> Panel:
    about = About(
        "Policies, by where they stand",
        "Real policies that haven't ended. clear: announced and in force. announced: HHS accepted, "
        "not in force yet. pending: waits for answers. rejected: an office said no. "
        "in_force_unannounced: in force without HHS. unreadable: a record of it can't be read.",
        "short",
        8,
    )
    where = f'standing!="ended",{ACTUAL}'
    query = Query(stand("bus_policies", "standing", where), "{{standing}}")
    return lines(about, query, colors=STANDINGS)


def _owed() -> Panel:
    about = About(
        "Answers overdue, by office",
        "Decisions that offices owe and whose time is over. A line that stays is an office that "
        "stays silent.",
        "short",
        8,
    )
    overdue = stand("bus_acknowledgements_overdue", "office", ACTUAL)
    return lines(about, Query(f"{overdue} > 0", "{{office}}"))
