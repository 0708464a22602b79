"""Reading ahead, in asyncio: what Kafka gave is parsed here while the engine is at the database.

The parser and the database's replies share one event loop. So a batch is parsed a few records at a
time, with a look at what else there is to do in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from bus.consuming.ahead import Ahead
from bus.consuming.ledger import Parse
from bus.consuming.records import Outcome, ParsedRecord, Partition, Record, Unparsed

PARSED_AT_ONCE = 50
"""How many records are parsed before others have a turn: about a millisecond, as long as a reply of
the database may have to wait."""


class Reader:
    """Parses what is fetched and keeps it until the engine takes it: at most one batch ahead."""

    def __init__(self, parse: Parse, limit: int) -> None:
        self._parse = parse
        self._ahead = Ahead(limit)
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._is_closed = False

    async def put(self, fetched: Mapping[Partition, Sequence[Record]]) -> None:
        """Wait until there is room, parse the records, and let them wait for the engine."""
        mark = self._ahead.mark
        while not (self._is_closed or self._ahead.has_room(self._ahead.fresh(fetched, mark))):
            self._emptied.clear()
            await self._emptied.wait()
        if not self._is_closed:
            parsed = await self._parsed(self._ahead.fresh(fetched, mark))
            self._ahead.add(self._ahead.fresh(parsed, mark))
            self._filled.set()

    async def _parsed(
        self, fetched: Mapping[Partition, Sequence[Record]]
    ) -> dict[Partition, list[ParsedRecord]]:
        left = PARSED_AT_ONCE
        parsed: dict[Partition, list[ParsedRecord]] = {}
        for partition, records in fetched.items():
            rows = parsed[partition] = []
            for record in records:
                if left == 0:
                    left = PARSED_AT_ONCE
                    await asyncio.sleep(0)
                rows.append(ParsedRecord(record, self._outcome(record, partition)))
                left -= 1
        return parsed

    def _outcome(self, record: Record, partition: Partition) -> Outcome | Unparsed:
        """Parse it. What is raised is the transaction's to raise, and the machine's to judge.

        Raised here, FastStream would swallow it, and the batch would be passed over.
        """
        try:
            return self._parse(record, partition)
        except Exception as error:
            return Unparsed(error)

    def take(self) -> dict[Partition, list[ParsedRecord]]:
        """Return what is ready to be applied."""
        self._filled.clear()
        self._emptied.set()
        return self._ahead.take()

    def forget(self, partitions: Collection[Partition]) -> None:
        """Drop what was fetched of these until now."""
        self._ahead.forget(partitions)
        self._emptied.set()

    async def has_more(self) -> bool:
        """Wait until there is something to take; return False once it is closed."""
        if not self._is_closed:
            await self._filled.wait()
        return not self._is_closed

    def close(self) -> None:
        """Let go whoever waits; from now on nothing is kept."""
        self._is_closed = True
        self._ahead.take()
        self._filled.set()
        self._emptied.set()
