"""Rows of a query by the names of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bus.storage.connections import Connection

Row = dict[str, object]


async def rows_of(
    connection: Connection, query: str, values: Mapping[str, object] | Sequence[object]
) -> list[Row]:
    """Return the rows of a query, each by column name."""
    cursor = await connection.execute(query.encode(), values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
