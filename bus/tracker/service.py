"""The tracker as a service: what reads, what time causes, and what writes to offices."""

from __future__ import annotations

import asyncio

import structlog

from bus.channels.directory import load_directory
from bus.clock import SystemClock
from bus.consuming.worker import Worker
from bus.publishing.outbox import Outbox
from bus.services import Runnable, ServiceContext, run_together
from bus.topics import GROUPS
from bus.tracker.counting import prepare
from bus.tracker.handler import Tracker, subscription
from bus.tracker.positions import GROUP
from bus.tracker.scheduling import Scheduler
from bus.tracker.sending import MessageSender, Postman
from bus.tracker.unread import log_ends_on

logger = structlog.get_logger()


class TrackerService:
    """Runs the parts together; one that fails ends the others."""

    name = GROUP

    def __init__(self, context: ServiceContext) -> None:
        prepare()
        is_simulated = context.settings.clock_file is not None
        tracker = Tracker(context.clock, context.schemas, is_simulated=is_simulated)
        owner = GROUPS[GROUP]
        database = context.database(owner)
        outbox = Outbox(owner, context.clock, context.schemas)
        wall = SystemClock()
        self._worker = Worker(subscription(tracker), context)
        self._scheduler = Scheduler(
            database,
            tracker,
            outbox,
            clock=context.clock,
            wall=wall,
            log_ends=log_ends_on(context.settings),
        )
        self._parts: list[Runnable] = [self._worker, self._scheduler]
        directory = load_directory(context.settings, wall.now)
        if directory is None:
            logger.warning("messages.nobody_is_written_to", hint="set BUS_CONTACTS_FILE")
        else:
            postman = Postman(directory)
            self._parts.append(
                MessageSender(database, postman, outbox, clock=context.clock, wall=wall)
            )

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; raise what ended a part."""
        await run_together(self._parts, stopping)

    def unready(self) -> list[str]:
        """Return why the tracker isn't doing its work now; an empty list when it is."""
        return [*self._worker.unready(), *self._scheduler.unready()]
