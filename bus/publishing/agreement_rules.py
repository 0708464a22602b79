"""Rules of agreements: who has approved one, and whether what it asks for can come about."""

from __future__ import annotations

from collections.abc import Iterator

from bus.errors import FieldFault
from bus.events import Payload
from bus.notices.life import OVERSEER
from bus.publishing.rules import Rules, are_distinct, belongs_to, ends_after, is_time_zone, rule
from bus.topics import AGREEMENT, Topic


def _parties_are_two(_: Topic, data: Payload) -> Iterator[FieldFault]:
    yield from are_distinct("parties", "", data["parties"])
    if len(set(data["parties"])) < 2:
        yield FieldFault("parties", "two sides", "name the agencies that agree, at least two")


def _each_party_approved(_: Topic, data: Payload) -> Iterator[FieldFault]:
    approved = {approval["party"] for approval in data["approvals"]}
    for index, party in enumerate(data["parties"]):
        if party not in approved:
            yield FieldFault(f"parties[{index}]", "approved", "each party has to approve")


def _approvals_are_authorised(_: Topic, data: Payload) -> Iterator[FieldFault]:
    for index, approval in enumerate(data["approvals"]):
        path = f"approvals[{index}]"
        if approval["party"] not in data["parties"]:
            yield FieldFault(f"{path}.party", "authorised", "only the parties approve")
        elif not belongs_to(approval["party"], approval["office"]):
            yield FieldFault(f"{path}.office", "authorised", "name an office of the party")


def _seats_can_be_filled(_: Topic, data: Payload) -> Iterator[FieldFault]:
    seats = data["seats"]
    yield from are_distinct("seats", "seat_id", [seat["seat_id"] for seat in seats])
    for index, seat in enumerate(seats):
        yield from are_distinct(f"seats[{index}].offices", "", seat["offices"])
        if seat["acceptances_needed"] > len(set(seat["offices"])):
            yield FieldFault(
                f"seats[{index}].acceptances_needed", "can be filled", "the seat has fewer offices"
            )


def _delivery_can_be_proven(_: Topic, data: Payload) -> Iterator[FieldFault]:
    """Without a group whose receipt counts, an office's lead time never begins."""
    offices = [receipt["office"] for receipt in data["receipts"]]
    yield from are_distinct("receipts", "office", offices)
    for place, seat in enumerate(data["seats"]):
        for index, office in enumerate(seat["offices"]):
            if office not in offices:
                yield FieldFault(
                    f"seats[{place}].offices[{index}]",
                    "has a receipt group",
                    "name it in receipts, with the group whose receipt proves a delivery to it",
                )


def _times_are_positive(_: Topic, data: Payload) -> Iterator[FieldFault]:
    for name in ("lead_time", "acknowledge_within"):
        yield from _is_positive(name, data[name])


def _emergencies_leave_time(_: Topic, data: Payload) -> Iterator[FieldFault]:
    """An emergency shortens the lead time; it never does away with it."""
    bases = data["emergency_bases"]
    yield from are_distinct("emergency_bases", "basis", [each["basis"] for each in bases])
    for index, each in enumerate(bases):
        yield from _is_positive(f"emergency_bases[{index}].minimum_lead", each["minimum_lead"])


def _is_positive(path: str, duration: Payload) -> Iterator[FieldFault]:
    if duration["amount"] < 1:
        yield FieldFault(f"{path}.amount", "above zero", "give a time of at least 1")


def _ladders_lead_out(_: Topic, data: Payload) -> Iterator[FieldFault]:
    """A ladder ends outside the chain that may be silent, and never asks the silent office."""
    ladders = data["ladders"]
    yield from are_distinct("ladders", "office", [ladder["office"] for ladder in ladders])
    for index, ladder in enumerate(ladders):
        yield from _faults_of_ladder(f"ladders[{index}]", ladder)


def _faults_of_ladder(path: str, ladder: Payload) -> Iterator[FieldFault]:
    steps = ladder["steps"]
    if not steps or steps[-1]["office"] != OVERSEER:
        yield FieldFault(
            f"{path}.steps", "ends outside the silent chain", f"let the last step be {OVERSEER}"
        )
    for index, step in enumerate(steps):
        if step["office"] == ladder["office"]:
            yield FieldFault(
                f"{path}.steps[{index}].office",
                "another office",
                "it is the silent one: name whom to turn to instead",
            )
        yield from _is_positive(f"{path}.steps[{index}].after", step["after"])


def _zone_exists(_: Topic, data: Payload) -> Iterator[FieldFault]:
    return is_time_zone("time_zone", data["time_zone"])


def _ends_after_it_begins(_: Topic, data: Payload) -> Iterator[FieldFault]:
    return ends_after("valid_to", data["valid_from"], data.get("valid_to"))


RULES: Rules = {
    AGREEMENT.schema: (
        rule(_parties_are_two, "parties"),
        rule(_each_party_approved, "parties", "approvals"),
        rule(_approvals_are_authorised, "parties", "approvals"),
        rule(_seats_can_be_filled, "seats"),
        rule(_delivery_can_be_proven, "seats", "receipts"),
        rule(_times_are_positive, "lead_time", "acknowledge_within"),
        rule(_emergencies_leave_time, "emergency_bases"),
        rule(_ladders_lead_out, "ladders"),
        rule(_zone_exists, "time_zone"),
        rule(_ends_after_it_begins, "valid_from", "valid_to"),
    ),
}
