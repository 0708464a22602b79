"""Observations, dispositions and exercise windows on a real database, read in any order."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from bus.codec.schemas import packaged
from bus.events import Event
from tests.integration.tracker.direct import FixedClock, Reader, event_at
from tests.integration.tracker.world import new_policy, notice_data
from tests.records import MOMENT, custody_data, raw_record

CLOCK = FixedClock(MOMENT + timedelta(days=30))


def said(
    day: float, *, kind: str, body: dict[str, Any], office: str, offset: int = 0, **changes: object
) -> Event:
    """Return a coordination event, recorded on that day."""
    schema = packaged().latest("interagency.notice.Coordination")
    data: dict[str, Any] = {field["name"]: None for field in schema.definition["fields"]}
    data |= {
        "coordination_id": str(uuid4()),
        "office": office,
        "officer": {"role": "duty-officer", "id": "o-4"},
        "mode": "ACTUAL",
        "kind": kind,
        kind.lower(): body,
    }
    owner = office.partition(".")[0]
    raw = raw_record(
        data | changes,
        topic=f"{owner}.coordination.v1",
        source=f"{owner}.b/{uuid4()}",
        mode=str(changes.get("mode", "ACTUAL")),
    )
    return event_at(raw, moment(day), offset=offset)


def moment(day: float) -> datetime:
    return MOMENT + timedelta(days=day)


def seen(day: float, **changes: object) -> Event:
    body = {
        "channel": "STAFF_REPORT",
        "agency": "doj",
        "description": "more separated children than ever",
        "seen_at": None,
        "where": None,
    }
    office = "hhs.orr.director"
    return said(day, kind="OBSERVATION", body=body, office=office, **changes)  # type: ignore[arg-type]


def disposed(day: float, of: str, outcome: str, *, office: str = "doj.oag", offset: int) -> Event:
    body = {"of": of, "outcome": outcome, "reference": "memo 4"}
    return said(day, kind="DISPOSITION", body=body, office=office, offset=offset)


FINDINGS = """
SELECT kind, mode, state, policy_id, reason, taken_by, resolved_by, reference, noticed_at
FROM finding WHERE NOT is_withdrawn ORDER BY kind, mode, reason
"""
CLEAR = """
DELETE FROM fact_receipt; DELETE FROM fact; DELETE FROM finding; DELETE FROM clearance_state;
DELETE FROM fact_clock; DELETE FROM sequence_gap
"""


async def forget(reader: Reader) -> None:
    for statement in CLEAR.split(";"):
        await reader.query(f"WITH gone AS ({statement.strip()}) SELECT 1")


@pytest.mark.promise("P1")
async def test_an_observation_is_tied_taken_and_resolved_in_any_order(database_url: str) -> None:
    policy = new_policy()
    first = seen(0)
    of = first.data["coordination_id"]
    events = [
        first,
        seen(1, coordination_id=of, policy_id=policy, offset=1),
        disposed(2, of, "TAKEN", offset=0),
        disposed(3, of, "RESOLVED", office="dhs.plcy", offset=0),
        disposed(4, of, "RESOLVED", office="hhs.oig", offset=2),
    ]
    reader = Reader(database_url, CLOCK)

    for order in itertools.islice(itertools.permutations(events), 0, 120, 13):
        await reader.read(*([event] for event in order))
        found = await reader.query(FINDINGS)
        states = await reader.query("SELECT state FROM clearance_state ORDER BY version DESC")
        await forget(reader)

        observed, void = found
        assert observed[:4] == ("OBSERVED_POLICY", "ACTUAL", "RESOLVED", policy)
        assert observed[4:8] == ("STAFF_REPORT", "doj.oag", "hhs.oig", "memo 4")
        assert (void[0], void[4]) == ("VOID_COORDINATION", "DISPOSITION_BY_ANOTHER_OFFICE")
        assert [each["code"] for each in states[0][0]["reasons"]] == ["NO_NOTICE"]  # type: ignore[index]


@pytest.mark.promise("P1")
async def test_a_notice_after_the_fact_is_shown_and_takes_nothing_back(database_url: str) -> None:
    policy = new_policy()
    notice = raw_record(
        notice_data(policy, effective_at=moment(1)), topic="doj.policy-notice.v1", source="doj/a"
    )
    cited = raw_record(custody_data(policy_id=policy))
    reader = Reader(database_url, CLOCK)

    await reader.read([seen(0, policy_id=policy), event_at(cited, moment(1), offset=0)])
    await reader.read([event_at(notice, moment(2), offset=0)])

    found = {row[0]: (row[2], row[8]) for row in await reader.query(FINDINGS)}
    assert found["OBSERVED_POLICY"] == ("OPEN", moment(2))
    assert found["UNANNOUNCED_POLICY"] == ("OPEN", moment(2))
    told = [draft.data for draft in reader.told if draft.data.get("kind") == "OBSERVED_POLICY"]
    assert [(each["version"], each["noticed_at"]) for each in told] == [(1, None), (2, moment(2))]
    cited_as = [draft.data for draft in reader.told if draft.data.get("reason") == "NO_NOTICE"]
    assert [each["reason_now"] for each in cited_as] == ["NO_NOTICE", "NOT_YET"]


@pytest.mark.promise("P8")
@pytest.mark.parametrize("is_cited", [True, False])
async def test_an_exercise_is_real_until_its_window_is_read(
    database_url: str, is_cited: bool
) -> None:
    policy = new_policy() if is_cited else None
    data = custody_data(policy_id=policy, event_kind="SEPARATED", occurred_at=moment(5))
    drill = event_at(raw_record(data, mode="EXERCISE"), moment(5), offset=0)
    body = {"from": moment(4), "to": moment(6)}
    window = said(1, kind="EXERCISE_WINDOW", body=body, office="dhs.plcy")
    reader = Reader(database_url, CLOCK)

    await reader.read([drill])
    before = {row[:2] for row in await reader.query(FINDINGS)}
    await reader.read([window])
    after = {row[:2] for row in await reader.query(FINDINGS)}
    await forget(reader)
    await reader.read([window], [drill])

    assert ("EXERCISE_OUTSIDE_WINDOW", "ACTUAL") in before
    assert {mode for _, mode in after} == {"EXERCISE"}
    assert {row[:2] for row in await reader.query(FINDINGS)} == after


async def test_a_finding_of_a_custody_event_is_taken_by_its_agency(database_url: str) -> None:
    cited = raw_record(custody_data(event_kind="SEPARATED", policy_id=None))
    reader = Reader(database_url, CLOCK)
    await reader.read([event_at(cited, moment(0), offset=0)])
    ((finding_id,),) = await reader.query("SELECT finding_id FROM finding")

    await reader.read([disposed(1, str(finding_id), "TAKEN", office="dhs.plcy", offset=0)])

    (found,) = await reader.query(FINDINGS)
    assert (found[0], found[2], found[5]) == ("MISSING_CITATION", "TAKEN", "dhs.plcy")
    assert reader.told[-1].data["version"] == 2
