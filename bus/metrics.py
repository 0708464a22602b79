"""Every metric of the bus. Labels are few and enumerated; never an id, never a person.

Each label set is made at 0 where its owner starts: a counter that is born at 1 is a counter
whose first increase Prometheus can't see.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()

DELIVERY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

EVENTS_APPLIED = Counter(
    "bus_events_applied_total", "Events whose effects were committed.", ["group", "topic"]
)
EVENTS_DUPLICATE = Counter(
    "bus_events_duplicate_total", "Repetitions of applied events.", ["group", "topic"]
)
RECORDS_DEAD_LETTERED = Counter(
    "bus_records_dead_lettered_total",
    "Records that became dead letters.",
    ["group", "topic", "reason"],
)
FIELD_FAULTS = Counter(
    "bus_field_faults_total",
    "Applied events some of whose optional fields were wrong.",
    ["group", "topic"],
)
DELIVERY_SECONDS = Histogram(
    "bus_delivery_seconds",
    "From the broker's append to the commit of the effects, for the last event of each batch.",
    ["group"],
    buckets=DELIVERY_BUCKETS,
)
BATCHES_FAILED = Counter(
    "bus_batches_failed_total",
    "Transactions that were rolled back and are tried again.",
    ["group"],
)
RECORDS_PARKED = Gauge(
    "bus_records_parked",
    "Records of unclosed dead letters, and records held behind them.",
    ["group"],
)
BREAKER_CLOSED = Gauge("bus_breaker_closed", "1 while the group consumes, else 0.", ["group"])
CONSUMER_LAG = Gauge(
    "kafka_consumergroup_lag", "Records not read yet.", ["group", "topic", "partition"]
)
CONSUMER_OFFSET = Gauge(
    "kafka_consumergroup_current_offset",
    "The next offset to read.",
    ["group", "topic", "partition"],
)
OUTBOX_DEPTH = Gauge("bus_outbox_depth", "Events stored and not sent yet.", ["owner"])
OUTBOX_OLDEST = Gauge(
    "bus_outbox_oldest_timestamp_seconds",
    "When the oldest unsent event was stored; 0 when there is none.",
    ["owner"],
)
EVENTS_SENT = Counter("bus_events_sent_total", "Events that the broker took.", ["owner", "topic"])
