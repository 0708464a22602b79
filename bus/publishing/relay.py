"""The relay: sends what a store holds to Kafka, strictly in each source's order.

It asks the store instead of being told by NOTIFY: a NOTIFY takes one lock of the whole
database cluster from its transaction's end until the commit is on disk, so that every
publisher would wait for every other one. One small query per store tells all topics' backlog.

Each topic has a line: a lock that only one relay holds, a producer, a back-off of its own. So
a topic that Kafka refuses holds no other back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bus.backoff import Backoff, pause
from bus.errors import FaultError, UnavailableError
from bus.metrics.counted import EVENTS_SENT, SENDS_FAILED
from bus.metrics.states import LAST_SENT, OUTBOX_DEPTH, OUTBOX_OLDEST
from bus.publishing.kafka import Sender
from bus.publishing.observing import topics_written_by
from bus.publishing.store import Backlog, RelayStore
from bus.publishing.tasks import PATIENCE_SECONDS, end, uninterrupted

log = structlog.get_logger()

ABORT_SECONDS = 1.0
"""How long a sender may take to give up."""

OpenStore = Callable[[], Awaitable[RelayStore]]
OpenSender = Callable[[str], Sender]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much and how fast. Times are in seconds.

    The store is asked every `busy_poll`, and every `idle_poll` once there was nothing to send
    for `calm_after`. A topic whose lock another relay holds is tried again after `lock_retry`;
    waits after a fault begin with `first_backoff` and double up to `backoff_limit`. A store that
    hasn't answered for `silence_limit` makes the relay unready. `drain` is what a line gets at
    the end to finish the batch that it has in hand.
    """

    batch_records: int = 1000
    busy_poll: float = 0.01
    idle_poll: float = 0.05
    calm_after: float = 1.0
    lock_retry: float = 0.5
    first_backoff: float = 0.1
    backoff_limit: float = 5.0
    drain: float = 2.0
    silence_limit: float = 5.0


class Line:
    """One topic's way to Kafka, for as long as the store's session holds the topic's lock."""

    def __init__(
        self, owner: str, topic: str, store: RelayStore, open_sender: OpenSender, pace: Pace
    ) -> None:
        self.wake = asyncio.Event()
        self.trouble: str | None = None
        self._owner = owner
        self._topic = topic
        self._store = store
        self._open_sender = open_sender
        self._pace = pace
        self._backoff = Backoff(pace.first_backoff, pace.backoff_limit)
        self._sender: Sender | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Send whenever woken. Raises UsageError where this cluster may not be sent to."""
        try:
            while await _woken(self.wake, stopping):
                self.wake.clear()
                await self._try_to_send(stopping)
            await self._stop()
        finally:
            await self._abort()

    async def _try_to_send(self, stopping: asyncio.Event) -> None:
        try:
            await self._send_all(stopping)
        except (UnavailableError, FaultError) as error:
            self.trouble = str(error)
            SENDS_FAILED.labels(self._owner).inc()
            log.warning("relay.held_up", owner=self._owner, topic=self._topic, reason=self.trouble)
            await self._abort()
            self.wake.set()
            await pause(stopping, self._backoff.next())

    async def _send_all(self, stopping: asyncio.Event) -> None:
        """Send and confirm one batch after the other, from the lowest unconfirmed on."""
        while not stopping.is_set():
            records = await self._store.lowest_unconfirmed(self._topic, self._pace.batch_records)
            if not records:
                return
            sender = await self._connected()
            placements = await sender.send(records)
            await self._store.confirm(self._topic, placements)
            EVENTS_SENT.labels(self._owner, self._topic).inc(len(placements))
            LAST_SENT.labels(self._owner).set_to_current_time()
            self.trouble = None
            self._backoff.reset()

    async def _connected(self) -> Sender:
        if self._sender is None:
            self._sender = self._open_sender(self._topic)
            await self._sender.start()
        return self._sender

    async def _stop(self) -> None:
        if self._sender is not None:
            await self._sender.stop()
            self._sender = None

    async def _abort(self) -> None:
        """Give up what is in flight: it will be read from the store again."""
        if self._sender is not None:
            sender, self._sender = self._sender, None
            await uninterrupted(asyncio.create_task(sender.abort()), ABORT_SECONDS)


class Lines:
    """The lines of one session, each with its task."""

    def __init__(
        self,
        owner: str,
        store: RelayStore,
        open_sender: OpenSender,
        pace: Pace,
        stopping: asyncio.Event,
    ) -> None:
        self._owner = owner
        self._store = store
        self._open_sender = open_sender
        self._pace = pace
        self._stopping = stopping
        self._lines: dict[str, Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._retry_at: dict[str, float] = {}

    def troubles(self) -> dict[str, str]:
        """Return what holds a topic up, by topic."""
        return {topic: line.trouble for topic, line in self._lines.items() if line.trouble}

    async def wake(self, topic: str) -> None:
        """Let the topic's line send; begin it first, if no other relay has its lock."""
        if topic in self._lines:
            self._lines[topic].wake.set()
        elif time.monotonic() >= self._retry_at.get(topic, 0.0):
            self._retry_at[topic] = time.monotonic() + self._pace.lock_retry
            if await self._store.try_lock(topic):
                self._begin(topic)

    def _begin(self, topic: str) -> None:
        line = Line(self._owner, topic, self._store, self._open_sender, self._pace)
        line.wake.set()
        self._lines[topic] = line
        self._tasks[topic] = asyncio.create_task(line.run(self._stopping), name=f"relay {topic}")
        log.info("relay.took_over", owner=self._owner, topic=topic)

    def raise_failure(self) -> None:
        """Raise what ended a line, if one has ended."""
        for task in self._tasks.values():
            if task.done():
                task.result()

    async def finish(self, limit: float) -> None:
        """Wait for the lines, which have been told to stop, but not longer than this."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=limit)
            self.raise_failure()

    @property
    def is_over(self) -> bool:
        """Whether no line works any more."""
        return all(task.done() for task in self._tasks.values())

    async def cancel(self) -> None:
        """End every line now; what isn't confirmed will be sent again.

        aiokafka's own way of stopping can take a cancellation for its own, and the line goes on.
        So it is cancelled until it has ended: two lines of one topic would overtake each other.
        """
        while not self.is_over:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.wait(self._tasks.values(), timeout=PATIENCE_SECONDS)


class Relay:
    """Sends one store's events; of several relays of a store, each topic has one that works."""

    def __init__(
        self, owner: str, *, open_store: OpenStore, open_sender: OpenSender, pace: Pace
    ) -> None:
        self.owner = owner
        self.backlog: list[Backlog] = []
        self._open_store = open_store
        self._open_sender = open_sender
        self._pace = pace
        self._backoff = Backoff(pace.first_backoff, pace.backoff_limit)
        self._lines: Lines | None = None
        self._trouble: str | None = "it has not been read yet"
        self._answered_at = self._busy_at = time.monotonic()
        _prepare_metrics(owner)

    def unready(self) -> list[str]:
        """Return why events don't reach Kafka now; an empty list when they do.

        A relay that waits for another's lock is ready: its time comes when the other ends.
        """
        troubles = self._lines.troubles() if self._lines else {}
        reasons = [f"{topic} is held up: {reason}" for topic, reason in troubles.items()]
        silence = time.monotonic() - self._answered_at
        if self._trouble:
            reasons.insert(0, f"the store of {self.owner}: {self._trouble}")
        elif silence > self._pace.silence_limit:
            reasons.insert(0, f"the store of {self.owner}: no answer for {silence:.0f} s")
        return reasons

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then finish the batches in hand and give the locks back.

        Waits for a database or a broker that is away. Raises UsageError when the clock is
        simulated and the broker isn't the run's own.
        """
        work = asyncio.create_task(self._keep_working(stopping))
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            # Longer than the lines get, so that they can end in order after that.
            await asyncio.wait([work], timeout=self._pace.drain + 4 * PATIENCE_SECONDS)
        finally:
            stop.cancel()
            await end(work)
        if not work.cancelled():
            work.result()

    async def _keep_working(self, stopping: asyncio.Event) -> None:
        """Begin a session with the store, and another one whenever it is lost."""
        while not stopping.is_set():
            try:
                store = await self._open_store()
                try:
                    await self._work(store, stopping)
                finally:
                    await store.close()
            except UnavailableError as error:
                self._trouble = str(error)
                log.warning("relay.interrupted", owner=self.owner, reason=self._trouble)
                await pause(stopping, self._backoff.next())

    async def _work(self, store: RelayStore, stopping: asyncio.Event) -> None:
        """Keep one session with the store, and a line for each topic that it could lock."""
        lines = Lines(self.owner, store, self._open_sender, self._pace, stopping)
        self._lines = lines
        try:
            while not stopping.is_set():
                self._note(await store.backlog())
                for backlog in self.backlog:
                    await lines.wake(backlog.topic)
                await pause(stopping, self._interval())
                lines.raise_failure()
            await lines.finish(self._pace.drain)
        finally:
            await lines.cancel()

    def _note(self, backlog: list[Backlog]) -> None:
        self.backlog = backlog
        self._answered_at = time.monotonic()
        self._trouble = None
        self._backoff.reset()
        if backlog and not (self._lines and self._lines.troubles()):
            self._busy_at = self._answered_at
        oldest = min((each.oldest.timestamp() for each in backlog), default=0.0)
        OUTBOX_DEPTH.labels(self.owner).set(sum(each.depth for each in backlog))
        OUTBOX_OLDEST.labels(self.owner).set(oldest)

    def _interval(self) -> float:
        is_calm = self._answered_at - self._busy_at > self._pace.calm_after
        return self._pace.idle_poll if is_calm else self._pace.busy_poll


def _prepare_metrics(owner: str) -> None:
    """Make every label set at 0, before anything is counted."""
    OUTBOX_DEPTH.labels(owner)
    OUTBOX_OLDEST.labels(owner)
    LAST_SENT.labels(owner)
    SENDS_FAILED.labels(owner)
    for topic in topics_written_by(owner):
        EVENTS_SENT.labels(owner, topic)


async def _woken(wake: asyncio.Event, stopping: asyncio.Event) -> bool:
    """Wait for either event; return false when it is time to stop."""
    waits = [asyncio.create_task(wake.wait()), asyncio.create_task(stopping.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    return not stopping.is_set()
