"""Dead letters and topics can be looked at without revealing what is in them."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.integration.commands.conftest import CUSTODY, Command, Worked


def letter_id(worked: Worked) -> str:
    """Return the id of the one dead letter of HHS intake."""
    [(found,)] = worked.world.query("SELECT dead_letter_id FROM dead_letter", owner="hhs")
    return str(found)


def test_dead_letters_are_listed_with_place_and_reason(worked: Worked, command: Command) -> None:
    found = command("deadletters", "list", "--json").json

    assert {(each["group"], each["topic"], each["offset"], each["reason"]) for each in found} == {
        ("hhs-intake", CUSTODY, 1, "FRAMING_UNKNOWN"),
        ("tracker", CUSTODY, 1, "FRAMING_UNKNOWN"),
    }


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--group", "hhs-intake"), 1),
        (("--state", "OPEN"), 2),
        (("--state", "DISCARDED"), 0),
        (("--reason", "FRAMING_UNKNOWN"), 2),
        (("--reason", "UNDECODABLE"), 0),
        (("--topic", CUSTODY), 2),
        (("--topic", "doj.policy-notice.v1"), 0),
        (("--limit", "1"), 1),
    ],
)
def test_a_list_of_dead_letters_is_narrowed(
    command: Command, options: tuple[str, ...], count: int
) -> None:
    found = command("deadletters", "list", "--json", *options).json

    assert len(found) == count


@pytest.mark.parametrize(
    "options",
    [("--group", "x"), ("--state", "open"), ("--reason", "WHY"), ("--topic", "x.v1")],
)
def test_a_name_that_does_not_exist_is_wrong_usage(
    command: Command, options: tuple[str, ...]
) -> None:
    assert command("deadletters", "list", *options).code == 2


@pytest.mark.promise("P9")
def test_a_dead_letter_is_shown_by_the_sizes_of_its_parts(worked: Worked, command: Command) -> None:
    shown = command("deadletters", "show", letter_id(worked))
    as_json = command("deadletters", "show", letter_id(worked), "--json")

    record = as_json.json["record"]
    assert record["value"] == {"bytes": 8}
    assert {"name": "ce_id", "bytes": 36} in record["headers"]
    assert {"name": "another header", "bytes": 13} in record["headers"]
    for printed in (shown.out, as_json.out):
        assert b"not avro".hex() not in printed
        assert b"about a child".hex() not in printed
        assert "x-note" not in printed
        assert (worked.bad.key or b"").decode() not in printed


def test_a_dead_letter_is_revealed_to_the_letter_when_asked(
    worked: Worked, command: Command
) -> None:
    record = command("deadletters", "show", letter_id(worked), "--reveal", "--json").json["record"]

    assert bytes.fromhex(record["key"]["hex"]) == worked.bad.key
    assert bytes.fromhex(record["value"]["hex"]) == worked.bad.value
    headers = [(each["name"], bytes.fromhex(each["hex"])) for each in record["headers"]]
    assert headers == worked.bad.headers


def test_a_dead_letter_that_is_not_there_ends_with_4(command: Command) -> None:
    assert command("deadletters", "show", str(uuid4())).code == 4


def rows(printed: str) -> list[dict[str, object]]:
    """Return the lines of JSON."""
    return [json.loads(line) for line in printed.splitlines()]


def test_a_topic_is_read_from_its_beginning_with_what_is_bad(
    worked: Worked, command: Command
) -> None:
    outcome = command("events", "tail", CUSTODY, "--from-beginning", "--limit", "4", "--json")

    found = rows(outcome.out)
    rejected = [each for each in found if each["outcome"] == "REJECTED"]
    events = [each for each in found if each["outcome"] == "EVENT"]
    assert [(each["partition"], each["offset"], each["reason"]) for each in rejected] == [
        (0, 1, "FRAMING_UNKNOWN")
    ]
    assert [each["id"] for each in events].count(str(worked.repeated.event_id)) == 2
    assert str(worked.citing.event_id) in [each["id"] for each in events]


@pytest.mark.promise("P9")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_custody_event_is_shown_without_payload_and_family(
    worked: Worked, command: Command, options: tuple[str, ...]
) -> None:
    outcome = command("events", "tail", CUSTODY, "--from-beginning", "--limit", "4", *options)

    assert len(outcome.out.splitlines()) == 4
    assert (worked.repeated.key or b"?").decode() not in outcome.out
    assert "family_group_id" not in outcome.out


def test_a_payload_is_shown_when_asked(worked: Worked, command: Command) -> None:
    outcome = command(
        "events", "tail", CUSTODY, "--from-beginning", "--limit", "4", "--json", "--reveal"
    )

    families = [each["data"]["family_group_id"] for each in rows(outcome.out) if "data" in each]  # type: ignore[index]
    assert (worked.repeated.key or b"?").decode() in families


def test_a_notice_is_shown_with_the_policy_it_is_about(worked: Worked, command: Command) -> None:
    topic = "doj.policy-notice.v1"

    outcome = command("events", "tail", topic, "--from-beginning", "--limit", "1")

    assert worked.policy in outcome.out
    assert str(worked.notice.event_id) in outcome.out


def test_a_topic_outside_the_catalogue_is_wrong_usage(command: Command) -> None:
    assert command("events", "tail", "doj.everything.v1").code == 2


def test_positions_are_listed_with_what_is_unread(worked: Worked, command: Command) -> None:
    found = command("positions", "list", "--group", "hhs-intake", "--json").json

    [position] = [each for each in found if (each["topic"], each["partition"]) == (CUSTODY, 0)]
    assert (position["next_offset"], position["log_end"], position["unread"]) == (
        position["log_end"],
        position["log_end"],
        0,
    )
    assert position["obstacle"] is None
    assert {each["group"] for each in found} == {"hhs-intake"}
