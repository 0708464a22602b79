"""Defects planted into the rules, each of which a comparison must find.

A search that never finds anything may be looking nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from bus.notices import assessment, conditions, decisions, delivery, force, stays
from bus.notices.facts import AcknowledgementFact, CoordinationFact
from bus.notices.revisions import Revision


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
