"""What waits for each office: notices to answer, conditions to answer or to decide on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bus.events import Mode
from bus.notices.states import Force
from bus.offices.conditions import conditions_at
from bus.offices.overview import Policy


class Queue(StrEnum):
    """What an office can be waited for: one policy stands in a queue once."""

    TO_ANSWER = "to_answer"
    OVERDUE = "overdue"
    CONDITIONS_TO_ANSWER = "conditions_to_answer"
    ANSWERS_TO_DECIDE_ON = "answers_to_decide_on"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The policies that wait for one office in one mode, by queue and in the order of their ids."""

    office: str
    mode: Mode
    queues: Mapping[Queue, list[str]]

    def row(self) -> dict[str, object]:
        """Return it as commands print it."""
        queues = {queue.value: self.queues.get(queue, []) for queue in Queue}
        return {"office": self.office, "mode": self.mode, **queues}


def waiting_of(policies: Iterable[Policy]) -> list[Waiting]:
    """Return every office that these policies name, with what waits for it, by name and mode.

    For what has ended nobody waits.
    """
    queues: dict[tuple[str, Mode], dict[Queue, set[str]]] = {}
    for policy in policies:
        mode = policy.judgement.dossier.mode or Mode.ACTUAL
        for office in _offices_of(policy):
            queues.setdefault((office, mode), {})
        if policy.clearance.force is not Force.ENDED:
            for office, queue in _waits_in(policy):
                waiting = queues.setdefault((office, mode), {})
                waiting.setdefault(queue, set()).add(policy.clearance.policy_id)
    return [
        Waiting(office, mode, {queue: sorted(ids) for queue, ids in waiting.items()})
        for (office, mode), waiting in sorted(queues.items(), key=lambda each: each[0])
    ]


def _offices_of(policy: Policy) -> Iterator[str]:
    dossier = policy.judgement.dossier
    for assessment in policy.judgement.assessments.values():
        yield assessment.notice.issuing_office
        yield from assessment.terms.offices
    yield from (each.deciding_office for each in dossier.acknowledgements)
    yield from (each.office for each in dossier.coordination)


def _waits_in(policy: Policy) -> Iterator[tuple[str, Queue]]:
    """Yield offices, and which of their queues the policy stands in."""
    at = policy.clearance.at
    for assessment in policy.judgement.asked_about(at):
        for office in assessment.offices:
            if office.decision is None:
                yield office.office, Queue.TO_ANSWER
            if office.is_overdue(at):
                yield office.office, Queue.OVERDUE
    for condition in conditions_at(policy.judgement, at):
        if condition.waits_for is not None:
            is_open = condition.answer is None
            queue = Queue.CONDITIONS_TO_ANSWER if is_open else Queue.ANSWERS_TO_DECIDE_ON
            yield condition.waits_for, queue
