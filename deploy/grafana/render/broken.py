"""Made-up days on which one thing is wrong: what each board must tell within five seconds."""

from __future__ import annotations

from bus.metrics.labels import Redrive, Standing
from bus.notices.findings import FindingKind
from bus.topics import find_topic
from deploy.grafana.render.curves import (
    Curve,
    during,
    growing,
    ramps,
    since,
    steady,
    steps,
    swing,
    until,
)
from deploy.grafana.render.healthy import (
    CUSTODY,
    DIRECTOR,
    INTAKE,
    NOTHING,
    NOTICES,
    RATES,
    READ,
    RECEIPTS,
    SECRETARY,
    policies,
)
from deploy.grafana.render.history import HOUR, History


def in_force_without_hhs(history: History) -> None:
    """A policy of DOJ took effect five hours ago; ORR's director and intake never answered."""
    effect = -5.2
    policies(history, Standing.PENDING, 2, (effect, 1))
    policies(history, Standing.IN_FORCE_UNANNOUNCED, 0, (effect, 1))
    policies(history, Standing.ANNOUNCED, 1)
    policies(history, Standing.CLEAR, 2)
    name, doj = "bus_policy_next_effective_timestamp_seconds", {"agency": "doj", "mode": "ACTUAL"}
    upcoming = until(effect)
    history.moment(name, lambda hour: upcoming(hour) or 52.0, **doj)
    _owes(history, DIRECTOR, steps(0, (-16, 1), (-7, 2)), due=1, next_due=20)
    _owes(history, INTAKE, steps(0, (-7, 1)), due=0)
    _owes(history, SECRETARY, NOTHING, due=1, next_due=52)
    _finds(history, FindingKind.IN_FORCE_NOT_ANNOUNCED, effect)
    _finds(history, FindingKind.UNANNOUNCED_POLICY, effect + 0.4)
    _finds(history, FindingKind.OVERDUE, -7, 3)


def intake_stopped(history: History) -> None:
    """hhs-intake has no workers for an hour and a half; Kafka was away for 36 minutes at night."""
    stop, away, back = -1.6, -14.0, -13.4
    _kafka_away(history, away, back)
    history.gauge("bus_consumer_members", steps(2, (stop, 0)), group="hhs-intake")
    delivered = during(stop, 1, NOTHING, swing(0.4))
    history.histogram("bus_delivery_seconds", delivered, swing(0.03, 0.2), group="hhs-intake")
    for topic in READ["hhs-intake"]:
        reading = {"group": "hhs-intake", "topic": topic}
        history.gauge("bus_consumer_lag_seconds", ramps((stop, 0), (0, -stop * HOUR)), **reading)
        applied = during(stop, 1, NOTHING, _interrupted(topic, away, back))
        history.counter("bus_events_applied_total", applied, **reading)
    receipts = during(stop, 1, NOTHING, swing(RATES[RECEIPTS]))
    for counter in ("bus_events_published_total", "bus_events_sent_total"):
        history.counter(counter, receipts, owner="hhs", topic=RECEIPTS)
    for partition in range(find_topic(CUSTODY).content.partitions):
        place = {"consumergroup": "hhs-intake", "topic": CUSTODY, "partition": str(partition)}
        history.gauge("kafka_consumergroup_lag", ramps((stop, 0), (0, 240)), **place)


def schema_unknown(history: History) -> None:
    """DHS released a schema that HHS can't read; the breaker opened, and a redrive failed."""
    start, opened = -6.0, -5.4
    letters = {"group": "hhs-intake", "topic": CUSTODY}
    arriving = "bus_records_dead_lettered_total"
    burst = during(start, opened, steady(0.13), NOTHING)
    history.counter(arriving, burst, reason="SCHEMA_UNKNOWN", **letters)
    few = during(-17, -16.5, steady(0.0017), NOTHING)
    history.counter(arriving, few, reason="FIELDS_INVALID", **letters)
    history.counter("bus_field_faults_total", few, **letters)
    waiting = ramps((-17, 0), (-16.5, 3), (start, 3), (opened, 283))
    history.gauge("bus_dead_letters", waiting, state="OPEN", **letters)
    history.gauge("bus_records_parked", waiting, group="hhs-intake")
    history.moment("bus_dead_letter_oldest_timestamp_seconds", since(-16.9), group="hhs-intake")
    history.gauge("bus_breaker_closed", steps(1, (opened, 0)), group="hhs-intake")
    tried = during(-2.5, -2.3, steady(0.034), NOTHING)
    redriven = {"group": "hhs-intake", "outcome": Redrive.FAILED_AGAIN}
    history.counter("bus_redrives_total", tried, **redriven)


def separations_cite_nothing(history: History) -> None:
    """Separations in one sector cite no policy, and nobody takes what the tracker found."""
    kind = FindingKind.MISSING_CITATION
    history.counter("bus_findings_total", ramps((-20, 0), (-4, 0.0012)), kind=kind, mode="ACTUAL")
    history.gauge(
        "bus_findings_open",
        lambda hour: (max(0.0, hour + 20) ** 2 * 0.14) // 1,
        kind=kind,
        mode="ACTUAL",
    )
    history.moment("bus_finding_oldest_timestamp_seconds", since(-17), kind=kind, mode="ACTUAL")
    _finds(history, FindingKind.PRACTICE_SHIFT, -8)
    _finds(history, FindingKind.OBSERVED_POLICY, -3)
    history.counter("bus_gate_answers_total", ramps((-8, 0), (-6, 0.12)), verdict="NOT_CLEAR")


def _kafka_away(history: History, away: float, back: float) -> None:
    """Kafka doesn't answer for a while: outboxes fill, and are sent in order afterwards."""
    history.gauge("bus_dependency_up", steps(1, (away, 0), (back, 1)), dependency="kafka")
    failing = during(away, back, steady(0.02), NOTHING)
    for owner, topic in (("dhs", CUSTODY), ("doj", NOTICES)):
        history.moment("bus_outbox_oldest_timestamp_seconds", growing(away, back), owner=owner)
        depth = ramps((away, 0), (back, 2200 * RATES[topic]), (back + 0.1, 0))
        history.gauge("bus_outbox_depth", depth, owner=owner)
        history.counter("bus_sends_failed_total", failing, owner=owner)
        events = _interrupted(topic, away, back)
        history.counter("bus_events_sent_total", events, owner=owner, topic=topic)
        history.counter("bus_events_applied_total", events, group="tracker", topic=topic)


def _interrupted(topic: str, away: float, back: float) -> Curve:
    rate = RATES[topic]
    catching_up = during(back, back + 0.15, steady(5 * rate), swing(rate))
    return during(away, back, NOTHING, catching_up)


def _owes(
    history: History, office: str, overdue: Curve, *, due: int, next_due: float | None = None
) -> None:
    owing = {"office": office, "mode": "ACTUAL"}
    history.gauge("bus_acknowledgements_overdue", overdue, **owing)
    history.gauge("bus_acknowledgements_due", steady(due), **owing)
    history.moment("bus_acknowledgement_next_due_timestamp_seconds", lambda _: next_due, **owing)


def _finds(history: History, kind: FindingKind, at: float, count: int = 1) -> None:
    found = {"kind": kind, "mode": "ACTUAL"}
    within_a_minute = during(at - 1 / 120, at + 1 / 120, steady(count / 60), NOTHING)
    history.counter("bus_findings_total", within_a_minute, **found)
    history.gauge("bus_findings_open", steps(0, (at, count)), **found)
    history.moment("bus_finding_oldest_timestamp_seconds", since(at), **found)
