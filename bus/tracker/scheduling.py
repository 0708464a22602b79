"""Carries out what falls due by time alone: the tracker's other cause of change.

What is due stands in a table that each derivation replaces. A policy of which something is due is
derived anew at that moment, in one transaction with what is published, the messages that are
queued, and the mark that it is done: so each action happens once, whoever is killed, and however
many trackers are running. So it is with the steps of an alarm that nobody takes. What fell due
while no tracker was running is carried out at start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from bus.backoff import pause
from bus.clock import Clock
from bus.consuming.unit import OpenUnit
from bus.errors import ContentionError, UnavailableError
from bus.notices.clearance import Judgement
from bus.notices.schedule import due_actions, outruns
from bus.notices.states import Force
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, Database
from bus.tracker.due_store import OF_POLICIES
from bus.tracker.handler import Tracker
from bus.tracker.ladder_store import OF_FINDINGS
from bus.tracker.letters import action_message
from bus.tracker.locks import try_lock_state
from bus.tracker.message_queue import queue_messages
from bus.tracker.touches import Touches
from bus.tracker.unread import LogEnds, unread

logger = structlog.get_logger()

Work = Callable[[], Awaitable[bool]]
"""Carries out what is due of one policy or finding; tells whether anything was."""

TICK_SECONDS = 0.25
AT_ONCE = 100
PRACTICE = "practice"
REST = timedelta(seconds=30)
"""How long what couldn't be carried out is left alone, so that other things aren't held up."""


class Scheduler:
    """Asks what is due, again and again, and carries it out."""

    def __init__(
        self,
        database: Database,
        tracker: Tracker,
        outbox: Outbox,
        *,
        clock: Clock,
        wall: Clock,
        log_ends: LogEnds,
    ) -> None:
        self._database = database
        self._tracker = tracker
        self._outbox = outbox
        self._clock = clock
        self._wall = wall
        self._log_ends = log_ends
        self._resting: dict[str, datetime] = {}
        self._absence: str | None = None

    def unready(self) -> list[str]:
        """Return why what is due isn't carried out now; an empty list when it is."""
        reasons = [f"what falls due of {name} can't be carried out" for name in self._resting]
        return reasons if self._absence is None else [*reasons, self._absence]

    async def run(self, stopping: asyncio.Event) -> None:
        """Carry out what is due until told to stop; what is away is waited for."""
        await self._database.open()
        while not stopping.is_set():
            done = 0
            try:
                done = await self.carry_out_due()
                self._absence = None
            except UnavailableError as error:
                if self._absence is None:
                    logger.warning("schedule.unavailable", error=str(error))
                self._absence = str(error)
            if done == 0:
                await pause(stopping, TICK_SECONDS)

    async def carry_out_due(self) -> int:
        """Carry out what is due now; return of how many policies and findings it was done."""
        now = self._clock.now()
        async with self._database.session() as connection:
            policies = await OF_POLICIES.due(connection, now, AT_ONCE)
            findings = await OF_FINDINGS.due(connection, now, AT_ONCE)
        is_day_over = self._tracker.has_days_to_judge()
        work: dict[str, Work] = {PRACTICE: self._judge_practice} if is_day_over else {}
        work |= {each: partial(self._carry_out, each) for each in policies}
        work |= {f"finding {each}": partial(self._climb, each) for each in findings}
        work = {name: do for name, do in work.items() if not self._is_resting(name)}
        if not work:
            return 0
        ends = await self._log_ends()
        async with self._database.session() as connection:
            if behind := await unread(connection, ends):
                logger.debug("schedule.waiting", unread=behind)
                return 0
        return sum([await self._try(name, do) for name, do in work.items()])

    def _is_resting(self, name: str) -> bool:
        until = self._resting.get(name)
        if until is not None and until <= self._wall.now():
            del self._resting[name]
            return False
        return until is not None

    async def _try(self, name: str, do: Work) -> bool:
        try:
            return await do()
        except (UnavailableError, ContentionError) as error:
            if isinstance(error, UnavailableError):
                raise
            return False
        except Exception:
            self._resting[name] = self._wall.now() + REST
            logger.exception("schedule.failed", due=name)
            return False

    async def _judge_practice(self) -> bool:
        """Tell the changes of practice of the days that are over, in one transaction."""
        async with self._database.transaction() as connection:
            unit = OpenUnit(connection)
            await self._tracker.judge_practice(unit)
            await self._outbox.publish(connection, unit.drafts)
        unit.committed()
        return bool(unit.drafts)

    async def _climb(self, finding_id: UUID) -> bool:
        """Take the steps that are due of an alarm's ladder; tell whether any was."""
        async with self._database.transaction() as connection:
            is_done = await self._tracker.climb(connection, finding_id)
        if is_done:
            logger.info("schedule.climbed", finding_id=str(finding_id))
        return is_done

    async def _carry_out(self, policy_id: str) -> bool:
        """Carry out what is due of a policy, in one transaction; tell whether anything was."""
        async with self._database.transaction() as connection:
            if not await try_lock_state(connection, policy_id):
                return False
            now = self._clock.now()
            taken = await OF_POLICIES.take(connection, policy_id, now)
            if not taken:
                return False
            unit = OpenUnit(connection)
            touches = Touches()
            touches.add(policy_id, now, None)
            judgements = await self._tracker.derive_and_tell(unit, touches, [])
            await self._tell(connection, taken, judgements[policy_id], now)
            await self._outbox.publish(connection, unit.drafts)
        unit.committed()
        logger.info("schedule.done", policy_id=policy_id, actions=len(taken))
        return True

    async def _tell(
        self, connection: Connection, taken: set[UUID], judgement: Judgement, now: datetime
    ) -> None:
        """Queue what is written because of the actions that still hold."""
        everything = due_actions(judgement)
        due = [action for action in everything if action.action_id in taken]
        await OF_POLICIES.mark_moot(connection, taken - {action.action_id for action in due})
        if judgement.force(now) is Force.ENDED:
            return
        for action in due:
            message = action_message(action, judgement, now)
            if message is not None and not outruns(action, everything, now):
                await queue_messages(connection, [message], action.action_id)
