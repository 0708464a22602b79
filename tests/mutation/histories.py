"""What the naive reference makes of small histories, to compare the rules with many times.

The reference takes four times as long as the rules; no mutant changes what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bus.notices import clearance
from bus.notices.history import History
from tests.proofs import reference
from tests.proofs.alphabet import Theme
from tests.proofs.enumeration import Recorded, histories, verdict_of
from tests.proofs.reference import Verdict
from tests.unit.notices.stories import POLICY

EACH_NTH = 3
"""One in so many histories is enough: what the others alone would show, a rule's test should."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A history, and the verdict on each of its moments."""

    recorded: Recorded
    verdicts: tuple[tuple[datetime, Verdict], ...]

    def agrees(self) -> bool:
        """Whether the rules, as they are now, come to the same verdicts."""
        everything = History.of((*self.recorded.facts, *self.recorded.later))
        judgement = clearance.judge(POLICY, everything, self.recorded.known_at)
        return all(verdict_of(judgement.at(at)) == verdict for at, verdict in self.verdicts)


def expected_of(theme: Theme) -> list[Expected]:
    """Ask the reference about each nth of the theme's small histories."""
    same: dict[Verdict, Verdict] = {}
    found = []
    for recorded in islice(histories(theme, theme.slots), 0, None, EACH_NTH):
        everything = (*recorded.facts, *recorded.later)
        desk = reference.Desk(POLICY, reference.on_record(everything, recorded.known_at))
        verdicts = [(at, desk.verdict(at)) for at in recorded.moments]
        found.append(Expected(recorded, tuple((at, same.setdefault(v, v)) for at, v in verdicts)))
    return found


def all_agree(expected: Sequence[Expected]) -> bool:
    """Whether they agree on every history; an error of the rules is a disagreement."""
    try:
        return all(each.agrees() for each in expected)
    except Exception:
        return False
