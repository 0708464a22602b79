"""A worker: one subscription, consumed until it is told to stop, whatever is away meanwhile."""

from __future__ import annotations

import asyncio

import structlog
from structlog.contextvars import bind_contextvars

from bus.backoff import Backoff, pause
from bus.codec.decoding import Decoder
from bus.consuming.breaker import BreakerLimits
from bus.consuming.ledger import Handling
from bus.consuming.limits import Limits
from bus.consuming.observing import BatchObserver
from bus.consuming.parser import Parser
from bus.consuming.postgres import PostgresStore
from bus.consuming.records import Outcome, Partition, Record
from bus.consuming.retries import Retries, RetryLimits
from bus.consuming.session import Parts, Session
from bus.consuming.subscription import Subscription
from bus.consuming.transaction import Transactions
from bus.errors import UnavailableError
from bus.publishing.outbox import Outbox
from bus.services import ServiceContext
from bus.settings import Settings

logger = structlog.get_logger()

FIRST_BACKOFF_SECONDS = 0.1


class Worker:
    """Consumes one subscription: the service that `bus serve` runs for it."""

    def __init__(self, subscription: Subscription, context: ServiceContext) -> None:
        self.name = subscription.group
        self._parser = Parser(Decoder(context.schemas))
        self._topics = {topic.name: topic for topic in subscription.catalogue_topics}
        database = context.database(subscription.owner)
        settings = context.settings
        outbox = Outbox(subscription.owner, context.clock, context.schemas)
        store = PostgresStore(subscription.group, database, outbox)
        handling = Handling(
            subscription,
            self._parse,
            Retries(RetryLimits(settings.retry_attempts, settings.retry_age)),
            clock=context.clock,
            wall=store.wall.now,
        )
        self._parts = Parts(
            settings=settings,
            subscription=subscription,
            parse=self._parse,
            database=database,
            store=store,
            transactions=Transactions(handling, store),
            limits=limits_of(settings),
            observer=BatchObserver(subscription),
        )
        self._session: Session | None = None
        self._absence = "the worker has not joined its group yet"

    def unready(self) -> list[str]:
        """Return why this worker isn't consuming now; an empty list when it is."""
        return self._session.unready() if self._session else [self._absence]

    @property
    def claimed(self) -> frozenset[Partition]:
        """The partitions that this worker consumes now."""
        return self._session.claimed if self._session else frozenset()

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until `stopping` is set; a broker or database that is away is waited for."""
        await self._parts.database.open()
        bind_contextvars(group=self.name)
        backoff = Backoff(FIRST_BACKOFF_SECONDS, self._parts.settings.backoff_limit)
        while not stopping.is_set():
            self._session = Session(self._parts)
            try:
                await self._session.run(stopping)
                backoff.reset()
            except UnavailableError as error:
                self._absence = str(error)
                logger.warning("consumer.unavailable", error=str(error))
            self._session = None
            await pause(stopping, backoff.next())

    def _parse(self, record: Record, partition: Partition) -> Outcome:
        return self._parser.parse(record, self._topics[partition.topic], partition)


def limits_of(settings: Settings) -> Limits:
    """Return how much may be parked, and when the breaker opens."""
    breaker = BreakerLimits(
        share=settings.breaker_share,
        minimum=settings.breaker_minimum,
        window=settings.breaker_window,
        pause=settings.breaker_pause,
    )
    return Limits(settings.parked_limit, breaker)
