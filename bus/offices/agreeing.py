"""Agreements: the next version of one is published, once both sides have approved its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.offices.agreement_file import TOPIC, AgreementFile
from bus.offices.own_outbox import own_payloads
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection
from bus.tracker.contents import FactKind

AGREED = """
SELECT event_id, mode, recorded_at, data FROM fact WHERE kind = %s
ORDER BY data ->> 'agreement_id', (data ->> 'version')::integer, recorded_at, kafka_offset
"""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A version of an agreement that the tracker has read; `data` is plain JSON."""

    event_id: UUID
    mode: str
    recorded_at: datetime
    data: dict[str, Json]


async def agreements_on_record(tracker: Connection) -> list[Agreed]:
    """Return every version of every agreement that the tracker has read, in order."""
    cursor = await tracker.execute(AGREED, [FactKind.AGREEMENT.value])
    return [Agreed(*row) for row in await cursor.fetchall()]


async def publish_agreement(
    settings: Settings, tracker: Connection, file: AgreementFile, schemas: SchemaStore
) -> Published:
    """Publish a file's agreement through the bus's own outbox.

    `tracker` is a connection to the bus's own schema. Raises InvalidEventError while a party's
    approval is missing or void, UsageError where the version isn't the next; nothing is
    published then.
    """
    file.refuse_faults(file.faults)
    async with tracker.transaction():
        name, version = str(file.data["agreement_id"]), int(file.data["version"])
        _require_next(file, version, await _highest(tracker, name, schemas))
        outbox = Outbox(TOPIC.owner, settings.clock(), schemas)
        (published,) = await outbox.publish(tracker, [file.draft])
    return published


async def _highest(tracker: Connection, name: str, schemas: SchemaStore) -> int:
    """Return the highest version that is on record, read by the tracker or not; 0 for none."""
    own = await own_payloads(tracker, TOPIC.name, name, schemas)
    read = [each.data for each in await agreements_on_record(tracker)]
    versions = [data["version"] for data in (*own, *read) if data["agreement_id"] == name]
    return max(versions, default=0)


def _require_next(file: AgreementFile, version: int, highest: int) -> None:
    if version != highest + 1:
        on_record = f"version {highest} is" if highest else "no version is"
        raise UsageError(
            f"{file.path} has version {version}, and {on_record} on record: write "
            f"`version: {highest + 1}`, and let each party approve that text"
        )
