"""How far the tracker is behind, looked at every second, so that no question waits for the broker.

What was true a moment ago may be untrue now. So the tracker is held to a stricter limit than the
gate's own, by as much as a look may be old, and an answer's validity is counted from the look.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bus.backoff import pause
from bus.errors import UnavailableError, UsageError
from bus.settings import Settings
from bus.storage.connections import Database
from bus.tracker.asking import Lag, measure_lag
from bus.tracker.positions import read_positions, read_topic_ids

EVERY_SECONDS = 1.0
MAX_AGE = timedelta(seconds=3)
"""An older look says nothing any more."""

NOBODY_LOOKED = "the gate has not looked at the log yet"


class FreshnessWatch:
    """Looks at the log's ends again and again, and knows what it saw last."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._limit = max(timedelta(seconds=settings.freshness_limit) - MAX_AGE, timedelta(0))
        self._seen = Lag(datetime.min.replace(tzinfo=UTC), None, NOBODY_LOOKED)

    def lag(self, now: datetime) -> Lag:
        """Return what was seen last; nobody can tell where that is too old."""
        if now - self._seen.checked_at <= MAX_AGE:
            return self._seen
        return Lag(now, None, self._seen.doubt or "the broker has not answered for a while")

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop."""
        while not stopping.is_set():
            await self.look()
            await pause(stopping, EVERY_SECONDS)

    async def look(self) -> None:
        """Look once; a broker or database that is away leaves a doubt."""
        try:
            async with self._database.session() as connection:
                positions = await read_positions(connection)
                topic_ids = await read_topic_ids(connection)
        except UnavailableError as error:
            self._seen = Lag(datetime.now(UTC), None, str(error))
            return
        try:
            self._seen = await asyncio.to_thread(
                measure_lag, self._settings, positions, topic_ids, self._limit
            )
        except UsageError as error:
            self._seen = Lag(datetime.now(UTC), None, str(error))
