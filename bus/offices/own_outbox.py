"""What an agency has published about a policy, read or not: from its own outbox."""

from __future__ import annotations

from bus.codec.decoding import Decoder
from bus.codec.schemas import SchemaStore
from bus.events import Payload
from bus.storage.connections import Connection
from bus.topics import find_topic

TURNS = 1_846_204_539
"""Seed of the locks by which an agency's commands about one policy wait for each other."""

OWN = """
SELECT value FROM outbox JOIN outbox_stream USING (stream_id)
WHERE topic = %s AND key = %s ORDER BY recorded_at
"""


async def own_payloads(
    connection: Connection, topic: str, policy_id: str, schemas: SchemaStore
) -> list[Payload]:
    """Return what was published on this topic about this policy.

    Until the transaction ends, no other command of the agency publishes about it: so a number
    that is next by these payloads is still next when it is published.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [policy_id, TURNS]
    )
    cursor = await connection.execute(OWN, [topic, policy_id.encode()])
    decoder, schema = Decoder(schemas), find_topic(topic).schema
    return [decoder.decode(value, schema).data for (value,) in await cursor.fetchall()]
