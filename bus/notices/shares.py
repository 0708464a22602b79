"""Of the facts of many policies, each policy's share: judging searches all that it is given.

A thousand policies that are derived together would each search the facts of all the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from bus.notices.facts import CoordinationFact, CoordinationKind
from bus.notices.history import History

F = TypeVar("F")

FOR_EVERYBODY = frozenset(
    {
        CoordinationKind.OBSERVATION,
        CoordinationKind.DISPOSITION,
        CoordinationKind.EXERCISE_WINDOW,
    }
)
"""Kinds of coordination that may matter to a policy which they don't name. There are few."""


def shares_of(policy_ids: Iterable[str], history: History) -> dict[str, History]:
    """Return for each policy what `open_dossier` and `policy_findings` need of this history."""
    everybody = sorted(policy_ids)
    readers = _readers(everybody, history)
    announced = {notice.event_id: notice.policy_id for notice in history.notices}

    def own(policy_id: str | None) -> Iterable[str]:
        return (policy_id,) if policy_id in readers else ()

    def whom_it_concerns(fact: CoordinationFact) -> Iterable[str]:
        if fact.policy_id is None or fact.kind in FOR_EVERYBODY:
            return everybody
        return readers.get(fact.policy_id, ())

    notices = _dealt(history.notices, lambda fact: readers.get(fact.policy_id, ()))
    acknowledgements = _dealt(history.acknowledgements, lambda fact: own(fact.policy_id))
    coordination = _dealt(history.coordination, whom_it_concerns)
    receipts = _dealt(
        history.receipts, lambda fact: {announced.get(each) for each in fact.event_ids}
    )
    dead_letters = _dealt(history.dead_letters, lambda fact: own(fact.policy_id))
    citations = _dealt(history.citations, lambda fact: own(fact.policy_id))
    return {
        policy_id: History(
            notices=tuple(notices[policy_id]),
            acknowledgements=tuple(acknowledgements[policy_id]),
            coordination=tuple(coordination[policy_id]),
            receipts=tuple(receipts[policy_id]),
            agreements=history.agreements,
            dead_letters=tuple(dead_letters[policy_id]),
            citations=tuple(citations[policy_id]),
        )
        for policy_id in everybody
    }


def _readers(policy_ids: Iterable[str], history: History) -> dict[str, set[str]]:
    """Return for each policy whose share has its notices: its own, and those that it replaces."""
    wanted = frozenset(policy_ids)
    readers = {policy_id: {policy_id} for policy_id in wanted}
    for notice in history.notices:
        if notice.supersedes in wanted:
            readers.setdefault(notice.policy_id, set()).add(notice.supersedes)
    return readers


def _dealt(
    facts: Iterable[F], whom: Callable[[F], Iterable[str | None]]
) -> dict[str | None, list[F]]:
    dealt: dict[str | None, list[F]] = defaultdict(list)
    for fact in facts:
        for policy_id in whom(fact):
            dealt[policy_id].append(fact)
    return dealt
