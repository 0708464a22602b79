"""The offices that agreements name: those by whom metrics are told apart.

A notice may be addressed to any name, so what others owe is counted together.
"""

from __future__ import annotations

from collections.abc import Iterable

from bus.metrics.labels import OTHER_OFFICES
from bus.notices.agreement import DEFAULT_OFFICES
from bus.notices.facts import AgreementFact

MOST_OFFICES = 40
"""Each has series of its own; where agreements name more, the first by name have."""


def named_offices(agreements: Iterable[AgreementFact]) -> frozenset[str]:
    """Return the offices of the seats of these agreements, and the default's."""
    agreed = {office for each in agreements for seat in each.seats for office in seat.offices}
    others = sorted(agreed.difference(DEFAULT_OFFICES))
    return frozenset((*DEFAULT_OFFICES, *others[: MOST_OFFICES - len(DEFAULT_OFFICES)]))


def label_of(office: str, named: frozenset[str]) -> str:
    """Return the office as metrics call it."""
    return office if office in named else OTHER_OFFICES
