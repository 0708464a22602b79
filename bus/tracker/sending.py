"""Sends queued messages: at least once, under an id by which receivers drop repeats.

A message is leased, tried over one channel, and the try is stored. Whoever is killed in between
leaves a lease that runs out, and the message is tried again. When every channel of an office has
failed, that is a finding, and the tries go on for about a day.

Leases and waits are in real time. When a try was made is told in business time, like all else that
is on record.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bus.backoff import pause
from bus.channels.channel import Channel, Outcome, Result
from bus.channels.directory import Directory
from bus.channels.message import Message
from bus.channels.patience import Patience, Step, Try, next_step
from bus.clock import Clock
from bus.errors import BusError
from bus.metrics.counted import FINDINGS, MESSAGES_SENT
from bus.notices.findings import Finding, FindingKind
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, Database
from bus.tracker.changes import StoredFinding
from bus.tracker.counting import channel_of
from bus.tracker.drafts import bounded_finding, finding_draft
from bus.tracker.locks import lock_findings
from bus.tracker.message_queue import (
    QueuedMessage,
    end_message,
    lease_messages,
    note_try,
    put_off,
    reasons_of,
)
from bus.tracker.state_store import put_findings

logger = structlog.get_logger()

TICK_SECONDS = 0.25
MESSAGES_AT_ONCE = 10
LEASE = timedelta(minutes=1)
"""Longer than any try takes: whoever holds a lease for longer is dead."""


class Unlisted:
    """Stands for the channels of an office of which the contacts name none: it always fails."""

    name = "no contact"

    async def deliver(self, message: Message) -> Result:
        return Result(Outcome.REFUSED, f"the contacts name no channel of {message.office}")


@dataclass(frozen=True, slots=True)
class Postman:
    """What decides about tries: who is reached how, how long, and chance."""

    directory: Directory
    patience: Patience = field(default_factory=Patience)
    chance: random.Random = field(default_factory=random.Random)

    def channels_of(self, office: str) -> Sequence[Channel]:
        return self.directory.get(office) or [Unlisted()]

    def shortened(self, wait: timedelta) -> timedelta:
        """Return a time between half of the wait and the whole."""
        return wait * self.chance.uniform(0.5, 1.0)


class MessageSender:
    """Takes queued messages and tries them."""

    def __init__(
        self, database: Database, postman: Postman, outbox: Outbox, *, clock: Clock, wall: Clock
    ) -> None:
        self._database = database
        self._postman = postman
        self._outbox = outbox
        self._clock = clock
        self._wall = wall

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until told to stop; a database that is away is waited for."""
        await self._database.open()
        while not stopping.is_set():
            sent = 0
            try:
                sent = await self.send_due()
            except BusError as error:
                logger.warning("messages.unavailable", error=str(error))
            if sent == 0:
                await pause(stopping, TICK_SECONDS)

    async def send_due(self) -> int:
        """Try what is to be tried now, each message once; return how many."""
        async with self._database.transaction() as connection:
            leased = await lease_messages(connection, self._wall.now(), LEASE, MESSAGES_AT_ONCE)
        await asyncio.gather(*(self._try(each) for each in leased))
        return len(leased)

    async def _try(self, queued: QueuedMessage) -> None:
        channels = {each.name: each for each in self._postman.channels_of(queued.message.office)}
        step = next_step(list(channels), queued.tries, self._postman.patience)
        if step is None:
            async with self._database.transaction() as connection:
                await end_message(connection, queued.message.message_id, "GIVEN_UP")
            return
        result = await channels[step.channel].deliver(queued.message)
        made = Try(step.round, step.channel, result.outcome)
        following = next_step(list(channels), [*queued.tries, made], self._postman.patience)
        logger.info(
            "message.tried",
            message_id=str(queued.message.message_id),
            office=queued.message.office,
            channel=step.channel,
            outcome=result.outcome.value,
            reason=result.reason,
        )
        async with self._database.transaction() as connection:
            await note_try(connection, queued.message.message_id, made, result, self._clock.now())
            is_told = await self._conclude(
                connection, queued.message, result, following, step.round
            )
        MESSAGES_SENT.labels(channel_of(step.channel), result.outcome).inc()
        if is_told:
            FINDINGS.labels(FindingKind.CHANNEL_FAILED, queued.message.mode).inc()

    async def _conclude(
        self,
        connection: Connection,
        message: Message,
        result: Result,
        following: Step | None,
        number: int,
    ) -> bool:
        """Store what comes after a try; tell whether its failure was found."""
        if result.is_delivered:
            await end_message(connection, message.message_id, "DELIVERED")
            return False
        if following is None:
            await end_message(connection, message.message_id, "GIVEN_UP")
        else:
            until = self._wall.now() + self._postman.shortened(following.wait)
            await put_off(connection, message.message_id, until)
        is_told = number == 1 and (following is None or following.is_new_round)
        if is_told:
            await self._tell_failure(connection, message)
        return is_told

    async def _tell_failure(self, connection: Connection, message: Message) -> None:
        """Tell that no channel of an office worked; of each message once, after the first round."""
        reasons = await reasons_of(connection, message.message_id)
        now = self._clock.now()
        finding = Finding(
            kind=FindingKind.CHANNEL_FAILED,
            cause=(str(message.message_id),),
            mode=message.mode,
            opened_at=now,
            facts=(str(message.message_id), *reasons),
            policy_id=message.policy_id,
            office=message.office,
        )
        await lock_findings(connection, [finding.finding_id])
        stored = StoredFinding(bounded_finding(finding))
        await put_findings(connection, [stored])
        await self._outbox.publish(connection, [finding_draft(stored.payload, now)])
