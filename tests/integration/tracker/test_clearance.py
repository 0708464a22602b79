"""From a notice to its clearance: through outbox, relay, HHS intake and tracker."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from bus.events import Mode
from tests.integration.tracker.world import (
    DIRECTOR,
    INTAKE,
    World,
    acknowledgement_data,
    new_policy,
    notice_data,
)
from tests.records import custody_data, raw_record


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


@pytest.mark.promise("P1")
def test_a_policy_without_notice_is_named_within_a_second_of_the_event_that_cites_it(
    running: World,
) -> None:
    policy = new_policy()
    running.publish("dhs.custody-event.v1", custody_data(policy_id=policy), Mode.ACTUAL)

    running.until(
        "SELECT count(*) FROM finding WHERE policy_id = %s AND kind = 'UNANNOUNCED_POLICY'",
        1,
        policy,
    )

    seconds = running.query(
        "SELECT extract(epoch FROM changed_at - opened_at)::float FROM finding"
        " WHERE policy_id = %s",
        policy,
    )
    assert seconds[0][0] < 1.0
    assert running.until_state(policy, record="UNKNOWN", announced=False, clear=False)
    assert running.told("finding", policy) == 1


def test_a_second_event_that_cites_it_makes_no_second_finding(running: World) -> None:
    policy = new_policy()
    running.publish("dhs.custody-event.v1", custody_data(policy_id=policy), Mode.ACTUAL)
    running.until_state(policy, record="UNKNOWN")

    running.publish("dhs.custody-event.v1", custody_data(policy_id=policy), Mode.ACTUAL)

    running.until("SELECT count(*) FROM fact WHERE policy_id = %s", 2, policy)
    assert running.told("finding", policy) == 1
    assert running.told("clearance", policy) == 1


def test_a_separation_without_citation_is_a_finding_at_once(running: World) -> None:
    event = running.publish("dhs.custody-event.v1", custody_data(), Mode.ACTUAL)

    running.until(
        "SELECT kind FROM finding WHERE event_id = %s", "MISSING_CITATION", event.event_id
    )


def test_what_cites_nothing_and_needs_no_citation_is_not_stored(running: World) -> None:
    quiet = running.publish(
        "dhs.custody-event.v1", custody_data(event_kind="APPREHENDED"), Mode.ACTUAL
    )

    running.until("SELECT count(*) FROM inbox WHERE event_id = %s", 1, quiet.event_id)
    assert running.query("SELECT kind FROM fact WHERE event_id = %s", quiet.event_id) == []


@pytest.mark.promise("P1")
def test_a_notice_that_is_in_force_at_once_is_late_and_never_clear(running: World) -> None:
    policy = new_policy()

    running.announce(policy, days=-1)

    state = running.until_state(policy, force="IN_FORCE", lead="SHORT", announced=False)
    assert state["clear"] is False
    assert [row[0] for row in running.findings(policy)] == ["IN_FORCE_NOT_ANNOUNCED", "LATE_NOTICE"]


@pytest.mark.promise("P7")
def test_a_material_change_voids_the_answers_to_the_text_before(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    running.accept(policy, office=INTAKE)
    running.accept(policy, office=DIRECTOR)
    running.until_state(policy, announced=True)

    running.announce(policy, revision=2, summary="Now for all sectors", days=50)

    state = running.until_state(policy, revision=2, answer="PENDING", lead="KEPT", announced=False)
    decisions = [office["decision"] for seat in state["seats"] for office in seat["offices"]]
    assert decisions == [None, None]


@pytest.mark.promise("P7")
def test_an_acceptance_of_another_text_fills_no_seat(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")

    data = acknowledgement_data(policy, "f" * 64)
    running.publish("hhs.acknowledgement.v1", data)

    running.until(
        "SELECT count(*) FROM fact WHERE kind = 'ACKNOWLEDGEMENT' AND policy_id = %s", 1, policy
    )
    assert running.state(policy)["answer"] == "PENDING"


def test_a_rejection_closes_and_a_later_acceptance_opens_again(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")

    running.accept(policy, office=INTAKE, decision="REJECT", reason="no places")
    running.until_state(policy, answer="REJECTED")
    running.accept(policy, office=DIRECTOR)
    running.accept(policy, office=INTAKE, number=2)

    running.until_state(policy, answer="ACCEPTED", announced=True)


@pytest.mark.promise("P8")
def test_an_exercise_clears_nothing_and_alarms_nobody(running: World) -> None:
    policy = new_policy()
    running.publish("doj.policy-notice.v1", notice_data(policy, days=-1, mode="EXERCISE"))
    state = running.until_state(policy, mode="EXERCISE", lead="SHORT")
    for office in (INTAKE, DIRECTOR):
        data = acknowledgement_data(
            policy,
            state["material_digest"],
            office=office,
            mode="EXERCISE",
            waives_lead_time=True,
        )
        running.publish("hhs.acknowledgement.v1", data)

    state = running.until_state(policy, announced=True, force="IN_FORCE")
    severities = running.query("SELECT DISTINCT severity FROM finding WHERE policy_id = %s", policy)
    assert state["clear"] is False
    assert severities == [("INFO",)]


@pytest.mark.promise("P8")
def test_an_exercise_s_answers_never_count_for_a_real_notice(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    state = running.until_state(policy, lead="KEPT")

    for office in (INTAKE, DIRECTOR):
        data = acknowledgement_data(
            policy, state["material_digest"], office=office, mode="EXERCISE"
        )
        running.publish("hhs.acknowledgement.v1", data)

    running.until("SELECT count(*) FROM fact WHERE policy_id = %s", 3, policy)
    assert running.state(policy) == state


@pytest.mark.promise("P8")
def test_a_contradictory_mode_alarms_as_actual_and_clears_nothing(running: World) -> None:
    policy = new_policy()
    record = raw_record(
        notice_data(policy, mode="EXERCISE"),
        topic="doj.policy-notice.v1",
        source=f"doj.made-up/{uuid4()}",
        sequence=1,
        mode="ACTUAL",
    )

    running.produce([record])

    state = running.until_state(policy, mode="ACTUAL", announced=False)
    assert "MODE_UNSOUND" in {reason["code"] for reason in state["reasons"]}
    assert running.findings(policy) == [("MODE_UNSOUND", "ACTUAL", 1, "OPEN")]


@pytest.mark.promise("P1")
def test_a_broken_record_makes_its_policy_unreadable_until_it_is_applied(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, record="SOUND", lead="KEPT")
    source = f"doj.made-up/{uuid4()}"
    sound = raw_record(
        notice_data(policy, revision=2), topic="doj.policy-notice.v1", source=source, sequence=1
    )

    running.produce([sound.adding("ce_source", b"another")])
    state = running.until_state(policy, record="UNREADABLE", announced=False)
    running.produce([sound])

    assert {reason["code"] for reason in state["reasons"]} >= {"DEAD_LETTER_OPEN"}
    running.until_state(policy, record="SOUND", revision=2)


@pytest.mark.promise("P1")
@pytest.mark.parametrize("key", [None, b"x", b"doj/2030/quite-another"])
def test_a_rejection_under_a_wrong_key_leaves_no_gate_open(
    running: World, key: bytes | None
) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    running.accept(policy, office=INTAKE)
    running.accept(policy, office=DIRECTOR)
    digest = running.until_state(policy, announced=True)["material_digest"]
    rejection = raw_record(
        acknowledgement_data(policy, str(digest), office=DIRECTOR, decision="REJECT"),
        topic="hhs.acknowledgement.v1",
        source=f"hhs.made-up/{uuid4()}",
        sequence=1,
    )

    running.produce([replace(rejection, key=key)])

    running.until_state(policy, record="UNREADABLE", announced=False)


def test_a_broken_record_of_an_unknown_policy_is_unreadable_without_dimensions(
    running: World,
) -> None:
    policy = new_policy()
    record = raw_record(
        notice_data(policy),
        topic="doj.policy-notice.v1",
        source=f"doj.made-up/{uuid4()}",
        sequence=1,
        value=b"\xc3\x01nothing",
    )

    running.produce([record])

    state = running.until_state(policy, record="UNREADABLE")
    assert (state["answer"], state["mode"], state["revision"]) == (None, None, None)


@pytest.mark.promise("P10")
def test_every_reason_names_a_record_that_is_stored(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    running.accept(policy, office=INTAKE)
    running.accept(policy, office=DIRECTOR)

    state = running.until_state(policy, announced=True)

    named = {reason["fact"] for reason in state["reasons"]}
    stored = running.query(
        "SELECT event_id::text FROM fact WHERE event_id = ANY(%s::uuid[])", list(named)
    )
    assert named == {row[0] for row in stored}
    causes = running.query("SELECT cause FROM clearance_state WHERE policy_id = %s", policy)
    assert all(cause is not None for (cause,) in causes)


def test_a_policy_ends_when_the_one_that_supersedes_it_takes_effect(running: World) -> None:
    old, new = new_policy(), new_policy()
    running.announce(old, days=-2)
    running.until_state(old, force="IN_FORCE")

    running.announce(new, days=-1, supersedes=old)

    running.until_state(old, force="ENDED")
