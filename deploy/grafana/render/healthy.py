"""A made-up day on which everything that the boards show is there, and well."""

from __future__ import annotations

from bus.metrics.labels import Dependency, Part, Redrive, Standing
from bus.notices.findings import FindingKind
from bus.topics import AGENCIES, GROUPS, OWNERS, find_topic
from deploy.grafana.render.curves import every, never, ramps, steady, steps, swing
from deploy.grafana.render.history import History

CUSTODY = "dhs.custody-event.v1"
NOTICES = "doj.policy-notice.v1"
ANSWERS = "hhs.acknowledgement.v1"
RECEIPTS = "hhs.delivery-receipt.v1"

RATES = {CUSTODY: 0.5, NOTICES: 0.004, ANSWERS: 0.003, RECEIPTS: 0.05}
"""Events a second: on a peak day there are 45,000 custody events."""

READ = {
    "hhs-intake": (CUSTODY, NOTICES),
    "tracker": (CUSTODY, NOTICES, ANSWERS, RECEIPTS),
}
INTAKE, DIRECTOR, SECRETARY = "hhs.orr.intake", "hhs.orr.director", "hhs.acf.assistant-secretary"
OFFICES = (INTAKE, DIRECTOR, SECRETARY)

NOTHING = steady(0)
SECONDS = 1 / 3600


def healthy(history: History) -> None:
    """Tell of a day on which HHS accepted everything, and events arrive."""
    history.gauge("bus_build_info", steady(1), version="0.1.0")
    for tell in (_publishing, _consuming, _policies, _gate, _findings, _ground):
        tell(history)


def policies(
    history: History, standing: Standing, real: int, *changes: tuple[float, float]
) -> None:
    """Tell how many real policies stand so, and of exercises none."""
    history.gauge("bus_policies", steps(real, *changes), standing=standing, mode="ACTUAL")
    history.gauge("bus_policies", NOTHING, standing=standing, mode="EXERCISE")


def _publishing(history: History) -> None:
    for seed, (topic, rate) in enumerate(RATES.items()):
        owner = find_topic(topic).owner
        for counter in ("bus_events_published_total", "bus_events_sent_total"):
            history.counter(counter, swing(rate, seed=seed), owner=owner, topic=topic)
    for owner in OWNERS:
        history.counter("bus_sends_failed_total", NOTHING, owner=owner)
        history.gauge("bus_outbox_depth", NOTHING, owner=owner)
        history.moment("bus_outbox_oldest_timestamp_seconds", never, owner=owner)
    refused = {"owner": "dhs", "topic": CUSTODY, "reason": "schema"}
    history.counter("bus_events_refused_total", NOTHING, **refused)


def _consuming(history: History) -> None:
    for group in GROUPS:
        history.gauge("bus_breaker_closed", steady(1), group=group)
        history.gauge("bus_consumer_members", steady(2), group=group)
        history.gauge("bus_records_parked", NOTHING, group=group)
        history.moment("bus_dead_letter_oldest_timestamp_seconds", never, group=group)
        for what in ("batches_failed", "commits_failed", "rebalances", "rewinds"):
            history.counter(f"bus_{what}_total", NOTHING, group=group)
        for outcome in Redrive:
            history.counter("bus_redrives_total", NOTHING, group=group, outcome=outcome)
        history.histogram("bus_delivery_seconds", swing(0.4), swing(0.03, 0.2), group=group)
        for seed, topic in enumerate(READ[group]):
            _reading(history, group, topic, seed)


def _reading(history: History, group: str, topic: str, seed: int) -> None:
    labels = {"group": group, "topic": topic}
    history.counter("bus_events_applied_total", swing(RATES[topic], seed=seed), **labels)
    history.counter("bus_events_duplicate_total", NOTHING, **labels)
    history.counter("bus_field_faults_total", NOTHING, **labels)
    history.gauge("bus_consumer_lag_seconds", NOTHING, **labels)
    for reason in ("SCHEMA_UNKNOWN", "FIELDS_INVALID"):
        history.counter("bus_records_dead_lettered_total", NOTHING, reason=reason, **labels)
    for state in ("RETRYING", "OPEN", "REDRIVING"):
        history.gauge("bus_dead_letters", NOTHING, state=state, **labels)
    for partition in range(find_topic(topic).content.partitions):
        place = {"consumergroup": group, "topic": topic, "partition": str(partition)}
        history.gauge("kafka_consumergroup_lag", NOTHING, **place)


def _policies(history: History) -> None:
    for standing in Standing:
        policies(history, standing, 0)
    policies(history, Standing.ENDED, 5)
    policies(history, Standing.PENDING, 1)
    policies(history, Standing.ANNOUNCED, 3, (-9, 2))
    policies(history, Standing.CLEAR, 2, (-9, 3))
    for agency in AGENCIES:
        effect = "bus_policy_next_effective_timestamp_seconds"
        history.moment(effect, never, agency=agency, mode="ACTUAL")
    history.moment(effect, lambda _: 26 * 24.0, agency="doj", mode="ACTUAL")
    for office in OFFICES:
        owing = {"office": office, "mode": "ACTUAL"}
        history.gauge("bus_acknowledgements_overdue", NOTHING, **owing)
        history.gauge("bus_acknowledgements_due", NOTHING, **owing)
        history.moment("bus_acknowledgement_next_due_timestamp_seconds", never, **owing)
        history.histogram(
            "bus_acknowledgement_seconds", swing(0.0005), steady(30 * 3600), office=office
        )
    owing = {"office": DIRECTOR, "mode": "ACTUAL"}
    history.gauge("bus_acknowledgements_due", steps(0, (-20, 1)), **owing)
    history.moment("bus_acknowledgement_next_due_timestamp_seconds", lambda _: 100.0, **owing)


def _gate(history: History) -> None:
    for verdict, rate in (("CLEAR", 0.2), ("NOT_CLEAR", 0.0), ("UNKNOWN", 0.0)):
        history.counter("bus_gate_answers_total", swing(rate), verdict=verdict)
    history.histogram("bus_gate_answer_seconds", swing(0.2), swing(0.004, 0.2))


def _findings(history: History) -> None:
    for kind in FindingKind:
        for mode in ("ACTUAL", "EXERCISE"):
            history.counter("bus_findings_total", NOTHING, kind=kind, mode=mode)
            history.gauge("bus_findings_open", NOTHING, kind=kind, mode=mode)
            history.moment("bus_finding_oldest_timestamp_seconds", never, kind=kind, mode=mode)
    for topic in (NOTICES, ANSWERS, RECEIPTS):
        history.gauge("bus_sequence_gaps", NOTHING, topic=topic)
    for channel in ("mail", "webhook"):
        sent = {"channel": channel, "outcome": "sent"}
        history.counter("bus_messages_sent_total", swing(0.0006), **sent)


def _ground(history: History) -> None:
    for dependency in Dependency:
        history.gauge("bus_dependency_up", steady(1), dependency=dependency)
        history.gauge("bus_clock_skew_seconds", swing(0.002), dependency=dependency)
    for place, free in (("kafka", 1.4e12), ("postgres", 1.24e12)):
        history.gauge("bus_disk_size_bytes", steady(2e12), place=place)
        history.gauge("bus_disk_free_bytes", ramps((-24, free), (0, free - 2e10)), place=place)
    history.moment("bus_canary_last_sent_timestamp_seconds", every(1 / 12, last=-1 / 20))
    history.moment("bus_canary_last_seen_timestamp_seconds", every(1 / 12, last=-1 / 20))
    for part in Part:
        looked = "bus_monitor_last_success_timestamp_seconds"
        history.moment(looked, lambda hour: hour - 15 * SECONDS, part=part)
