"""From a notice to its clearance: through outbox, relay, HHS intake and tracker."""

from __future__ import annotations

import pytest

from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy


@pytest.mark.promise("P1")
def test_a_notice_that_both_offices_accept_in_time_is_announced(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, record="SOUND", answer="PENDING", lead="KEPT", force="NOT_YET")

    running.accept(policy, office=INTAKE)
    running.until_state(policy, answer="PENDING", announced=False)
    running.accept(policy, office=DIRECTOR)

    state = running.until_state(policy, answer="ACCEPTED", lead="KEPT", announced=True)
    assert (state["mode"], state["force"], state["clear"]) == ("ACTUAL", "NOT_YET", False)
    assert running.findings(policy) == []
