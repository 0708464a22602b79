"""Defects planted into the rules, each of which a comparison must find.

A search that never finds anything may be looking nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest

from bus.events import Mode
from bus.notices import (
    agreement,
    assessment,
    conditions,
    decisions,
    delivery,
    force,
    life,
    schedule,
    stays,
)
from bus.notices.assessment import OfficeState
from bus.notices.clearance import Judgement
from bus.notices.facts import AcknowledgementFact, AgreementFact, CoordinationFact, NoticeFact
from bus.notices.revisions import Revision
from bus.notices.versions import Applied, applying_to


@dataclass(frozen=True, slots=True)
class Planted:
    """A defect: what stands in place of what, and the theme in which it shows."""

    name: str
    theme: str
    place: object
    attribute: str
    instead: object

    def plant(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(self.place, self.attribute, self.instead)


def _is_about(fact: AcknowledgementFact, *_: object) -> bool:
    return bool(fact.policy_id)


def _last_to_arrive(
    answer: CoordinationFact, decisions: Sequence[AcknowledgementFact]
) -> AcknowledgementFact | None:
    made = [
        each for each in decisions if each.conditions and each.recorded_at <= answer.recorded_at
    ]
    return made[-1] if made else None


PLANTED = (
    Planted("a decision on an old text counts", "revisions", decisions, "concerns", _is_about),
    Planted("a stay is ignored", "stays", force, "stays_of", lambda _: []),
    Planted("one officer lifts a stay", "stays", stays, "has_two_officers", lambda _: True),
    Planted(
        "the lead time isn't counted", "announcing", delivery, "leaves_lead_time", lambda *_: True
    ),
    Planted("a condition is forgotten", "conditions", decisions, "unmet_conditions", lambda *_: ()),
    Planted(
        "anyone may decide for others", "delegations", decisions, "may_decide", lambda *_: True
    ),
    Planted(
        "an officer fills two seats",
        "officers",
        decisions,
        "beside_another_seat",
        lambda _: set(),
    ),
    Planted(
        "a replaced revision is a candidate",
        "revisions",
        Revision,
        "is_candidate",
        lambda revision, at: revision.notice.effective_at <= at,
    ),
    Planted("two contents are no conflict", "doubts", Revision, "is_contradictory", False),
    Planted(
        "a number may be used twice",
        "texts under one number",
        decisions,
        "_is_contradicted",
        lambda *_: False,
    ),
    Planted(
        "every objection closes",
        "objections after effect",
        assessment,
        "passed_over",
        lambda *_: (),
    ),
    Planted(
        "a cancelled successor ends the old policy",
        "endings",
        CoordinationFact,
        "cancels",
        lambda *_: False,
    ),
    Planted(
        "a later answer is taken for an earlier one's",
        "conditions",
        conditions,
        "answered_acceptance",
        lambda fact, dossier: dossier.acknowledgements[-1],
    ),
    Planted(
        "the acceptance that arrives last is answered",
        "conditions under two numbers",
        conditions,
        "answered_acceptance",
        lambda fact, dossier: _last_to_arrive(fact, dossier.acknowledgements),
    ),
)


def _owed_by_all(judgement: Judgement) -> tuple[OfficeState, ...]:
    owed = schedule.owed(judgement)
    return owed.offices if owed else ()


def _applying_as_real(
    notice: NoticeFact, agreements: Iterable[AgreementFact]
) -> tuple[Applied, ...]:
    real = (replace(each, origin=replace(each.origin, mode=Mode.ACTUAL)) for each in agreements)
    return applying_to(notice, real)


PLANTED_BESIDE = (
    Planted("whoever has decided is reminded", "time", schedule, "owing", _owed_by_all),
    Planted("a taken alarm climbs on", "time", life, "may_dispose", lambda *_: False),
    Planted("what is rehearsed is agreed", "modes", agreement, "applying_to", _applying_as_real),
)
"""Defects that no theme of small histories shows: time has to pass, or an exercise to interfere."""
