"""Steps that several stories take."""

from __future__ import annotations

from datetime import datetime

from bus.events import Draft
from bus.scenarios.story import Act, Sight, Step
from producers.scenarios.acts import announces
from producers.scenarios.questions import clearance_is


def doj_tells_in_time(at: datetime, words: str, notice: Draft, *, effect: str) -> Step:
    """DOJ publishes a notice a whole lead time ahead of the day that `effect` names."""
    return Step(
        at,
        words,
        acts=(Act("DOJ", f"publishes the notice for {effect}", announces(notice)),),
        sights=(
            Sight(
                "HHS",
                "the notice came in time, and waits for two answers",
                clearance_is(str(notice.data["policy_id"]), lead="KEPT", answer="PENDING"),
            ),
        ),
    )
