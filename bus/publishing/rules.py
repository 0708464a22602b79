"""What the schema can't say: who may publish what, and which fields must agree.

A rule refuses only what can't be read or isn't authorised. An announcement that is late,
retroactive or incomplete is valid: it is stored and flagged by those who read it.

A rule runs only when the fields that it reads are sound by themselves, so that one mistake is
told once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from bus.errors import FieldFault
from bus.events import Draft, Payload
from bus.topics import FINDING, OWNERS, Topic

SYSTEM = re.compile(r"(doj|dhs|hhs|bus)(\.[a-z0-9-]+)*")
GAPS = ("OFFSET_GAP", "SEQUENCE_GAP")
MAX_SYSTEM_LENGTH = 100
MAX_SUBJECT_CHARACTERS = 512
HEADER_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
MAX_HEADER_CHARACTERS = 10_000

Check = Callable[[Topic, Payload], Iterable[FieldFault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of a payload, and the top-level fields that it reads."""

    fields: frozenset[str]
    check: Check


Rules = Mapping[str, tuple[Rule, ...]]
"""The rules of payloads, by the full name of their schema."""


def rule(check: Check, *fields: str) -> Rule:
    """Return a rule that runs when all of these fields are sound."""
    return Rule(frozenset(fields), check)


def faults_of_payload(
    rules: Rules, topic: Topic, data: Payload, unsound: Set[str]
) -> Iterator[FieldFault]:
    """Yield the faults of the payload's rules whose fields aren't among the unsound ones."""
    if topic.key_of(data) is None and unsound.isdisjoint(topic.content.key_fields):
        yield FieldFault(topic.content.key_fields[0], "key", "it is the record's key: give a value")
    for each in rules.get(topic.schema, ()):
        if each.fields.isdisjoint(unsound):
            yield from each.check(topic, data)


def faults_of_draft(owner: str, topic: Topic, draft: Draft) -> Iterator[FieldFault]:
    """Yield the faults of everything around the payload."""
    return chain(
        _wrong_writer(owner, topic, draft.data),
        _wrong_system(owner, draft.system),
        _wrong_mode(draft),
        _wrong_time(draft.time),
        _wrong_subject(draft.subject),
        _wrong_headers(draft.headers),
    )


def _wrong_writer(owner: str, topic: Topic, data: Payload) -> Iterator[FieldFault]:
    """Each topic has one writer, but every owner may report the gaps of its own groups."""
    if topic.owner == owner:
        return
    if topic.content is not FINDING:
        yield FieldFault(
            "topic", "authorised", f"only {topic.owner} writes {topic.name}, this is {owner}"
        )
    elif isinstance(data, Mapping) and data.get("kind") not in GAPS:
        yield FieldFault("data.kind", "authorised", f"{owner} may report {' or '.join(GAPS)}")


def _wrong_system(owner: str, system: str | None) -> Iterator[FieldFault]:
    if system is None:
        return
    if len(system) > MAX_SYSTEM_LENGTH or not SYSTEM.fullmatch(system):
        yield FieldFault(
            "source", "pattern", f"name a system as {'|'.join(OWNERS)}, then .name parts"
        )
    elif not belongs_to(owner, system):
        yield FieldFault("source", "authorised", f"name a system of {owner}")


def _wrong_mode(draft: Draft) -> Iterator[FieldFault]:
    if isinstance(draft.data, Mapping) and draft.data.get("mode") not in (None, draft.mode):
        yield FieldFault("mode", "agrees", "give the same mode here and in data.mode")


def _wrong_time(time: datetime | None) -> Iterator[FieldFault]:
    if time is None:
        return
    if time.utcoffset() is None:
        yield FieldFault("time", "time zone", "give the time with its offset from UTC")
        return
    try:
        time.astimezone(UTC)
    except OverflowError:  # the calendar's first and last hours, by their offset
        yield FieldFault("time", "UTC", "give a time that lies within the years 1 to 9999 in UTC")


def _wrong_subject(subject: str | None) -> Iterator[FieldFault]:
    if subject is None:
        return
    if not subject.isprintable() or not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS:
        yield FieldFault("subject", "text", f"up to {MAX_SUBJECT_CHARACTERS} printable characters")


def _wrong_headers(headers: Iterable[tuple[str, str]]) -> Iterator[FieldFault]:
    """More headers may not look like the event's own, which readers take once."""
    size = 0
    for index, (name, value) in enumerate(headers):
        size += len(name) + len(value)
        if not HEADER_NAME.fullmatch(name) or name.startswith("ce_") or name == "content-type":
            yield FieldFault(f"headers[{index}]", "name", "letters, digits, . _ - and not ce_")
        if not value.isprintable():
            yield FieldFault(f"headers[{index}]", "text", "give printable text")
    if size > MAX_HEADER_CHARACTERS:
        yield FieldFault("headers", "size", f"at most {MAX_HEADER_CHARACTERS} characters")


# What the rules of several schemas need.


def belongs_to(owner: str, name: str) -> bool:
    """Whether this agency, office or system is the owner or a part of it."""
    return name == owner or name.startswith(owner + ".")


def speaks_for_owner(path: str, topic: Topic, office: str | None) -> Iterator[FieldFault]:
    """A record counts only if its topic's owner owns the office that it speaks for."""
    if office is not None and not belongs_to(topic.owner, office):
        yield FieldFault(path, "authorised", f"on {topic.name} only offices of {topic.owner} speak")


def same_officer(first: Payload, second: Payload) -> bool:
    """Whether two officers are one: their ids are equal, whatever their roles and letter case."""
    return str(first["id"]).casefold() == str(second["id"]).casefold()


def ends_after(path: str, begin: datetime, end: datetime | None) -> Iterator[FieldFault]:
    """An interval that ends has to end after it begins."""
    if end is not None and end <= begin:
        yield FieldFault(path, "ends after it begins", "give a later end, or none")


def is_time_zone(path: str, name: str) -> Iterator[FieldFault]:
    """A time zone has to stand in the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        yield FieldFault(path, "time zone", 'name an IANA time zone, such as "America/New_York"')


def are_distinct(path: str, part: str, values: Iterable[object]) -> Iterator[FieldFault]:
    """No two entries of a list may have the same value; `part` is the field that holds it."""
    seen: set[object] = set()
    for index, value in enumerate(values):
        if value in seen:
            where = f"{path}[{index}].{part}" if part else f"{path}[{index}]"
            yield FieldFault(where, "once", "it stands in the list before: leave one out")
        seen.add(value)
