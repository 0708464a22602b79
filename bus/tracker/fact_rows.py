"""Events as rows of facts, and rows as the facts that the rules take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import SchemaStore
from bus.events import Event, Mode
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    AnyFact,
    CitationFact,
    CoordinationFact,
    NoticeFact,
    Origin,
    ReceiptFact,
)
from bus.topics import find_topic
from bus.tracker.contents import CONTENTS, KINDS, FactKind


@dataclass(frozen=True, slots=True)
class FactRow:
    """A stored fact. `data` is plain JSON."""

    origin: Origin
    kind: FactKind
    policy_id: str | None
    data: Mapping[str, Json]

    @property
    def event_id(self) -> UUID:
        return self.origin.event_id

    @property
    def recorded_at(self) -> datetime:
        return self.origin.recorded_at

    @property
    def notice_ids(self) -> list[UUID]:
        """The notices that a receipt names; of other facts, none."""
        if self.kind is not FactKind.RECEIPT:
            return []
        return [UUID(str(each)) for each in _list_of(self.data, "event_ids")]

    @property
    def parties(self) -> list[str]:
        """The agencies that an agreement binds; of other facts, none."""
        if self.kind is not FactKind.AGREEMENT:
            return []
        return sorted({str(each).partition(".")[0] for each in _list_of(self.data, "parties")})


def row_of(event: Event, recorded_at: datetime, schemas: SchemaStore) -> FactRow | None:
    """Return the row to store, or None where the rules have nothing to ask of the event.

    That is so for most custody events, and for receipts of custody events.
    """
    kind = KINDS[find_topic(event.topic).content.name]
    if kind is FactKind.CITATION:
        return _citation_row(event, recorded_at)
    if kind is FactKind.RECEIPT and not event.data["event_ids"]:
        return None
    schema = schemas.latest(CONTENTS[kind].schema)
    origin = Origin.from_event(event, recorded_at)
    return FactRow(origin, kind, event.data.get("policy_id"), to_plain(schema, event.data))


def _citation_row(event: Event, recorded_at: datetime) -> FactRow | None:
    citation = CitationFact.from_event(event, recorded_at)
    if not citation.matters:
        return None
    data: dict[str, Json] = {
        "event_kind": citation.event_kind,
        "agency": citation.agency,
        "occurred_at": _text(citation.occurred_at),
        "office": citation.office,
        "sector": citation.sector,
        "separation": _separation_of(citation),
        "policy_id": citation.policy_id,
        "basis": _basis_of(citation),
        "subject": {"role": citation.subject_role} if citation.subject_role else None,
    }
    return FactRow(citation.origin, FactKind.CITATION, citation.policy_id, data)


def _basis_of(citation: CitationFact) -> dict[str, Json] | None:
    return {"kind": citation.basis, "ground": citation.ground} if citation.basis else None


def _separation_of(citation: CitationFact) -> dict[str, Json] | None:
    reason = citation.separation_reason
    return {"reason": reason} if reason else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _citation_from(row: FactRow) -> CitationFact:
    occurred_at = row.data.get("occurred_at")
    moment = datetime.fromisoformat(str(occurred_at)) if occurred_at else None
    return CitationFact.from_payload(row.origin, {**row.data, "occurred_at": moment})


def fact_of(row: FactRow, schemas: SchemaStore) -> AnyFact:
    """Return the fact that a row holds."""
    if row.kind is FactKind.CITATION:
        return _citation_from(row)
    schema = schemas.latest(CONTENTS[row.kind].schema)
    data, _ = from_plain(schema, dict(row.data))
    match row.kind:
        case FactKind.NOTICE:
            return NoticeFact.from_payload(row.origin, data, row.data)
        case FactKind.ACKNOWLEDGEMENT:
            return AcknowledgementFact.from_payload(row.origin, data)
        case FactKind.COORDINATION:
            return CoordinationFact.from_payload(row.origin, data)
        case FactKind.RECEIPT:
            return ReceiptFact.from_payload(row.origin, data)
        case FactKind.AGREEMENT:
            return AgreementFact.from_payload(row.origin, data)


COLUMNS = (
    "event_id, kind, policy_id, topic, partition, kafka_offset, source, sequence, mode,"
    " mode_is_sound, faults, recorded_at, data"
)
"""The columns of `fact`, as `row_from` takes them."""


def row_from(  # noqa: PLR0917 - the columns of a row, in their order
    event_id: UUID,
    kind: str,
    policy_id: str | None,
    topic: str,
    partition: int,
    offset: int,
    source: str,
    sequence: int,
    mode: str,
    mode_is_sound: bool,
    faults: Sequence[str],
    recorded_at: datetime,
    data: Mapping[str, Json],
) -> FactRow:
    """Return the row of a SELECT of COLUMNS."""
    origin = Origin(
        event_id=event_id,
        source=source,
        topic=topic,
        partition=partition,
        offset=offset,
        sequence=sequence,
        recorded_at=recorded_at,
        mode=Mode(mode),
        mode_is_sound=mode_is_sound,
        faults=tuple(faults),
    )
    return FactRow(origin, FactKind(kind), policy_id, data)


def _list_of(data: Mapping[str, Json], name: str) -> list[Json]:
    value = data.get(name)
    return value if isinstance(value, list) else []
