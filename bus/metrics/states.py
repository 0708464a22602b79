"""How things stand: told by the monitor, also while services are down; of an outbox by its relay.

Moments are seconds since 1970; 0 is none, so queries write `> 0`.
"""

from __future__ import annotations

from bus.metrics.kinds import Exporter, Gauge

# A store, whose database is the agency's own

OUTBOX_DEPTH = Gauge(
    "bus_outbox_depth", "Events stored and not sent yet.", "events", "owner", by=Exporter.RELAY
)
OUTBOX_OLDEST = Gauge(
    "bus_outbox_oldest_timestamp_seconds",
    "When the oldest unsent event was stored.",
    "seconds",
    "owner",
    by=Exporter.RELAY,
)
LAST_SENT = Gauge(
    "bus_relay_last_sent_timestamp_seconds",
    "When this relay last sent an event.",
    "seconds",
    "owner",
    by=Exporter.RELAY,
)


def _state(name: str, help_text: str, unit: str, *labels: str) -> Gauge:
    return Gauge(name, help_text, unit, *labels, by=Exporter.MONITOR)


# Consumer groups

CONSUMER_LAG = _state(
    "kafka_consumergroup_lag",
    "Records that the group hasn't passed yet, by the position in its database.",
    "records",
    "consumergroup",
    "topic",
    "partition",
)
CONSUMER_OFFSET = _state(
    "kafka_consumergroup_current_offset",
    "The group's next offset, by the position in its database.",
    "offset",
    "consumergroup",
    "topic",
    "partition",
)
CONSUMER_LAG_SECONDS = _state(
    "bus_consumer_lag_seconds",
    "How old the record is that the group reads next, in the worst partition; 0 when none waits.",
    "seconds",
    "group",
    "topic",
)
CONSUMER_MEMBERS = _state(
    "bus_consumer_members", "Members of the group, as the broker sees it.", "members", "group"
)
DEAD_LETTERS = _state(
    "bus_dead_letters",
    "Dead letters that aren't closed.",
    "dead letters",
    "group",
    "topic",
    "state",
)
DEAD_LETTER_OLDEST = _state(
    "bus_dead_letter_oldest_timestamp_seconds",
    "When the oldest dead letter was made that waits for an operator.",
    "seconds",
    "group",
)
RECORDS_PARKED = _state(
    "bus_records_parked",
    "Records of unclosed dead letters, and records held behind them.",
    "records",
    "group",
)
BREAKER_CLOSED = _state("bus_breaker_closed", "1 while the group may consume, else 0.", "", "group")

# The announcement guarantee

POLICIES = _state("bus_policies", "Policies, by where they stand.", "policies", "standing", "mode")
POLICY_NEXT_EFFECTIVE = _state(
    "bus_policy_next_effective_timestamp_seconds",
    "When the next policy takes effect that isn't announced.",
    "seconds",
    "agency",
    "mode",
)
ACKNOWLEDGEMENTS_DUE = _state(
    "bus_acknowledgements_due",
    "Decisions that the office owes, and whose time isn't over.",
    "acknowledgements",
    "office",
    "mode",
)
ACKNOWLEDGEMENTS_OVERDUE = _state(
    "bus_acknowledgements_overdue",
    "Decisions that the office owes, and whose time is over.",
    "acknowledgements",
    "office",
    "mode",
)
ACKNOWLEDGEMENT_NEXT_DUE = _state(
    "bus_acknowledgement_next_due_timestamp_seconds",
    "When the office's next decision is due.",
    "seconds",
    "office",
    "mode",
)
FINDINGS_OPEN = _state(
    "bus_findings_open",
    "Findings that nobody has taken; OFFSET_GAP, which nobody can take, is not among them.",
    "findings",
    "kind",
    "mode",
)
FINDING_OLDEST = _state(
    "bus_finding_oldest_timestamp_seconds",
    "When the oldest finding was opened that nobody has taken.",
    "seconds",
    "kind",
    "mode",
)
SEQUENCE_GAPS = _state(
    "bus_sequence_gaps",
    "Runs of numbers that are missing on a fact topic, and that nobody has settled.",
    "runs",
    "topic",
)

# What everything stands on

DEPENDENCY_UP = _state("bus_dependency_up", "1 while it answers, else 0.", "", "dependency")
CLOCK_SKEW = _state(
    "bus_clock_skew_seconds",
    "Its clock less the monitor's; 0 where the difference isn't sure.",
    "seconds",
    "dependency",
)
DISK_FREE = _state("bus_disk_free_bytes", "Space that is free on the disk.", "bytes", "place")
DISK_SIZE = _state("bus_disk_size_bytes", "Space that the disk has.", "bytes", "place")
CANARY_LAST_SENT = _state(
    "bus_canary_last_sent_timestamp_seconds",
    "When the monitor last published its canary, a notice of mode TEST.",
    "seconds",
)
CANARY_LAST_SEEN = _state(
    "bus_canary_last_seen_timestamp_seconds",
    "When the canary was published that the tracker read last.",
    "seconds",
)
MONITOR_LAST_SUCCESS = _state(
    "bus_monitor_last_success_timestamp_seconds",
    "When this part of the monitor's work last succeeded.",
    "seconds",
    "part",
)
