"""Delivery: what is published, sent and applied, how fast, and what stands in the way."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Panel

from deploy.grafana import answers
from deploy.grafana.layout import Board, Choice, Row
from deploy.grafana.panels import (
    BAD,
    GOOD,
    NONE,
    WARNING,
    About,
    Query,
    Word,
    lines,
    number,
    states,
    timeline,
)
from deploy.grafana.queries import age, counted, oldest, per_second, quantile, stand, zeros

OWNER = 'owner=~"$owner"'
GROUP = 'group=~"$group"'
CONSUMERGROUP = 'consumergroup=~"$group"'
TOPIC = 'topic=~"$topic"'

RUNNING = {"1": Word("consumes", GOOD), "0": Word("STOPPED", BAD)}
ANSWERING = {"1": Word("answers", GOOD), "0": Word("AWAY", BAD)}


def board() -> Board:
    """Return the board on which a fault of delivery is found."""
    return Board(
        uid="bus-delivery",
        title="Delivery",
        description=(
            "What agencies publish goes through outbox, relay and Kafka to the groups that apply "
            "it. The first row says whether it does; below, from left to right, where it stops."
        ),
        rows=(
            Row(4, (_behind(), _unsent(), _slowest(), _stopped(), _away(), _failing())),
            Row(4, (_groups(), _dependencies())),
            Row(7, (_published(), _sent(), _applied())),
            Row(7, (_outbox_age(), _lag(), _quantiles())),
            Row(7, (_outbox_depth(), _lag_records(), _refused(), _failed())),
            Row(7, (_messages(), _gate(), _disk(), _machines())),
        ),
        choices=(
            Choice("owner", "bus_outbox_depth"),
            Choice("group", "bus_breaker_closed"),
            Choice("topic", "kafka_consumergroup_lag"),
        ),
    )


def _behind() -> Panel:
    about = About(
        "Furthest behind",
        "How old the record is that a group reads next, in its worst partition, exactly; 0 when "
        "nothing waits. Measured by the monitor, also while the group is down.",
        "s",
        4,
    )
    lag = stand("bus_consumer_lag_seconds", where=f"{GROUP},{TOPIC}")
    steps = ((answers.LAG_LIMIT / 2, WARNING), (answers.LAG_LIMIT, BAD))
    return number(about, lag, steps)


def _unsent() -> Panel:
    about = About(
        "Oldest unsent event",
        "How long the oldest event has waited for its relay. It is durable, but nobody else has "
        "it.",
        "s",
        4,
    )
    waiting = age("bus_outbox_oldest_timestamp_seconds", OWNER)
    steps = ((answers.MINUTE, WARNING), (answers.OUTBOX_LIMIT, BAD))
    return number(about, waiting, steps, words={"0": NONE})


def _slowest() -> Panel:
    about = About(
        "Delivered within, 99 of 100",
        "From the broker's append to the commit of the effects, for the last event of each batch, "
        "over the last hour. The objective is 30 seconds.",
        "s",
        4,
    )
    within = quantile(0.99, "bus_delivery_seconds", where=GROUP, within="1h")
    return number(about, within, ((5, WARNING), (30, BAD)))


def _stopped() -> Panel:
    about = About(
        "Do the groups consume?",
        "Whether each group has a closed breaker and members. `bus breaker list` and `bus "
        "positions list` say which and since when.",
        "short",
        4,
    )
    return states(about, RUNNING, Query(_consumes(), "{{group}}"))


def _away() -> Panel:
    about = About(
        "Dependencies away",
        "Kafka or Postgres doesn't answer the monitor. Publishing goes on in the agencies' own "
        "databases; consuming waits and loses nothing.",
        "short",
        4,
    )
    away = zeros(stand("bus_dependency_up", "dependency"))
    return number(about, away, ((1, BAD),))


def _failing() -> Panel:
    about = About(
        "Failed sends and batches, 1 h",
        "Batches that the broker didn't take and transactions that were rolled back in the last "
        "hour. Both are tried again; many of them say that something is wrong.",
        "short",
        4,
    )
    sends = counted("bus_sends_failed_total", where=OWNER, within="1h")
    batches = counted("bus_batches_failed_total", where=GROUP, within="1h")
    return number(about, f"round({sends} + {batches})", ((3, WARNING), (30, BAD)))


def _published() -> Panel:
    about = About(
        "Published",
        "Events that the agencies' stores took, by owner. A line that ends is an agency that "
        "publishes nothing.",
        "eps",
        8,
    )
    where = f"{OWNER},{TOPIC}"
    return lines(
        about, Query(per_second("bus_events_published_total", "owner", where), "{{owner}}")
    )


def _sent() -> Panel:
    about = About(
        "Sent to Kafka",
        "Events that the broker took from each relay. It should follow what is published.",
        "eps",
        8,
    )
    where = f"{OWNER},{TOPIC}"
    return lines(about, Query(per_second("bus_events_sent_total", "owner", where), "{{owner}}"))


def _applied() -> Panel:
    about = About(
        "Applied",
        "Events whose effects were committed, by group, and repetitions that changed nothing.",
        "eps",
        8,
    )
    where = f"{GROUP},{TOPIC}"
    return lines(
        about,
        Query(per_second("bus_events_applied_total", "group", where), "{{group}}"),
        Query(
            per_second("bus_events_duplicate_total", "group", where) + " > 0", "{{group}}, again"
        ),
    )


def _outbox_age() -> Panel:
    about = About(
        "Age of the oldest unsent event",
        "By owner. It grows while the relay or the broker is away.",
        "s",
        8,
    )
    waiting = oldest("bus_outbox_oldest_timestamp_seconds", "owner", OWNER)
    return lines(about, Query(waiting, "{{owner}}"), steps=((answers.OUTBOX_LIMIT, BAD),))


def _lag() -> Panel:
    about = About(
        "Behind, in time",
        "How old the record is that a group reads next, by topic, in the worst partition. It grows "
        "a second a second while a group stands still.",
        "s",
        8,
    )
    lag = stand("bus_consumer_lag_seconds", "group, topic", f"{GROUP},{TOPIC}")
    query = Query(f"{lag} > 0", "{{group}}: {{topic}}")
    return lines(about, query, steps=((answers.LAG_LIMIT, BAD),))


def _quantiles() -> Panel:
    about = About(
        "Delivery time",
        "From the broker's append to the commit of the effects: half, 95 and 99 of 100 batches are "
        "faster. Nothing is drawn while nothing is delivered.",
        "s",
        8,
    )
    return lines(
        about,
        *(
            Query(quantile(share, "bus_delivery_seconds", "group", GROUP), f"{{{{group}}}} {name}")
            for share, name in ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
        ),
    )


def _groups() -> Panel:
    about = About(
        "Groups",
        "Whether a group consumes: its breaker is closed, and the broker sees members.",
        "short",
        12,
    )
    return timeline(about, RUNNING, Query(_consumes(), "{{group}}"))


def _dependencies() -> Panel:
    about = About(
        "Kafka and Postgres",
        "Whether each answers the monitor. A hole is a time when the monitor itself was away.",
        "short",
        12,
    )
    up = stand("bus_dependency_up", "dependency")
    return timeline(about, ANSWERING, Query(up, "{{dependency}}"))


def _outbox_depth() -> Panel:
    about = About("Unsent events", "Events in each outbox that wait for the relay.", "short", 6)
    return lines(about, Query(stand("bus_outbox_depth", "owner", OWNER), "{{owner}}"))


def _lag_records() -> Panel:
    about = About(
        "Behind, in records",
        "Records that a group hasn't passed yet, by topic, over all partitions.",
        "short",
        6,
    )
    each = stand(
        "kafka_consumergroup_lag", "consumergroup, topic, partition", f"{CONSUMERGROUP},{TOPIC}"
    )
    summed = f"sum by (consumergroup, topic) ({each}) > 0"
    return lines(about, Query(summed, "{{consumergroup}}: {{topic}}"))


def _refused() -> Panel:
    about = About(
        "Refused at publishing, per hour",
        "Events that break rules, by owner and rule: the caller was told, nothing was stored. "
        "Many from one owner say that its program is wrong.",
        "short",
        6,
    )
    refused = counted("bus_events_refused_total", "owner, reason", f"{OWNER},{TOPIC}", "1h")
    return lines(about, Query(f"{refused} > 0", "{{owner}}: {{reason}}"))


def _failed() -> Panel:
    about = About(
        "Tried again, per hour",
        "Failed sends by owner; rolled back batches, commits that the broker didn't take, "
        "rebalances and rewinds by group. Each alone is harmless.",
        "short",
        6,
    )
    return lines(
        about,
        _happened("bus_sends_failed_total", "owner", OWNER, "sends"),
        _happened("bus_batches_failed_total", "group", GROUP, "batches"),
        _happened("bus_commits_failed_total", "group", GROUP, "commits"),
        _happened("bus_rebalances_total", "group", GROUP, "rebalances"),
        _happened("bus_rewinds_total", "group", GROUP, "rewinds"),
    )


def _messages() -> Panel:
    about = About(
        "Messages to offices, per hour",
        "Tries to bring reminders and alarms to offices, by channel and outcome. What fails is "
        "tried again, and becomes a finding in the end.",
        "short",
        6,
    )
    sent = counted("bus_messages_sent_total", "channel, outcome", within="1h")
    return lines(about, Query(f"{sent} > 0", "{{channel}}: {{outcome}}"))


def _gate() -> Panel:
    about = About(
        "Gate: 99 of 100 answers within",
        "How long programs wait for an answer of the gate. While it doesn't answer, nobody may "
        "act.",
        "s",
        6,
    )
    return lines(about, Query(quantile(0.99, "bus_gate_answer_seconds"), "99 %"))


def _disk() -> Panel:
    about = About(
        "Free disk",
        "The share of each disk that is free. Facts are kept without limit: it only shrinks.",
        "percentunit",
        6,
    )
    free = f"{stand('bus_disk_free_bytes', 'place')} / {stand('bus_disk_size_bytes', 'place')}"
    return lines(about, Query(free, "{{place}}"))


def _machines() -> Panel:
    about = About(
        "Clock skew",
        "How far the clocks of Kafka and Postgres are from the monitor's. Over a second, lead "
        "times and validities start to be wrong.",
        "s",
        6,
    )
    skew = "max by (dependency) (abs(bus_clock_skew_seconds))"
    return lines(about, Query(skew, "{{dependency}}"), steps=((1, BAD),))


def _happened(counter: str, by: str, where: str, what: str) -> Query:
    return Query(f"{counted(counter, by, where, '1h')} > 0", f"{{{{{by}}}}}: {what}")


def _consumes() -> str:
    """Return 1 for each group that consumes, else 0."""
    closed = f"min by (group) (bus_breaker_closed{{{GROUP}}})"
    members = stand("bus_consumer_members", "group", GROUP)
    return f"{closed} * on (group) ({members} > bool 0)"
