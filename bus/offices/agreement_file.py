"""An agreement as a file that policy officers read, change and approve.

Its fields are the schema's. Three things are written shorter: a duration as `30 CALENDAR_DAYS`,
a day without a time, which begins at midnight of the agreement's `time_zone`, and what may be
left out. Each approval holds the digest of what it approves: all that is written in the file but
comments, layout and the approvals. A change after an approval so voids it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bus.codec.definitions import Json, join
from bus.codec.plain import from_plain
from bus.codec.schemas import SchemaStore
from bus.errors import FieldFault, InvalidEventError, UsageError
from bus.events import Draft, Mode, Payload
from bus.notices.digest import content_digest
from bus.offices.yaml_tree import FileFault, Tree, read_tree
from bus.publishing.validation import find_event_faults
from bus.topics import AGREEMENT, find_topic

TOPIC = find_topic("bus.agreement.v1")
APPROVALS = "approvals"
UNITS = ("HOURS", "CALENDAR_DAYS", "BUSINESS_DAYS")
APPROVE = "`bus agreements approve FILE --office OFFICE --officer ROLE:ID`"

_DURATIONS = frozenset({"lead_time", "acknowledge_within", "after", "minimum_lead"})
_DAYS = frozenset({"valid_from", "valid_to"})
_DURATION = re.compile(rf"(\d{{1,9}}) +({'|'.join(UNITS)})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """A file as it was read. `data` is the event's payload, sound when there is no fault.

    `digest` is that of the content to approve; `approvals` are the entries as they are written.
    """

    path: Path
    text: str
    tree: Tree
    data: Payload
    digest: str
    approvals: tuple[dict[str, Json], ...]
    faults: tuple[FileFault, ...]

    @property
    def draft(self) -> Draft:
        """The event."""
        return Draft(topic=TOPIC.name, data=self.data, mode=Mode.ACTUAL)

    @property
    def valid_approvals(self) -> tuple[dict[str, Json], ...]:
        """The approvals of what is written now."""
        return tuple(each for each in self.approvals if each.get("digest") == self.digest)

    @property
    def content_faults(self) -> tuple[FileFault, ...]:
        """What is wrong beside missing or void approvals."""
        return tuple(fault for fault in self.faults if not _is_about_approvals(fault))

    def refuse_faults(self, faults: Iterable[FileFault]) -> None:
        """Raise InvalidEventError with these faults and their lines, if there are any."""
        found = [
            FieldFault(f"line {each.line}: {each.path}", each.rule, each.hint) for each in faults
        ]
        if found:
            raise InvalidEventError(str(self.path), found)


def read_agreement(path: Path, schemas: SchemaStore) -> AgreementFile:
    """Return the agreement in a file with all its faults. Raises UsageError if it can't be read."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}): name a file that can") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8: save it as such") from None
    return parse_agreement(path, text, schemas)


def parse_agreement(path: Path, text: str, schemas: SchemaStore) -> AgreementFile:
    """Return the agreement that this text of a file holds, with all its faults."""
    tree = read_tree(text)
    if not isinstance(tree.value, dict):
        faults = tree.faults or [FileFault(1, "", "is no agreement", "write fields and values")]
        return AgreementFile(path, text, tree, {}, "", (), tuple(faults))
    content = {name: value for name, value in tree.value.items() if name != APPROVALS}
    digest = content_digest(content)
    faults = [*tree.faults]
    data, structural = from_plain(
        schemas.latest(AGREEMENT.schema), _event_form(tree.value, tree, faults)
    )
    written = Draft(topic=TOPIC.name, data=data, mode=Mode.ACTUAL)
    own = {fault.path for fault in faults}
    for fault in find_event_faults(TOPIC.owner, schemas, written, structural):
        place = fault.path.removeprefix("data.")
        if place not in own:
            faults.append(FileFault(tree.line_of(place), place, fault.rule, _hint_of(fault)))
    approvals = _entries(tree.value.get(APPROVALS))
    faults += _void_approvals(approvals, digest, tree)
    return AgreementFile(path, text, tree, data, digest, approvals, tuple(faults))


def _hint_of(fault: FieldFault) -> str:
    return f"this party's is missing: {APPROVE}" if fault.rule == "approved" else fault.hint


def _is_about_approvals(fault: FileFault) -> bool:
    return fault.rule == "approved" or fault.path.startswith(APPROVALS)


@dataclass(frozen=True, slots=True)
class _Expansion:
    """Makes the event's plain JSON of what is written; what is written wrongly becomes None."""

    tree: Tree
    zone: ZoneInfo | None
    faults: list[FileFault]

    def of(self, value: Json, path: str) -> Json:
        """Return the event's form of a value at this path."""
        if isinstance(value, dict):
            return {key: self.of(each, join(path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(each, f"{path}[{index}]") for index, each in enumerate(value)]
        name = path.rpartition(".")[2]
        if name in _DURATIONS and value is not None:
            return self._duration_of(value, path)
        is_day = name in _DAYS and isinstance(value, str) and _DAY.fullmatch(value)
        return _start_of(str(value), self.zone) if is_day and self.zone else value

    def _duration_of(self, value: Json, path: str) -> Json:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is not None:
            return {"amount": int(match[1]), "unit": match[2]}
        hint = f"write it as 30 CALENDAR_DAYS; the units are {', '.join(UNITS)}"
        self.faults.append(FileFault(self.tree.line_of(path), path, "is no duration", hint))
        return None


def _event_form(content: dict[str, Json], tree: Tree, faults: list[FileFault]) -> dict[str, Json]:
    expansion = _Expansion(tree, _zone_of(content.get("time_zone")), faults)
    plain = {name: expansion.of(value, name) for name, value in content.items()}
    plain[APPROVALS] = _without_digests(content.get(APPROVALS))
    return plain


def _start_of(day: str, zone: ZoneInfo) -> str:
    """Return the first moment of a day; what is no possible day is left for the schema to tell."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=zone).isoformat()
    except ValueError:
        return day


def _zone_of(name: Json) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(name))
    except (KeyError, OSError, ValueError):
        return None


def _without_digests(entries: Json) -> Json:
    """Return the approvals as the event has them: the digest binds the file alone."""
    if entries is None:
        return []
    if not isinstance(entries, list):
        return entries
    return [_without_digest(entry) if isinstance(entry, dict) else entry for entry in entries]


def _without_digest(entry: dict[str, Json]) -> Json:
    return {name: value for name, value in entry.items() if name != "digest"}


def _entries(entries: Json) -> tuple[dict[str, Json], ...]:
    items = entries if isinstance(entries, list) else []
    return tuple(entry if isinstance(entry, dict) else {} for entry in items)


def _void_approvals(
    approvals: Iterable[dict[str, Json]], digest: str, tree: Tree
) -> Iterator[FileFault]:
    for index, entry in enumerate(approvals):
        if entry.get("digest") != digest:
            path = f"{APPROVALS}[{index}].digest"
            yield FileFault(
                tree.line_of(path),
                path,
                "isn't that of this text",
                f"the text was changed after the approval, which is void: {APPROVE} once more",
            )
