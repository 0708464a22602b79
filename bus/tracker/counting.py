"""What the tracker counts: findings, and how long offices took to decide.

Each is counted after the commit of the transaction that tells of it, so once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from uuid import UUID

from bus.channels.channel import Outcome
from bus.consuming.subscription import Unit
from bus.events import Mode
from bus.metrics.counted import ACKNOWLEDGEMENT_SECONDS, FINDINGS, MESSAGES_SENT
from bus.metrics.labels import OTHER_OFFICES
from bus.notices.clearance import Judgement
from bus.notices.facts import AcknowledgementFact
from bus.notices.findings import FindingKind
from bus.tracker.changes import StoredFinding
from bus.tracker.named_offices import label_of, named_offices

NO_CHANNEL = "none"
CHANNELS = ("email", "webhook", NO_CHANNEL)
"""The kinds of channel, and that of an office which no contact names."""


def prepare() -> None:
    """Make every label set at 0, before anything is counted."""
    for kind in FindingKind:
        for mode in Mode:
            FINDINGS.labels(kind, mode)
    for channel in CHANNELS:
        for outcome in Outcome:
            MESSAGES_SENT.labels(channel, outcome)
    for office in (*named_offices(()), OTHER_OFFICES):
        ACKNOWLEDGEMENT_SECONDS.labels(office)


def count_findings(unit: Unit, changes: Iterable[StoredFinding]) -> None:
    """Count those of the changed findings that are new."""
    new = Counter((str(each.payload["kind"]), each.mode) for each in changes if each.is_new)
    for (kind, mode), count in new.items():
        unit.afterwards(partial(FINDINGS.labels(kind, mode).inc, count))


def count_answers(
    unit: Unit, judgements: Mapping[str, Judgement], event_ids: Collection[UUID]
) -> None:
    """Count how long offices took whose first decisions are among these events."""
    for judgement in judgements.values():
        if judgement.dossier.mode is Mode.ACTUAL:
            for office, seconds in answer_times(judgement, event_ids):
                histogram = ACKNOWLEDGEMENT_SECONDS.labels(office)
                unit.afterwards(partial(histogram.observe, seconds))


def answer_times(judgement: Judgement, event_ids: Collection[UUID]) -> Iterator[tuple[str, float]]:
    """Yield offices as metrics call them, and the seconds from the delivery to their decision.

    Of each first decision on a text that was delivered, in the policy's required seats.
    """
    named = named_offices(judgement.dossier.agreements)
    for fact in judgement.dossier.acknowledgements:
        if fact.event_id in event_ids and is_first(fact, judgement):
            seconds = seconds_of(fact, judgement)
            if seconds is not None:
                yield label_of(fact.deciding_office, named), seconds


def is_first(fact: AcknowledgementFact, judgement: Judgement) -> bool:
    """Tell whether the office hadn't decided on these words before."""
    return not any(
        other.material_digest == fact.material_digest
        and other.deciding_office == fact.deciding_office
        and (other.recorded_at, other.decision_no) < (fact.recorded_at, fact.decision_no)
        for other in judgement.dossier.acknowledgements
    )


def seconds_of(fact: AcknowledgementFact, judgement: Judgement) -> float | None:
    """Return how long the decision took; None where its text wasn't delivered before it."""
    for assessment in judgement.assessments.values():
        if assessment.notice.material_digest == fact.material_digest:
            for office in assessment.offices:
                delivered_at = office.delivered_at
                if office.office == fact.deciding_office and delivered_at is not None:
                    seconds = (fact.recorded_at - delivered_at).total_seconds()
                    return seconds if seconds >= 0 else None
    return None


def channel_of(name: str) -> str:
    """Return the kind of a channel from its name, such as "1 email"."""
    kind = name.rpartition(" ")[2]
    return kind if kind in CHANNELS else NO_CHANNEL
