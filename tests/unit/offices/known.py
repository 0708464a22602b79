"""A policy as an office finds it, told by the stories of the announcement rules."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bus.notices.clearance import judge
from bus.notices.facts import AnyFact
from bus.notices.history import History
from bus.offices.known_policy import KnownPolicy
from bus.offices.observing import Officer
from tests.unit.notices.stories import POLICY, day

ISSUER = Officer(office="doj.oag", role="counsel", officer_id="d-7")
COUNSEL = Officer(office="hhs.ogc", role="counsel", officer_id="h-50")


def known(facts: Iterable[AnyFact], now: float = 10) -> KnownPolicy:
    """Return what is known of the policy by these facts on that day."""
    judgement = judge(POLICY, History.of(facts), day(now))
    return KnownPolicy(judgement=judgement, zone=ZoneInfo("America/New_York"), now=day(now))
