"""The service `monitor`: looks every few seconds, and shows how things stand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bus.backoff import pause
from bus.errors import BusError, safe_text
from bus.metrics import states
from bus.metrics.labels import Dependency, Part
from bus.monitor.broker import Broker
from bus.monitor.canary import broker_skew, last_seen, publish_canary
from bus.monitor.gauges import Gauges, seconds
from bus.monitor.groups import Group, GroupState, read_group
from bus.monitor.lag import lag_seconds, next_to_read, unread_by_partition
from bus.monitor.machine import database_skew, disk_usages, places_of
from bus.monitor.policies import read_policies
from bus.services import ServiceContext, run_together
from bus.tracker.canaries import ReadCanary, read_canary
from bus.tracker.session import OWNER

logger = structlog.get_logger()


class Watch:
    """One part of the work, done again and again; what is away is told, and looked at again."""

    def __init__(self, part: Part, interval: float, look: Callable[[], Awaitable[None]]) -> None:
        self.part = part
        self.fault: str | None = f"{part}: not looked at yet"
        self._interval = interval
        self._look = look

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop."""
        while not stopping.is_set():
            await self.look()
            await pause(stopping, self._interval)

    async def look(self) -> None:
        """Look once; note whether it succeeded."""
        try:
            await self._look()
        except Exception as error:  # whatever it is, the other parts go on, and so does this one
            fault = f"{self.part}: {safe_text(error)}"
            if fault != self.fault:
                logger.warning("monitor.failed", part=self.part.value, error=safe_text(error))
            self.fault = fault
        else:
            self.fault = None
            states.MONITOR_LAST_SUCCESS.labels(self.part).set_to_current_time()


class Monitor:
    """Shows how groups, policies, dependencies and the canary stand."""

    name = "monitor"

    def __init__(self, context: ServiceContext, groups: Sequence[Group]) -> None:
        settings = context.settings
        self._settings = settings
        self._clock = context.clock
        self._groups = groups
        owners = sorted({OWNER, *(group.owner for group in groups)})
        self._databases = {owner: context.database(owner) for owner in owners}
        self._broker = Broker(settings)
        self._places = places_of(settings)
        self._gauges = Gauges(groups, self._places)
        self._seen: dict[str, GroupState] = {}
        self._watches = [
            Watch(Part.DATABASE, settings.monitor_interval, self._look_at_databases),
            Watch(Part.BROKER, settings.monitor_interval, self._look_at_broker),
        ]
        if settings.clock_file is None:  # a simulated year would be full of canaries
            self._watches.append(Watch(Part.CANARY, settings.canary_interval, self._send_canary))

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop."""
        for database in self._databases.values():
            await database.open()
        await run_together(self._watches, stopping)

    def unready(self) -> list[str]:
        """Return what can't be looked at now; an empty list when all can."""
        return [watch.fault for watch in self._watches if watch.fault is not None]

    async def _look_at_databases(self) -> None:
        """Look at each database; one that is away keeps the others from nothing."""
        usages = await asyncio.to_thread(disk_usages, self._places)
        self._gauges.show_disks(usages)
        canaries: list[ReadCanary | None] = []
        skews: list[float] = []
        faults: list[BusError] = []
        for owner in self._databases:
            try:
                canary, skew = await self._look_at(owner)
            except BusError as error:
                faults.append(error)
            else:
                canaries.append(canary)
                skews.append(skew)
        states.DEPENDENCY_UP.labels(Dependency.POSTGRES).set(not faults)
        self._gauges.show_groups(self._seen)
        if faults:
            raise faults[0]
        states.CLOCK_SKEW.labels(Dependency.POSTGRES).set(max(skews, key=abs))
        states.CLOCK_SKEW.labels(Dependency.KAFKA).set(broker_skew(canaries))
        states.CANARY_LAST_SEEN.labels().set(seconds(last_seen(canaries)))

    async def _look_at(self, owner: str) -> tuple[ReadCanary | None, float]:
        """Look at an owner's database; return the canary that it has, and its clock's skew."""
        async with self._databases[owner].session() as connection:
            for group in self._groups:
                if group.owner == owner:
                    self._seen[group.name] = await read_group(connection, group)
            if owner == OWNER:
                self._gauges.show_policies(await read_policies(connection, self._clock.now()))
            return await read_canary(connection), await database_skew(connection)

    async def _look_at_broker(self) -> None:
        """Compare the log with where the databases say that groups are."""
        try:
            await asyncio.to_thread(self._show_lag, dict(self._seen))
        except BusError:
            states.DEPENDENCY_UP.labels(Dependency.KAFKA).set(0)
            raise
        states.DEPENDENCY_UP.labels(Dependency.KAFKA).set(1)

    def _show_lag(self, seen: dict[str, GroupState]) -> None:
        """Ask the broker, and show. Blocks. Of a group whose database isn't seen, nobody knows."""
        state = self._broker.look(self._groups)
        unread = {
            group.name: unread_by_partition(
                group.partitions, seen[group.name].reached, state.bounds
            )
            for group in self._groups
            if group.name in seen
        }
        following = {name: next_to_read(each, state.bounds) for name, each in unread.items()}
        places = {place for each in following.values() for place in each.items()}
        appended_at = self._broker.append_times(places)
        now = time.time()
        ages = {name: lag_seconds(each, appended_at, now) for name, each in following.items()}
        self._gauges.show_lag(state, unread, ages)

    async def _send_canary(self) -> None:
        await publish_canary(self._settings)
        states.CANARY_LAST_SENT.labels().set_to_current_time()
