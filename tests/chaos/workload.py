"""The workload: publishers that go on whatever happens, and remember what they were told."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from uuid import UUID, uuid4

import psycopg

from bus.clock import Clock
from bus.codec.schemas import packaged
from bus.errors import SystemicError, UnavailableError
from bus.events import Draft
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, connect
from tests.chaos.history import Attempt, Outcome
from tests.integration.tracker.world import new_policy, notice_data
from tests.records import custody_data

CUSTODY = "dhs.custody-event.v1"
NOTICES = "doj.policy-notice.v1"
FAMILIES = 40
CUSTODY_BATCH = 6
UNDONE_SHARE = 0.05
PAUSE_SECONDS = 0.06
NOTICE_PAUSE_SECONDS = 0.5
RETRY_SECONDS = 0.1

DraftSource = Callable[[], list[Draft]]


class Load:
    """Publishes custody events on some families and notices of new policies, in a thread.

    One transaction in twenty is rolled back on purpose: what it held must never appear.
    """

    def __init__(self, database_url: str, clock: Clock, attempts: dict[UUID, Attempt]) -> None:
        self._database_url = database_url
        self._clock = clock
        self._attempts = attempts
        self._families = [str(uuid4()) for _ in range(FAMILIES)]
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None
        self.committed = 0
        self.refused = 0

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_stopping.set()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._publish_all())
        except BaseException as error:
            self._failure = error

    async def _publish_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(self._go_on("dhs", self._custody, PAUSE_SECONDS))
            tasks.create_task(self._go_on("doj", self._notice, NOTICE_PAUSE_SECONDS))

    async def _go_on(self, owner: str, drafts: DraftSource, pause_seconds: float) -> None:
        """Publish until told to stop; begin again with a new connection after each refusal."""
        outbox = Outbox(owner, self._clock, packaged())
        while not self._is_stopping.is_set():
            try:
                async with await connect(self._database_url, owner) as connection:
                    while not self._is_stopping.is_set():
                        await self._publish(outbox, connection, drafts())
                        await asyncio.sleep(pause_seconds)
            except (UnavailableError, SystemicError, psycopg.OperationalError):
                self.refused += 1
                await asyncio.sleep(RETRY_SECONDS)

    async def _publish(
        self, outbox: Outbox, connection: Connection, drafts: Sequence[Draft]
    ) -> None:
        is_undone = random.random() < UNDONE_SHARE
        async with connection.transaction(force_rollback=is_undone):
            published = await outbox.publish(connection, drafts)
            self._note(published, Outcome.ROLLED_BACK if is_undone else Outcome.UNKNOWN)
        if not is_undone:
            self._note(published, Outcome.COMMITTED)
            self.committed += len(published)

    def _note(self, published: Sequence[Published], outcome: Outcome) -> None:
        for each in published:
            self._attempts[each.event_id] = Attempt(each.topic, outcome)

    def _custody(self) -> list[Draft]:
        return [
            Draft(topic=CUSTODY, data=custody_data(family_group_id=random.choice(self._families)))
            for _ in range(CUSTODY_BATCH)
        ]

    def _notice(self) -> list[Draft]:
        return [Draft(topic=NOTICES, data=notice_data(new_policy()))]
