"""A policy as an office finds it, told by the stories of the announcement rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bus.notices.clearance import judge
from bus.notices.facts import AnyFact, NoticeFact
from bus.notices.history import History
from bus.offices.known_policy import KnownPolicy
from bus.offices.observing import Officer
from tests.unit.notices.stories import POLICY, day

ISSUER = Officer(office="doj.oag", role="counsel", officer_id="d-7")
COUNSEL = Officer(office="hhs.ogc", role="counsel", officer_id="h-50")


def known(facts: Iterable[AnyFact], now: float = 10) -> KnownPolicy:
    """Return what is known of the policy by these facts on that day; its notices name New York."""
    zoned = [
        replace(each, time_zone="America/New_York") if isinstance(each, NoticeFact) else each
        for each in facts
    ]
    judgement = judge(POLICY, History.of(zoned), day(now))
    return KnownPolicy(judgement=judgement, now=day(now))
