"""The service `gate`: answers from what the tracker has stored, beside it or in another process."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from starlette.types import ASGIApp

from bus.gate.freshness import FreshnessWatch
from bus.gate.http import gate_app
from bus.metrics.counted import GATE_ANSWER_SECONDS, GATE_ANSWERS
from bus.notices.gate import Verdict
from bus.services import ServiceContext
from bus.tracker.answers import RecordedAnswer
from bus.tracker.asking import Question, answer_and_record, read_current
from bus.tracker.session import OWNER

CONNECTIONS = 8


class GateService:
    """Answers whether policies may be acted on, and records each answer."""

    name = "gate"

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._database = context.database(OWNER)
        self._limit = timedelta(seconds=context.settings.freshness_limit)
        self._watch = FreshnessWatch(context.settings, self._database)
        GATE_ANSWER_SECONDS.labels()
        for verdict in Verdict:
            GATE_ANSWERS.labels(verdict)

    @property
    def app(self) -> ASGIApp:
        """What answers over HTTP, to be mounted by whoever serves."""
        return gate_app(self)

    async def run(self, stopping: asyncio.Event) -> None:
        """Keep looking at how fresh the tracker is."""
        await self._database.open()
        await self._watch.run(stopping)

    def unready(self) -> list[str]:
        """Return why nothing can be cleared now."""
        lag = self._watch.lag(datetime.now(UTC))
        if lag.doubt is not None:
            return [lag.doubt]
        return [] if lag.lag is not None else ["the tracker is behind the gate's limit"]

    async def ask(self, question: Question) -> RecordedAnswer:
        """Answer a question. Raises UnavailableError if the database is away.

        The look at the log is older than what is read: a tracker that catches up in between must
        not make facts look fresh that it hadn't read.
        """
        began_at = time.perf_counter()
        async with self._database.session() as connection:
            lag = self._watch.lag(datetime.now(UTC))
            now = self._context.clock.now()
            known = await read_current(connection, question, now, self._context.schemas)
            recorded = await answer_and_record(connection, question, known, lag, self._limit)
        GATE_ANSWERS.labels(recorded.answer.verdict).inc()
        GATE_ANSWER_SECONDS.labels().observe(time.perf_counter() - began_at)
        return recorded


def service(context: ServiceContext) -> GateService:
    """Make the service: the entry point `gate` of `bus.services`."""
    return GateService(context)
