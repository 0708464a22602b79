"""What is counted, and that each label set stands at 0 before."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from prometheus_client import REGISTRY

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.consuming.attempt import Standing
from bus.consuming.claims import Claim
from bus.consuming.observing import BatchObserver
from bus.consuming.records import Partition
from bus.errors import InvalidEventError
from bus.metrics import counted, states
from bus.metrics.kinds import Metric
from bus.notices.clearance import judge
from bus.notices.facts import AnyFact
from bus.notices.history import History
from bus.publishing.outbox import Outbox
from bus.tracker.counting import answer_times, channel_of
from consumers.hhs_intake import subscription
from tests.unit.notices.stories import INTAKE, POLICY, accept, day, notice, receipt, reject
from tests.unit.publishing.drafts import sound

PLACE = Partition("dhs.custody-event.v1", 3)
ROOT = Path(__file__).parents[3]
MOST_SERIES = 3000

EVERY_SERVICE = """
from prometheus_client import REGISTRY
from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.services import ServiceContext, load_services
from bus.settings import Settings

load_services(["all"], ServiceContext(Settings(), SystemClock(), packaged()))
for family in REGISTRY.collect():
    for each in family.samples:
        print(each.name, each.value, sep="\\t")
"""


def value(name: str, **labels: str) -> float:
    """Return what is exported, 0 included; fail where nothing is."""
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, f"{name} {labels} is not exported"
    return found


@pytest.fixture
def observer() -> BatchObserver:
    return BatchObserver(subscription())


def claim(next_offset: int) -> Claim:
    return Claim(PLACE, "topic-id", epoch=1, account_id=1, next_offset=next_offset)


def test_a_process_that_runs_every_service_exports_no_more_series_than_prometheus_likes() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", EVERY_SERVICE], capture_output=True, text=True, check=True
    ).stdout

    samples = [line.split("\t")[0] for line in printed.splitlines()]
    assert 500 < len(samples) <= MOST_SERIES
    assert {"bus_events_applied_total", "bus_outbox_depth", "bus_gate_answers_total"} <= {*samples}


def test_every_metric_of_the_catalogue_is_used_somewhere_in_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "bus").rglob("*.py")
        if path.parent.name != "metrics"
    )

    named = {name for module in (counted, states) for name in metrics_in(module)}
    unused = {name for name in named if not re.search(rf"\b{name}\b", code)}
    assert named
    assert unused == set()


def metrics_in(module: ModuleType) -> list[str]:
    """Return the names by which code knows the metrics of a module."""
    return [name for name, each in vars(module).items() if isinstance(each, Metric)]


def test_a_claim_below_where_this_worker_had_come_to_is_a_rewind(observer: BatchObserver) -> None:
    before = value("bus_rewinds_total", group="hhs-intake")

    observer.claimed([claim(10)])
    observer.claimed([claim(12)])
    forward = value("bus_rewinds_total", group="hhs-intake")
    observer.claimed([claim(4)])

    assert forward == before
    assert value("bus_rewinds_total", group="hhs-intake") == before + 1


def test_redrives_are_counted_by_what_became_of_them(observer: BatchObserver) -> None:
    names = ("applied", "failed_again")
    before = [value("bus_redrives_total", group="hhs-intake", outcome=name) for name in names]

    observer.amended(Standing(redriven=2, failed_again=1))

    after = [value("bus_redrives_total", group="hhs-intake", outcome=name) for name in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "topic", "reason"),
    [
        ({"policy_id": "dhs/2018/other"}, "doj.policy-notice.v1", "authorised"),
        ({"effective_time_zone": "Mars/Olympus"}, "doj.policy-notice.v1", "content"),
    ],
)
def test_a_refused_event_is_counted_by_its_first_fault(
    changes: dict[str, object], topic: str, reason: str
) -> None:
    outbox = Outbox("doj", SystemClock(), packaged())
    labels = {"owner": "doj", "topic": topic, "reason": reason}
    before = value("bus_events_refused_total", **labels)

    with pytest.raises(InvalidEventError):
        outbox.check([sound(topic, **changes)])

    assert value("bus_events_refused_total", **labels) == before + 1


def test_the_first_decision_on_a_delivered_text_is_timed_from_its_delivery() -> None:
    told = notice()
    first, again = accept(INTAKE, recorded=4), reject(INTAKE, recorded=9, number=2)
    facts: list[AnyFact] = [told, receipt(told, recorded=1), first, again]
    judgement = judge(POLICY, History.of(facts), day(10))

    times = list(answer_times(judgement, {first.event_id, again.event_id}))

    assert times == [(INTAKE, timedelta(days=3).total_seconds())]


def test_offices_that_no_agreement_names_are_counted_together() -> None:
    told = notice(required=("hhs.anybody",))
    decided = accept("hhs.anybody", recorded=4)
    facts: list[AnyFact] = [told, receipt(told, recorded=1), decided]
    judgement = judge(POLICY, History.of(facts), day(10))

    [(office, _)] = answer_times(judgement, {decided.event_id})

    assert office == "other"


@pytest.mark.parametrize(
    ("name", "kind"), [("1 email", "email"), ("12 webhook", "webhook"), ("no contact", "none")]
)
def test_a_channel_is_counted_by_its_kind(name: str, kind: str) -> None:
    assert channel_of(name) == kind
