"""Which policy a record is about that can't be applied; where nobody can tell, it may be any."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming.parser import Parser
from bus.consuming.records import Partition, Rejected, StoredRecord
from bus.errors import PoisonError
from bus.events import Event
from bus.topics import find_topic
from bus.tracker.placement import is_unplaced, policies_of, refuse_unplaced
from tests.records import MOMENT, RawRecord, raw_record

POLICY = "doj/2018/zero-tolerance"
STATEMENT_ID = str(UUID(int=1))
BODIES: dict[str, dict[str, object]] = {
    "CANCEL": {"cause": "RESCINDED", "from": MOMENT},
    "STAY": {"court": "S.D. Cal.", "docket": "18-428", "scope": "all of it", "from": MOMENT},
    "CONDITION_ANSWER": {"condition_id": "beds", "office": "hhs.orr.intake", "answer": "REFUSED"},
    "OBSERVATION": {"agency": "doj", "channel": "NEWS", "description": "an article"},
    "EXERCISE_WINDOW": {"from": MOMENT, "to": MOMENT},
}
PARSER = Parser(Decoder(packaged()))


def coordination(kind: str, policy_id: str | None = None) -> RawRecord:
    data = {
        "coordination_id": STATEMENT_ID,
        "policy_id": policy_id,
        "office": "doj.oag",
        "officer": {"role": "counsel", "id": "d-1"},
        "mode": "ACTUAL",
        "kind": kind,
        kind.lower(): BODIES[kind],
    }
    return raw_record(data, topic="doj.coordination.v1", source="doj/store")


def junk(topic: str, key: bytes | None) -> RawRecord:
    return RawRecord(topic, key, b"junk", [])


def parsed(raw: RawRecord) -> Event | Rejected:
    record = StoredRecord(7, 0, raw.key, raw.value, raw.headers)
    return PARSER.parse(record, find_topic(raw.topic), Partition(raw.topic, 0))


def rejected(raw: RawRecord) -> Rejected:
    outcome = parsed(raw)
    assert isinstance(outcome, Rejected)
    return outcome


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "raw",
    [
        junk("hhs.acknowledgement.v1", b"nobody's key"),
        junk("dhs.acknowledgement.v1", b"\xff"),
        junk("hhs.acknowledgement.v1", None),
        junk("doj.coordination.v1", STATEMENT_ID.encode()),
        coordination("CANCEL").without("ce_id"),
        coordination("STAY").without("ce_id"),
        coordination("CONDITION_ANSWER").without("ce_id"),
    ],
)
def test_a_statement_that_names_no_policy_may_close_any(raw: RawRecord) -> None:
    outcome = rejected(raw)

    assert is_unplaced(outcome)
    assert policies_of(outcome) == []


@pytest.mark.parametrize(
    "raw",
    [
        junk("hhs.acknowledgement.v1", POLICY.encode()),
        junk("doj.coordination.v1", POLICY.encode()),
        coordination("CANCEL", POLICY).without("ce_id"),
        coordination("OBSERVATION").without("ce_id"),
        coordination("EXERCISE_WINDOW").without("ce_id"),
        junk("doj.policy-notice.v1", b"nobody's key"),
        junk("dhs.custody-event.v1", b"nobody's key"),
        junk("hhs.delivery-receipt.v1", b"nobody's key"),
    ],
)
def test_what_names_its_policy_or_is_about_none_leaves_the_others_alone(raw: RawRecord) -> None:
    assert not is_unplaced(rejected(raw))


@pytest.mark.promise("P1")
@pytest.mark.parametrize("kind", ["CANCEL", "STAY", "CONDITION_ANSWER"])
def test_a_sound_statement_about_one_policy_that_names_none_is_refused(kind: str) -> None:
    event = parsed(coordination(kind))
    assert isinstance(event, Event)

    with pytest.raises(PoisonError, match="names none"):
        refuse_unplaced([event])


@pytest.mark.parametrize(
    "raw",
    [coordination("STAY", POLICY), coordination("OBSERVATION"), coordination("CANCEL", POLICY)],
)
def test_a_statement_that_names_its_policy_or_is_about_none_is_not_refused(raw: RawRecord) -> None:
    event = parsed(raw)
    assert isinstance(event, Event)

    refuse_unplaced([event])
