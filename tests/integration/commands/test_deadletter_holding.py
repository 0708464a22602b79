"""What operators see of records that wait behind a dead letter."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from bus.audit.auditing import run_audit
from bus.audit.faults import FaultKind
from bus.consuming.subscription import Order
from bus.explaining.explanation import explain_id
from bus.settings import Settings
from tests.integration.commands.conftest import Command, command_on
from tests.integration.commands.test_audit import faults_after
from tests.integration.consuming.harness import Bench
from tests.integration.consuming.operators import refusing
from tests.records import RawRecord, custody_record


@pytest.fixture
def records() -> list[RawRecord]:
    """Give records of one key."""
    key = str(uuid4())
    return [custody_record(family_group_id=key) for _ in range(3)]


@pytest.fixture
async def holding(settings: Settings, records: list[RawRecord]) -> Bench:
    """Give a group in which the first record failed, and the others wait behind it."""
    bench = Bench(settings, order=Order.ORDERED)
    await bench.prepare()
    await bench.produce(records, partition=0)
    async with bench.working(refusing(records[0])):
        await bench.until("SELECT count(*) FROM held_record", 2)
    return bench


@pytest.mark.promise("P10")
async def test_a_held_event_leads_to_the_dead_letter_that_it_waits_for(
    holding: Bench, records: list[RawRecord]
) -> None:
    [(letter_id,)] = await holding.query("SELECT dead_letter_id FROM dead_letter")

    found = await explain_id(holding.settings, records[2].event_id)

    [standing] = found.sections["standing"]
    assert (standing["standing"], standing["offset"]) == ("HELD", 2)
    assert standing["dead_letter_id"] == letter_id


@pytest.mark.promise("P10")
async def test_a_dead_letter_leads_to_how_many_wait_behind_it(holding: Bench) -> None:
    [(letter_id,)] = await holding.query("SELECT dead_letter_id FROM dead_letter")

    found = await explain_id(holding.settings, letter_id)  # type: ignore[arg-type]

    [letter] = found.sections["dead_letter"]
    assert (letter["kind"], letter["state"], letter["held"]) == ("RECORD", "OPEN", 2)


@pytest.fixture
def command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs a command on the group's database."""
    return command_on(settings, monkeypatch, capsys)


def test_the_list_and_the_letter_say_whether_it_holds_and_how_many(
    settings: Settings, holding: Bench, records: list[RawRecord], command: Command
) -> None:
    key = (records[0].key or b"").decode()

    [row] = command("deadletters", "list", "--key", key, "--json").json
    shown = command("deadletters", "show", row["dead_letter_id"])

    assert (row["kind"], row["holds"], row["held"], row["due_at"]) == ("RECORD", True, 2, None)
    assert re.search(r"^held +2$", shown.out, re.MULTILINE)
    assert command("deadletters", "list", "--until", "2020-01-01", "--json").json == []


HELD = """
INSERT INTO held_record (account_id, kafka_offset, group_name, topic, partition, appended_at, key,
    headers)
SELECT account_id, {offset}, group_name, topic, partition, appended_at, key, headers
FROM held_record LIMIT 1
"""

BENT = {
    "removed": ("DELETE FROM held_record WHERE kafka_offset = 1", FaultKind.MISSING, ((1, 2),)),
    "doubled": (HELD.format(offset=0), FaultKind.DOUBLED, ((0, 1),)),
    "invented": (HELD.format(offset=9), FaultKind.OUTSIDE, ((9, 10),)),
    "of another partition": (
        "UPDATE held_record SET partition = 5 WHERE kafka_offset = 2",
        FaultKind.STRANGE,
        ((2, 3),),
    ),
}


@pytest.mark.promise("P2")
async def test_the_audit_counts_held_records_and_notices_each_bent_one(holding: Bench) -> None:
    audit = await run_audit(holding.settings, ["hhs"])
    found = {name: await faults_after(holding.settings, bent[0]) for name, bent in BENT.items()}

    [account] = [each for each in audit.accounts if each.partition == 0]
    assert (account.dead_lettered, account.held, audit.faults) == (1, 2, [])
    for name, (_, kind, ranges) in BENT.items():
        assert (kind, ranges) in [(fault.kind, fault.ranges) for fault in found[name]], name
