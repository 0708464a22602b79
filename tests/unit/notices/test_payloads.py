"""Clearances and findings as the bus publishes them, checked against their schemas."""

from __future__ import annotations

import pytest

from bus.codec.encoding import encode
from bus.codec.schemas import packaged
from bus.codec.validation import find_faults
from bus.notices.detector import policy_findings
from bus.notices.facts import AnyFact
from bus.notices.gate import Position
from bus.notices.history import History
from bus.notices.payloads import (
    FindingState,
    clearance_payload,
    finding_payload,
    state_of,
)
from tests.unit.notices.stories import (
    INTAKE,
    POLICY,
    accept,
    announced_story,
    cancel,
    citation,
    clearance,
    day,
    dead_letter,
    notice,
    receipt,
)

POSITIONS = [
    Position(topic="hhs.acknowledgement.v1", partition=1, next_offset=4),
    Position(topic="doj.policy-notice.v1", partition=0, next_offset=9),
]

HISTORIES: dict[str, list[AnyFact]] = {
    "nothing": [],
    "dead letter": [dead_letter()],
    "announced": announced_story(),
    "ended": [*announced_story(), cancel(since=10)],
    "undelivered": [notice(), accept(INTAKE)],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_every_clearance_is_a_valid_payload(name: str) -> None:
    schema = packaged().latest("interagency.clearance.Clearance")

    payload = clearance_payload(clearance(HISTORIES[name], 70), version=3, positions=POSITIONS)

    assert find_faults(schema, payload) == []
    assert encode(schema, payload)


def test_a_clearance_says_what_it_rests_on() -> None:
    first = notice()
    facts = [first, receipt(first, recorded=1), accept(INTAKE)]

    payload = clearance_payload(clearance(facts, 40), version=3, positions=POSITIONS)

    assert [each["topic"] for each in payload["positions"]] == [
        "doj.policy-notice.v1",
        "hhs.acknowledgement.v1",
    ]
    assert (payload["version"], payload["revision"], payload["overdue"]) == (3, 1, True)
    assert payload["seats"][1] == {
        "seat_id": "hhs.orr.director",
        "filled": False,
        "offices": [
            {
                "office": "hhs.orr.director",
                "decision": None,
                "delivered_at": day(1),
                "due_at": day(32),
                "lead": "KEPT",
                "overdue": True,
            }
        ],
    }
    assert {"code": "NO_DECISION", "fact": None, "office": "hhs.orr.director"} in payload["reasons"]


def test_the_same_state_at_another_moment_is_no_new_state() -> None:
    facts = announced_story()

    states = [
        state_of(clearance_payload(clearance(facts, at), version=at, positions=()))
        for at in (61, 62, 40)
    ]

    assert states[0] == states[1]
    assert states[0] != states[2]


def test_every_finding_is_a_valid_payload() -> None:
    schema = packaged().latest("interagency.clearance.Finding")
    facts = [
        citation(recorded=1),
        notice(recorded=2, effective=0),
        notice(recorded=3, effective=0, content="other", sound=False),
        dead_letter(opened=5),
    ]
    found = policy_findings(POLICY, History.of(facts), day(9))

    payloads = [finding_payload(finding) for finding in found]

    assert len({payload["kind"] for payload in payloads}) == 5
    assert [fault for payload in payloads for fault in find_faults(schema, payload)] == []


def test_a_finding_is_open_in_its_first_version_unless_said_otherwise() -> None:
    finding = policy_findings(POLICY, History.of([citation(recorded=1)]), day(9))[0]

    opened = finding_payload(finding)
    taken = finding_payload(finding, version=2, state=FindingState.TAKEN)

    assert (opened["version"], opened["state"]) == (1, "OPEN")
    assert (taken["version"], taken["state"]) == (2, "TAKEN")
    assert opened["finding_id"] == taken["finding_id"]
