"""Services: what `bus serve` runs, found by the entry point group `bus.services`.

An entry point's value is a function `(ServiceContext) -> Service`, so that `bus` imports
neither consumers nor producers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from starlette.types import ASGIApp

from bus.clock import Clock
from bus.codec.schemas import SchemaStore
from bus.errors import UnknownNameError
from bus.settings import Settings
from bus.storage.connections import Database

ENTRY_POINTS = "bus.services"


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What a process gives to each service that it runs."""

    settings: Settings
    clock: Clock
    schemas: SchemaStore
    databases: dict[str, Database] = field(default_factory=dict)

    def database(self, owner: str) -> Database:
        """Return the owner's database, one pool for the whole process."""
        if owner not in self.databases:
            self.databases[owner] = Database(
                self.settings.database_url_of(owner),
                owner,
                idle_seconds=self.settings.session_timeout,
            )
        return self.databases[owner]


class Runnable(Protocol):
    """Something that works until it is told to stop."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, then finish what is in hand and return in under 5 s.

        A dependency that is away is waited for, and never ends the service.
        """
        ...


class Service(Runnable, Protocol):
    """What a process runs under a name, and may ask whether it works."""

    name: str

    def unready(self) -> list[str]:
        """Return why the service isn't doing its work now; an empty list when it is."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A service that also answers over HTTP, at the process's own port."""

    @property
    def app(self) -> ASGIApp:
        """What answers; its paths begin with /v1."""
        ...


async def run_together(parts: Iterable[Runnable], stopping: asyncio.Event) -> None:
    """Run the parts of a service until told to stop; one that fails ends the others, and raises."""
    tasks = [asyncio.create_task(part.run(stopping)) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


ServiceFactory = Callable[[ServiceContext], Service]


def service_names() -> list[str]:
    """Return the names that `bus serve` knows, sorted."""
    return sorted(point.name for point in entry_points(group=ENTRY_POINTS))


def load_services(names: Iterable[str], context: ServiceContext) -> list[Service]:
    """Make the services of these names; "all" is every one. Raise UnknownNameError."""
    wanted = list(names)
    if "all" in wanted:
        wanted = service_names()
    return [_factory(name)(context) for name in dict.fromkeys(wanted)]


def _factory(name: str) -> ServiceFactory:
    points = entry_points(group=ENTRY_POINTS, name=name)
    if not points:
        raise UnknownNameError(
            f"there is no service {name!r}; there are: {', '.join(service_names())} and all"
        )
    factory: ServiceFactory = next(iter(points)).load()
    return factory
