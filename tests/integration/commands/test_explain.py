"""Every id leads to the records behind it, and to their places."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bus.events import new_event_id
from bus.explaining.owner_rows import PUBLISHED, STANDINGS
from bus.explaining.tracker_rows import FACTS
from bus.storage.connections import session_options
from tests.integration.commands.conftest import CUSTODY, Command, Worked

pytestmark = pytest.mark.promise("P10")


def test_an_event_leads_from_its_outbox_through_kafka_to_each_group(
    worked: Worked, command: Command
) -> None:
    found = command("explain", str(worked.citing.event_id), "--json").json

    [published] = found["published"]
    assert (published["owner"], published["topic"]) == ("dhs", CUSTODY)
    assert published["sequence"] == worked.citing.sequence
    assert published["sent_at"] is not None
    place = (published["partition"], published["offset"])
    standings = {each["group"]: each for each in found["standing"]}
    assert standings.keys() == {"hhs-intake", "tracker"}
    for standing in standings.values():
        assert standing["standing"] == "APPLIED"
        assert (standing["partition"], standing["offset"]) == place


def test_an_event_leads_to_what_it_caused(worked: Worked, command: Command) -> None:
    found = command("explain", str(worked.citing.event_id), "--json").json

    assert {each["kind"] for each in found["finding"]} == {"UNANNOUNCED_POLICY"}
    assert [each["policy_id"] for each in found["clearances_caused"]] == [worked.unannounced]


def test_a_repeated_record_is_shown_with_both_its_standings(
    worked: Worked, command: Command
) -> None:
    found = command("explain", str(worked.repeated.event_id), "--json").json

    intake = [each for each in found["standing"] if each["group"] == "hhs-intake"]
    assert [(each["standing"], each["offset"]) for each in intake] == [
        ("APPLIED", 0),
        ("DUPLICATE", 2),
    ]


def test_a_dead_letter_leads_to_its_record_and_its_reason(worked: Worked, command: Command) -> None:
    [(letter_id,)] = worked.world.query("SELECT dead_letter_id FROM dead_letter", owner="hhs")

    found = command("explain", str(letter_id), "--json").json

    [letter] = found["dead_letter"]
    assert (letter["topic"], letter["partition"], letter["offset"]) == (CUSTODY, 0, 1)
    assert letter["reason"] == "FRAMING_UNKNOWN"
    assert {each["standing"] for each in found["standing"]} == {"DEAD_LETTERED"}


def test_a_finding_leads_to_the_facts_that_it_rests_on(worked: Worked, command: Command) -> None:
    [(finding_id,)] = worked.world.query(
        "SELECT finding_id FROM finding WHERE policy_id = %s", worked.unannounced
    )

    found = command("explain", str(finding_id), "--json").json

    assert [each["finding_id"] for each in found["finding"]] == [str(finding_id)]
    [fact] = found["facts"]
    assert (fact["event_id"], fact["kind"]) == (str(worked.citing.event_id), "CITATION")
    assert (fact["topic"], fact["source"]) == (CUSTODY, worked.citing.source)


def test_a_policy_leads_to_every_fact_of_its_clearance(worked: Worked, command: Command) -> None:
    found = command("explain", worked.policy, "--json").json

    [clearance] = found["clearance"]
    assert (clearance["record"], clearance["answer"]) == ("SOUND", "PENDING")
    facts = {each["kind"]: each for each in found["facts"]}
    assert facts.keys() == {"NOTICE", "RECEIPT"}
    assert facts["NOTICE"]["event_id"] == str(worked.notice.event_id)
    assert facts["RECEIPT"]["topic"] == "hhs.delivery-receipt.v1"
    assert {each["caused_by"] for each in found["versions"]} == {
        facts["NOTICE"]["event_id"],
        facts["RECEIPT"]["event_id"],
    }


def test_a_policy_without_notice_leads_to_its_finding(worked: Worked, command: Command) -> None:
    found = command("explain", worked.unannounced, "--json").json

    assert found["clearance"][0]["record"] == "UNKNOWN"
    assert [each["kind"] for each in found["findings"]] == ["UNANNOUNCED_POLICY"]


def test_an_answer_of_the_gate_is_kept_with_its_reasons(worked: Worked, command: Command) -> None:
    answer = command("gate", worked.policy, "--json").json

    found = command("explain", answer["answer_id"], "--json").json

    [kept] = found["gate_answer"]
    assert kept["verdict"] == answer["verdict"] == "NOT_CLEAR"
    assert kept["reasons"] == answer["reasons"]
    assert kept["freshness_limit_seconds"] == answer["freshness_limit_seconds"] == 10.0


def test_people_read_an_answer_of_the_gate_as_lines_and_small_tables(
    worked: Worked, command: Command
) -> None:
    answer = command("gate", worked.policy, "--json").json

    told = command("explain", answer["answer_id"]).out

    assert "{" not in told
    lines = [line.split() for line in told.splitlines()]
    assert ["record", "SOUND"] in lines
    assert ["reason", "fact", "office"] in lines
    next_offsets = {
        each["partition"]: each["next_offset"]
        for each in answer["positions"]
        if each["topic"] == CUSTODY
    }
    [custody] = [line for line in told.splitlines() if line.startswith(CUSTODY)]
    assert custody.removeprefix(CUSTODY).strip() == ", ".join(
        f"{partition}: {offset}" for partition, offset in sorted(next_offsets.items())
    )


@pytest.mark.parametrize("identifier", [str(UUID(int=7)), "doj/2026/nobody-knows"])
def test_what_nobody_has_heard_of_ends_with_4(command: Command, identifier: str) -> None:
    outcome = command("explain", identifier)

    assert outcome.code == 4
    assert identifier in outcome.err
    assert outcome.out == ""


def test_people_read_headings_and_no_content(worked: Worked, command: Command) -> None:
    outcome = command("explain", worked.policy)

    assert outcome.code == 0
    assert "Clearance now:" in outcome.out
    assert "Facts, and where each record stands:" in outcome.out
    assert str(worked.notice.event_id) in outcome.out
    assert "Referral of family-unit adults" not in outcome.out


ROWS = 20_000
FILL = {
    "dhs": f"""
INSERT INTO outbox_stream (topic, source, last_sequence) VALUES ('t', 'dhs/store', {ROWS});
INSERT INTO outbox SELECT stream_id, n, uuidv7(), '', '', '[]', now()
    FROM outbox_stream, generate_series(1, {ROWS}) AS n;
INSERT INTO outbox_confirmation SELECT stream_id, sequence, 0, sequence FROM outbox;
""",
    "hhs": f"""
INSERT INTO consumer_account (
    group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
    VALUES ('hhs-intake', 't', 0, 1, 'id', 0, 'claim', 'a test');
INSERT INTO inbox SELECT 'hhs-intake', uuidv7(), account_id, n, '', now()
    FROM consumer_account, generate_series(1, {ROWS}) AS n;
INSERT INTO duplicate SELECT account_id, n, uuidv7()
    FROM consumer_account, generate_series(1, {ROWS}) AS n;
INSERT INTO dead_letter (
    dead_letter_id, group_name, topic, partition, account_id, kafka_offset, appended_at, headers,
    reason, detail, event_id, state)
    SELECT uuidv7(), 'hhs-intake', 't', 0, account_id, n, now(), '', 'UNDECODABLE', '', uuidv7(),
        CASE WHEN n % 10 = 0 THEN 'OPEN' ELSE 'DISCARDED' END
    FROM consumer_account, generate_series(1, {ROWS}) AS n;
""",
    "bus": f"""
INSERT INTO fact SELECT uuidv7(), 'CITATION', 'dhs/2026/p-' || n % 1000, 't', 0, n, 'dhs/store', n,
    'ACTUAL', true, '[]', now(), '{{}}' FROM generate_series(1, {ROWS}) AS n;
""",
}
"""Twenty thousand rows in each table that grows with the events of an owner."""

QUESTIONS: dict[str, tuple[str, Any]] = {
    "dhs": (PUBLISHED, {"owner": "dhs", "events": [new_event_id()]}),
    "hhs": (STANDINGS, {"groups": ["hhs-intake"], "events": [new_event_id()]}),
    "bus": (FACTS, [[new_event_id()]]),
}


@pytest.mark.parametrize("owner", QUESTIONS)
def test_an_event_is_found_by_its_id_however_many_there_are(database_url: str, owner: str) -> None:
    query, values = QUESTIONS[owner]
    options = session_options(owner)
    with psycopg.connect(database_url, options=options, autocommit=True) as connection:
        connection.execute(FILL[owner].encode())
        connection.execute("ANALYZE")

        plan = str(connection.execute(f"EXPLAIN {query}".encode(), values).fetchall())

    large = ("outbox", "outbox_confirmation", "inbox", "duplicate", "dead_letter", "fact")
    assert [table for table in large if re.search(rf"Seq Scan on {table}(_\d+)? ", plan)] == [], (
        plan
    )
    assert "Index" in plan
