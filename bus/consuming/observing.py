"""What the engine's work looks like in metrics and logs: once a transaction, not once a record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

import structlog

from bus.consuming.announcements import OFFSET_GAP
from bus.consuming.attempt import Standing
from bus.consuming.claims import Claim, Slice
from bus.consuming.failure_log import log_failures
from bus.consuming.records import Partition
from bus.consuming.subscription import Subscription
from bus.events import Mode
from bus.metrics import counted
from bus.metrics.labels import Redrive
from bus.reasons import Reason

logger = structlog.get_logger()

WHOLE_RECORDS = [reason for reason in Reason if reason is not Reason.FIELDS_INVALID]
"""Why a record isn't applied; of one that is applied without some fields, FIELD_FAULTS tells."""

PER_GROUP = (
    counted.BATCHES_FAILED,
    counted.COMMITS_FAILED,
    counted.REBALANCES,
    counted.REWINDS,
)


class BatchObserver:
    """Observes one subscription; makes every counter's labels at 0 when it is made."""

    def __init__(self, subscription: Subscription) -> None:
        self._group = group = subscription.group
        self._reached: dict[Partition, int] = {}
        for topic in subscription.topics:
            counted.EVENTS_APPLIED.labels(group, topic)
            counted.EVENTS_DUPLICATE.labels(group, topic)
            counted.FIELD_FAULTS.labels(group, topic)
            for reason in WHOLE_RECORDS:
                counted.RECORDS_DEAD_LETTERED.labels(group, topic, reason.value)
        for counter in PER_GROUP:
            counter.labels(group)
        for outcome in Redrive:
            counted.REDRIVES.labels(group, outcome)
        counted.DELIVERY_SECONDS.labels(group)
        counted.FINDINGS.labels(OFFSET_GAP, Mode.ACTUAL)

    def applied(self, slices: Sequence[Slice], standing: Standing) -> None:
        """Note what became of a batch whose transaction has committed."""
        newest = max(part.records[-1].record.timestamp for part in slices)
        delay = max(0.0, time.time() - newest / 1000)
        counted.DELIVERY_SECONDS.labels(self._group).observe(delay)
        self.amended(standing)

    def amended(self, standing: Standing) -> None:
        """Note what became of records, of the log or parked or held before."""
        group = self._group
        for topic, count in Counter(each.event.topic for each in standing.applied).items():
            counted.EVENTS_APPLIED.labels(group, topic).inc(count)
        for topic, count in Counter(each.partition.topic for each in standing.repeated).items():
            counted.EVENTS_DUPLICATE.labels(group, topic).inc(count)
        flagged = Counter(each.event.topic for each in standing.applied if each.event.faults)
        for topic, count in flagged.items():
            counted.FIELD_FAULTS.labels(group, topic).inc(count)
        rejected = [each.rejected for each in standing.failed]
        for each in rejected:
            counted.RECORDS_DEAD_LETTERED.labels(group, each.partition.topic, each.reason).inc()
        log_failures(group, standing)
        if standing.redriven:
            counted.REDRIVES.labels(group, Redrive.APPLIED).inc(standing.redriven)
        if standing.failed_again:
            counted.REDRIVES.labels(group, Redrive.FAILED_AGAIN).inc(standing.failed_again)

    def rebalanced(self) -> None:
        """Note that the group gave this worker its partitions anew."""
        counted.REBALANCES.labels(self._group).inc()

    def claimed(self, claims: Iterable[Claim]) -> None:
        """Note from where claims go on: below where this worker saw them is a rewind."""
        for claim in claims:
            reached = self._reached.get(claim.partition, 0)
            if claim.next_offset < reached:
                counted.REWINDS.labels(self._group).inc()
                logger.warning(
                    "consumer.rewound",
                    group=self._group,
                    topic=claim.partition.topic,
                    partition=claim.partition.number,
                    reached=reached,
                    next_offset=claim.next_offset,
                )
            self._reached[claim.partition] = claim.next_offset

    def watched(self, claims: Iterable[Claim]) -> None:
        """Note how far the claims have come."""
        for claim in claims:
            self._reached[claim.partition] = claim.next_offset

    def failed(self, text: str) -> None:
        """Note that a transaction was rolled back and will be tried again."""
        counted.BATCHES_FAILED.labels(self._group).inc()
        logger.warning("consumer.batch_failed", error=text)
