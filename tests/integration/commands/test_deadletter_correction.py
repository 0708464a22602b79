"""`bus deadletters correct`: a new event names the one that was wrong, and closes its defect."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from producers.scenarios.golden.strangers import impossible_birth_date
from tests.integration.commands.conftest import CUSTODY, Command, command_on
from tests.integration.tracker.world import World
from tests.records import RawRecord, custody_record

LETTER = "SELECT dead_letter_id::text, event_id FROM dead_letter WHERE kafka_offset = %s"


def wrong_record() -> RawRecord:
    """Return a custody event with a birth date that no calendar has."""
    stranger = impossible_birth_date()
    return RawRecord(stranger.topic, stranger.key, stranger.value, [*stranger.headers])


def family_of(record: RawRecord) -> str:
    """Return the key of a record."""
    assert record.key is not None
    return record.key.decode()


def line_of(family: str, **changes: object) -> dict[str, object]:
    """Return a sound correction, as a line of `bus publish`."""
    data = {
        "event_kind": "CORRECTED",
        "family_group_id": family,
        "subject_id": str(uuid4()),
        "agency": "dhs.cbp.usbp",
        "occurred_at": "2018-06-05T00:00:00Z",
    }
    return {"topic": CUSTODY, "source": "dhs.e3", "mode": "ACTUAL", "data": data} | changes


@pytest.fixture
def command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs a command on that bus."""
    return command_on(world.settings, monkeypatch, capsys)


def letter_at(world: World, offset: int) -> tuple[str, UUID]:
    """Return the id of the dead letter at an offset, and its event's."""
    [(letter_id, event_id)] = world.query(LETTER, offset, owner="hhs")
    return letter_id, event_id


@pytest.mark.promise("P6")
def test_a_correction_closes_the_defect_with_each_group_that_applies_it(
    world: World, command: Command, tmp_path: Path
) -> None:
    wrong = wrong_record()
    correction = tmp_path / "corrected.ndjson"
    correction.write_text(json.dumps(line_of(family_of(wrong))), encoding="utf-8")
    world.produce([wrong], partition=0)

    with world.serving("hhs-intake", "tracker", "relay"):
        world.until("SELECT count(*) FROM hhs.dead_letter", 1)
        world.until("SELECT count(*) FROM bus.dead_letter", 1)
        letter_id, event_id = letter_at(world, 0)
        published = command("deadletters", "correct", letter_id, str(correction), "--json").json
        world.until("SELECT state FROM hhs.dead_letter", "RESOLVED")
        world.until("SELECT state FROM bus.dead_letter", "RESOLVED")

    assert published["corrects"] == str(event_id)
    stored = world.query(
        "SELECT event_kind, details ->> 'corrects' FROM custody_event ORDER BY recorded_at",
        owner="hhs",
    )
    assert stored == [("SEPARATED", None), ("CORRECTED", str(event_id))]
    found = command("explain", published["event_id"], "--json").json
    assert found["published"][0]["causation_id"] == str(event_id)


@pytest.mark.promise("P6")
def test_what_is_no_correction_of_the_event_is_refused_and_nothing_is_published(
    world: World, command: Command, tmp_path: Path
) -> None:
    wrong = wrong_record()
    family = family_of(wrong)
    world.produce([wrong], partition=0)
    with world.serving("hhs-intake"):
        world.until("SELECT count(*) FROM hhs.dead_letter", 1)
    letter_id, _ = letter_at(world, 0)
    receipt = {
        "group": "hhs-intake",
        "source": family,
        "topic": CUSTODY,
        "through_sequence": 1,
    }
    refused = {
        "same content": line_of(
            family, topic="hhs.delivery-receipt.v1", source="hhs.intake", data=receipt
        ),
        "same key": line_of(str(uuid4())),
        "causationid: agrees": line_of(family, causationid=str(uuid4())),
        "data.corrects: agrees": line_of(
            family,
            data=line_of(family)["data"] | {"corrects": str(uuid4())},  # type: ignore[operator]
        ),
        "mode: agrees": line_of(family, mode="TEST"),
        "event_kind": line_of(family, data={"family_group_id": family}),
    }
    file = tmp_path / "correction.ndjson"

    for told, line in refused.items():
        file.write_text(json.dumps(line), encoding="utf-8")
        outcome = command("deadletters", "correct", letter_id, str(file))
        assert (outcome.code, outcome.out) == (2, ""), told
        assert told in outcome.err
    file.write_text("\n\n", encoding="utf-8")

    assert command("deadletters", "correct", letter_id, str(file)).code == 2
    assert command("deadletters", "correct", str(uuid4()), str(file)).code == 4
    assert world.query("SELECT count(*) FROM outbox", owner="dhs") == [(0,)]


@pytest.mark.promise("P6")
def test_what_can_not_be_corrected_ends_with_1_and_says_what_to_do_instead(
    world: World, command: Command, tmp_path: Path
) -> None:
    nameless = custody_record().header("ce_id", b"no id")
    file = tmp_path / "correction.ndjson"
    file.write_text(json.dumps(line_of(family_of(nameless))), encoding="utf-8")
    world.produce([nameless, custody_record().header("ce_time", b"yesterday")], partition=0)
    with world.serving("hhs-intake"):
        world.until("SELECT count(*) FROM hhs.dead_letter", 2)
    close = "UPDATE dead_letter SET state = 'DISCARDED' WHERE kafka_offset = 1 RETURNING 1"
    world.query(close, owner="hhs")

    without_id = command("deadletters", "correct", letter_at(world, 0)[0], str(file))
    closed = command("deadletters", "correct", letter_at(world, 1)[0], str(file))

    assert (without_id.code, closed.code) == (1, 1)
    assert "has no event id that a correction could name" in without_id.err
    assert "is DISCARDED already" in closed.err


def test_a_correction_of_a_record_that_was_not_applied_leaves_its_dead_letter_open(
    world: World, command: Command, tmp_path: Path
) -> None:
    damaged = custody_record().header("ce_time", b"yesterday")
    file = tmp_path / "correction.ndjson"
    file.write_text(json.dumps(line_of(family_of(damaged))), encoding="utf-8")
    world.produce([damaged], partition=0)
    with world.serving("hhs-intake", "relay"):
        world.until("SELECT count(*) FROM hhs.dead_letter", 1)
        letter_id, event_id = letter_at(world, 0)
        outcome = command("deadletters", "correct", letter_id, str(file))
        world.until("SELECT count(*) FROM hhs.custody_event", 1)

    assert outcome.code == 0
    assert f"corrects        {event_id}" in outcome.out
    assert "The dead letter stays open" in outcome.err
    assert world.query("SELECT state FROM dead_letter", owner="hhs") == [("OPEN",)]
