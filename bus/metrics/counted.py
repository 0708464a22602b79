"""What services count where it happens: once a batch, from numbers that they know anyway."""

from __future__ import annotations

from bus.metrics.kinds import Counter, Exporter, Gauge, Histogram

HOUR = 3600.0
DAY = 24 * HOUR

DELIVERY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ANSWER_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ACKNOWLEDGEMENT_BUCKETS = (
    *(each * HOUR for each in (1, 4, 12)),
    *(each * DAY for each in (1, 2, 3, 5, 7, 10, 14, 21, 30)),
)

BUILD = Gauge(
    "bus_build_info", "1; the label says which version runs.", "", "version", by=Exporter.EVERY
)

# Publishing

EVENTS_PUBLISHED = Counter(
    "bus_events_published_total",
    "Events that a store took, whether or not the caller's transaction committed.",
    "events",
    "owner",
    "topic",
    by=Exporter.PUBLISHER,
)
EVENTS_REFUSED = Counter(
    "bus_events_refused_total",
    "Events that break rules: nothing was stored.",
    "events",
    "owner",
    "topic",
    "reason",
    by=Exporter.PUBLISHER,
)
EVENTS_SENT = Counter(
    "bus_events_sent_total",
    "Events that the broker took.",
    "events",
    "owner",
    "topic",
    by=Exporter.RELAY,
)
SENDS_FAILED = Counter(
    "bus_sends_failed_total",
    "Batches that the broker didn't take, and that are sent again.",
    "batches",
    "owner",
    by=Exporter.RELAY,
)

# Consuming

EVENTS_APPLIED = Counter(
    "bus_events_applied_total",
    "Events whose effects were committed.",
    "events",
    "group",
    "topic",
    by=Exporter.CONSUMER,
)
EVENTS_DUPLICATE = Counter(
    "bus_events_duplicate_total",
    "Repetitions of applied events.",
    "records",
    "group",
    "topic",
    by=Exporter.CONSUMER,
)
RECORDS_DEAD_LETTERED = Counter(
    "bus_records_dead_lettered_total",
    "Records that became dead letters, whole; of wrong fields tells bus_field_faults_total.",
    "records",
    "group",
    "topic",
    "reason",
    by=Exporter.CONSUMER,
)
FIELD_FAULTS = Counter(
    "bus_field_faults_total",
    "Applied events some of whose optional fields were wrong.",
    "events",
    "group",
    "topic",
    by=Exporter.CONSUMER,
)
BATCHES_FAILED = Counter(
    "bus_batches_failed_total",
    "Transactions that were rolled back and are tried again.",
    "transactions",
    "group",
    by=Exporter.CONSUMER,
)
REBALANCES = Counter(
    "bus_rebalances_total",
    "Times that the group gave this worker other partitions.",
    "rebalances",
    "group",
    by=Exporter.CONSUMER,
)
COMMITS_FAILED = Counter(
    "bus_commits_failed_total",
    "Offsets that the broker didn't take. A hint was lost, and no event.",
    "commits",
    "group",
    by=Exporter.CONSUMER,
)
REDRIVES = Counter(
    "bus_redrives_total",
    "Dead letters that an operator had tried again, by what became of them.",
    "dead letters",
    "group",
    "outcome",
    by=Exporter.CONSUMER,
)
REWINDS = Counter(
    "bus_rewinds_total",
    "Claims that went on below where the same worker had come to: an operator's reset, or a "
    "database from before.",
    "claims",
    "group",
    by=Exporter.CONSUMER,
)
DELIVERY_SECONDS = Histogram(
    "bus_delivery_seconds",
    "From the broker's append to the commit of the effects, for the last event of each batch.",
    "seconds",
    "group",
    by=Exporter.CONSUMER,
    buckets=DELIVERY_BUCKETS,
)

# The announcement guarantee

GATE_ANSWERS = Counter(
    "bus_gate_answers_total",
    "What the gate answered.",
    "answers",
    "verdict",
    by=Exporter.GATE,
)
GATE_ANSWER_SECONDS = Histogram(
    "bus_gate_answer_seconds",
    "How long the gate took to answer.",
    "seconds",
    by=Exporter.GATE,
    buckets=ANSWER_BUCKETS,
)
ACKNOWLEDGEMENT_SECONDS = Histogram(
    "bus_acknowledgement_seconds",
    "From the delivery of a notice's text to the office's first decision on it. Real notices only.",
    "seconds",
    "office",
    by=Exporter.TRACKER,
    buckets=ACKNOWLEDGEMENT_BUCKETS,
)
FINDINGS = Counter(
    "bus_findings_total",
    "Findings that were told for the first time; OFFSET_GAP comes from each group.",
    "findings",
    "kind",
    "mode",
    by=Exporter.TRACKER,
)
MESSAGES_SENT = Counter(
    "bus_messages_sent_total",
    "Tries to bring a message to an office.",
    "tries",
    "channel",
    "outcome",
    by=Exporter.TRACKER,
)
