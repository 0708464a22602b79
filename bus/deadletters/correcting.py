"""The event that corrects another one: a new fact, published by whoever corrects.

It names the event that was wrong as its cause. Groups that apply it close their dead letters of
that event's wrong fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.consuming.parking import UNCLOSED, LetterKind
from bus.deadletters.letters import DeadLetter, ParkedRecord
from bus.errors import FaultError, FieldFault, InvalidEventError
from bus.events import Draft
from bus.publishing.lines import FaultyLine, SoundLine, parse_line, read_content
from bus.reasons import Reason
from bus.topics import CUSTODY_EVENT, find_topic, topics_of

SUBJECT = "the correction"

CUSTODY_TOPICS = {topic.name for topic in topics_of(CUSTODY_EVENT)}
"""Topics whose events name in their payload, too, what they correct."""


def read_correction(
    text: bytes, letter: DeadLetter, record: ParkedRecord, schemas: SchemaStore
) -> SoundLine:
    """Return the event of the one line of the text as the correction of a dead letter's event.

    Raises FaultError where the dead letter's event can't be corrected, and InvalidEventError
    where the line is no event, or none that could correct it.
    """
    event_id = correctable_event(letter)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        fault = FieldFault("(the file)", "one line", f"it has {len(lines)} lines that aren't blank")
        raise InvalidEventError(SUBJECT, [fault])
    content = parse_line(1, lines[0])
    if isinstance(content, FaultyLine):
        raise InvalidEventError(SUBJECT, content.faults)
    line = read_content(1, naming(content, event_id), schemas)
    if isinstance(line, FaultyLine):
        raise InvalidEventError(SUBJECT, line.faults)
    faults = find_misfits(line.draft, letter, record)
    if faults:
        raise InvalidEventError(SUBJECT, faults)
    return line


def correctable_event(letter: DeadLetter) -> UUID:
    """Return the id of the event to correct; raise FaultError if there is nothing to correct."""
    if letter.state not in UNCLOSED:
        raise FaultError(
            f"dead letter {letter.dead_letter_id} is {letter.state} already; "
            "publish what is new with `bus publish`"
        )
    if letter.event_id is None:
        raise FaultError(
            f"the record of dead letter {letter.dead_letter_id} has no event id that a correction "
            "could name: publish its event anew with `bus publish`, and discard the dead letter"
        )
    return letter.event_id


def naming(content: Mapping[str, Json], event_id: UUID) -> dict[str, Json]:
    """Return the line with the id of the event that it corrects, wherever it names none itself."""
    named = {"causationid": str(event_id), **content}
    data = content.get("data")
    if isinstance(data, dict) and content.get("topic") in CUSTODY_TOPICS:
        named["data"] = {**data, "corrects": data.get("corrects") or str(event_id)}
    return named


def find_misfits(draft: Draft, letter: DeadLetter, record: ParkedRecord) -> list[FieldFault]:
    """Return why a sound event is no correction of this one."""
    found = []
    topic, wrong = find_topic(draft.topic), find_topic(letter.topic)
    if topic.content is not wrong.content:
        hint = f"the event that was wrong is a {wrong.content.name}"
        found.append(FieldFault("topic", "same content", hint))
    elif letter.reason != Reason.KEY_INVALID and key_of(record) not in (
        None,
        topic.key_of(draft.data),
    ):
        hint = "it is about another one than the event that was wrong: see its key with --reveal"
        found.append(FieldFault(" or ".join(topic.content.key_fields), "same key", hint))
    if draft.causation_id != letter.event_id:
        hint = f"leave it out, or name the event that was wrong: {letter.event_id}"
        found.append(FieldFault("causationid", "agrees", hint))
    if draft.data.get("corrects") not in (None, str(letter.event_id)):
        hint = f"leave it out, or name the event that was wrong: {letter.event_id}"
        found.append(FieldFault("data.corrects", "agrees", hint))
    if draft.mode != letter.mode and "ce_mode" not in letter.detail:
        found.append(FieldFault("mode", "agrees", f"the event that was wrong is {letter.mode}"))
    return found


def key_of(record: ParkedRecord) -> str | None:
    """Return the record's key, if it is text."""
    try:
        return None if record.key is None else record.key.decode()
    except UnicodeDecodeError:
        return None


def what_follows(letter: DeadLetter) -> str:
    """Tell the operator what becomes of the dead letter."""
    if letter.kind == LetterKind.FIELDS:
        return "The dead letter is closed when its group applies the correction."
    return (
        "The dead letter stays open: its record was not applied. Redrive it, or discard it with "
        "`bus deadletters discard`; what waits behind it, the correction too, goes on then."
    )
