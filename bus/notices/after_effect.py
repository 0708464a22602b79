"""What an office decides once the revision that it had accepted has taken effect.

Until a revision takes effect, an office that changes its mind closes the gate. From then on its
agreement says what an objection does: with CLOSE the same; with WARN it is found and shown, and
the acceptance that announced the revision goes on counting. It must have announced it: whoever
objects to a revision that wasn't announced by then is heard as before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

from bus.notices.agreement import Terms
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, NoticeFact
from bus.notices.states import ObjectionAfterEffect

INSTANT = timedelta(microseconds=1)
"""What tells two moments on record apart at least."""


def passed_over(
    notice: NoticeFact, terms: Terms, dossier: Dossier, announces: Callable[[Dossier], bool]
) -> list[AcknowledgementFact]:
    """Return the decisions that would undo an announcement after effect, and only warn.

    `announces` tells whether the notice's revision is announced by what a dossier holds.
    """
    if terms.objection_after_effect is not ObjectionAfterEffect.WARN:
        return []
    over: list[AcknowledgementFact] = []
    for decision in dossier.acknowledgements:
        is_late = decision.recorded_at >= notice.effective_at
        if is_late and decision.deciding_office in terms.offices:
            before = without(dossier.until(decision.recorded_at - INSTANT), over)
            if announces(before) and not announces(_with(before, decision)):
                over.append(decision)
    return over


def without(dossier: Dossier, decisions: Collection[AcknowledgementFact]) -> Dossier:
    """Return the dossier less these decisions."""
    if not decisions:
        return dossier
    kept = tuple(each for each in dossier.acknowledgements if each not in decisions)
    return replace(dossier, acknowledgements=kept)


def _with(dossier: Dossier, decision: AcknowledgementFact) -> Dossier:
    return replace(dossier, acknowledgements=(*dossier.acknowledgements, decision))
