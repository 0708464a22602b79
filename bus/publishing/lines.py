"""Events as lines of JSON (NDJSON), one event a line:

    {"topic": "dhs.custody-event.v1", "source": "dhs.e3", "type": "…", "subject": "…",
     "mode": "ACTUAL", "data": {…}}

`source` is the system that publishes; `data` is plain JSON (ISO 8601 times, decimals as text, no
union wrappers). `type` and `subject` may be left out, as may `time`, `correlationid` and
`causationid`, which are those of CloudEvents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.plain import from_plain
from bus.codec.schemas import SchemaStore
from bus.errors import FieldFault, UnknownNameError
from bus.events import Draft, Mode
from bus.publishing.validation import find_event_faults
from bus.topics import OWNERS, Topic, find_topic

REQUIRED = ("topic", "source", "mode", "data")
OPTIONAL = ("type", "subject", "time", "correlationid", "causationid")


@dataclass(frozen=True, slots=True)
class SoundLine:
    """A line that holds an event which this owner may publish."""

    number: int
    owner: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that can't be published, with everything that is wrong in it."""

    number: int
    faults: tuple[FieldFault, ...]


def read_lines(lines: Iterable[bytes], schemas: SchemaStore) -> Iterator[SoundLine | FaultyLine]:
    """Yield what each line holds, with line numbers from 1; blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_line(number, line, schemas)


def _read_line(number: int, line: bytes, schemas: SchemaStore) -> SoundLine | FaultyLine:
    content = parse_line(number, line)
    return content if isinstance(content, FaultyLine) else read_content(number, content, schemas)


def parse_line(number: int, line: bytes) -> dict[str, Json] | FaultyLine:
    """Return the line's JSON object, or what keeps it from being one."""
    try:
        content = json.loads(line, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f"column {error.colno}" if isinstance(error, json.JSONDecodeError) else "it"
        hint = f"{where} isn't JSON in UTF-8 with each name once in its object"
        return FaultyLine(number, (FieldFault("(the line)", "JSON", hint),))
    if not isinstance(content, dict):
        return FaultyLine(number, (FieldFault("(the line)", "object", 'write {"topic": …}'),))
    return content


def read_content(
    number: int, content: Mapping[str, Json], schemas: SchemaStore
) -> SoundLine | FaultyLine:
    """Return the event of a line's JSON object, or everything that is wrong in it."""
    reading = _Reading(content)
    draft = reading.draft(schemas)
    if draft is None or reading.faults:
        return FaultyLine(number, tuple(reading.faults))
    return SoundLine(number, reading.owner, draft)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that stands twice: readers would differ in which of them counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse_constant(_: str) -> object:
    raise ValueError("NaN and Infinity aren't JSON")


@dataclass(slots=True)
class _Reading:
    """One line, while it is read."""

    content: Mapping[str, Json]
    faults: list[FieldFault] = field(default_factory=list)
    owner: str = ""

    def draft(self, schemas: SchemaStore) -> Draft | None:
        """Return the event, or None with at least one fault; collects every fault."""
        self._check_names()
        topic = self._topic()
        source = self._text("source")
        mode = self._mode()
        time = self._time()
        subject = self._text("subject")
        correlation, causation = self._id("correlationid"), self._id("causationid")
        if topic is None:
            return None
        self._check_type(topic)
        data, structural = from_plain(schemas.latest(topic.schema), self.content.get("data"))
        self.owner = _owner_of(topic, source)
        draft = Draft(
            topic=topic.name,
            data=data,
            mode=mode or Mode.ACTUAL,
            system=source,
            time=time,
            subject=subject,
            correlation_id=correlation,
            causation_id=causation,
        )
        known = {fault.path for fault in self.faults}
        self.faults += [
            fault
            for fault in find_event_faults(self.owner, schemas, draft, structural)
            if fault.path not in known
        ]
        return draft

    def _check_names(self) -> None:
        for name in REQUIRED:
            if self.content.get(name) is None:
                self._note(name, "required", f"each line has {', '.join(REQUIRED)}")
        for name in self.content.keys() - {*REQUIRED, *OPTIONAL}:
            shown = name if name.isidentifier() and len(name) < 40 else "(a name)"
            self._note(shown, "unknown", f"a line has {', '.join(REQUIRED + OPTIONAL)}")

    def _text(self, name: str) -> str | None:
        value = self.content.get(name)
        if value is None or isinstance(value, str):
            return value
        self._note(name, "text", "write it in quotation marks")
        return None

    def _topic(self) -> Topic | None:
        name = self._text("topic")
        if name is None:
            return None
        try:
            return find_topic(name)
        except UnknownNameError:
            self._note("topic", "exists", "`bus topics list` shows every topic")
            return None

    def _check_type(self, topic: Topic) -> None:
        stated = self._text("type")
        if stated is not None and stated != topic.event_type:
            self._note("type", "agrees", f"events of {topic.name} are {topic.event_type}")

    def _mode(self) -> Mode | None:
        stated = self._text("mode")
        try:
            return Mode(stated) if stated is not None else None
        except ValueError:
            self._note("mode", "one of", ", ".join(Mode))
            return None

    def _time(self) -> datetime | None:
        stated = self._text("time")
        try:
            return datetime.fromisoformat(stated) if stated is not None else None
        except ValueError:
            self._note("time", "ISO 8601", 'write it like "2018-05-07T09:00:00-04:00"')
            return None

    def _id(self, name: str) -> UUID | None:
        stated = self._text(name)
        try:
            return UUID(stated) if stated is not None else None
        except ValueError:
            self._note(name, "UUID", "it is the id of an event")
            return None

    def _note(self, path: str, rule: str, hint: str) -> None:
        self.faults.append(FieldFault(path, rule, hint))


def _owner_of(topic: Topic, source: str | None) -> str:
    """Return whose outbox takes the event: that of the system's agency, else the topic's.

    They differ only where several owners write one topic; elsewhere validation refuses it.
    """
    agency = (source or "").partition(".")[0]
    return agency if agency in OWNERS else topic.owner
