"""The servers that a stack is made of, brokers and database, as one interface.

A member keeps nothing itself: each function takes the stack's state, and those that change
something return the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bus.local import kafka, ports, postgres, processes
from bus.local.kafka import BrokerPlace, Kafka
from bus.local.ports import HOST, Detour
from bus.local.postgres import Postgres
from bus.local.processes import ProcessIdentity
from bus.local.settings import FREE_PORT
from bus.local.state import BrokerState, State


class Server(StrEnum):
    """The two kinds of server of a stack."""

    KAFKA = "kafka"
    POSTGRES = "postgres"


class Health(StrEnum):
    """How a server is, from good to bad. SILENT: its process runs, and gives no answer."""

    UP = "up"
    SILENT = "silent"
    DOWN = "down"


class Member(Protocol):
    """One server of a stack."""

    @property
    def server(self) -> Server:
        """What it is."""
        ...

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def ready_limit_seconds(self) -> float:
        """How long it may take from its start to its first answer."""
        ...

    @property
    def log(self) -> Path:
        """The file that it prints to."""
        ...

    def port(self, state: State) -> int:
        """Return the port last used; 0 before the first start."""
        ...

    def recorded(self, state: State) -> ProcessIdentity | None:
        """Return the process that was started last, unless it was stopped."""
        ...

    def answers(self, state: State) -> bool:
        """Ask it."""
        ...

    def with_ports(self, state: State, choice: PortChoice) -> State:
        """Choose the ports of its next start."""
        ...

    def start(self, state: State) -> State:
        """Start it, without waiting until it answers."""
        ...

    def stop(self, state: State) -> State:
        """Stop it cleanly, if it runs."""
        ...


@dataclass(frozen=True, slots=True)
class PortChoice:
    """Chooses ports, none of them twice; `wanted` has 0 where any will do.

    `is_joining` says that brokers run already, which know the others by their ports.
    """

    wanted: dict[Server, int]
    taken: set[int]
    is_joining: bool

    def of(self, member: Member, recorded: int, wanted: int = 0) -> int:
        """Return one port for the member; raise UnavailableError if the wanted one is taken."""
        taken = self.taken if wanted else self.taken | set(self.wanted.values())
        port = ports.choose(member.name, wanted, recorded, taken)
        self.taken.add(port)
        return port


@dataclass(frozen=True, slots=True)
class Broker:
    """One Kafka broker, its files below the stack's directory."""

    number: int
    directory: Path
    jars: Path
    name: str
    server = Server.KAFKA
    ready_limit_seconds = kafka.READY_LIMIT_SECONDS

    @property
    def files(self) -> Kafka:
        """What is on the disk: the first broker's in `kafka`, the second's in `kafka-2`."""
        suffix = "" if self.number == 1 else f"-{self.number}"
        return Kafka(self.directory / f"kafka{suffix}", self.jars)

    @property
    def log(self) -> Path:
        return self.files.log

    def port(self, state: State) -> int:
        return state.broker(self.number).port

    def recorded(self, state: State) -> ProcessIdentity | None:
        return state.broker(self.number).process

    def answers(self, state: State) -> bool:
        return self.number in self.known(state)

    def known(self, state: State) -> frozenset[int]:
        """Ask it which brokers it knows: itself too, once it takes part."""
        return kafka.known_brokers(f"{HOST}:{self.port(state)}", state.cluster_id)

    def with_ports(self, state: State, choice: PortChoice) -> State:
        own = state.broker(self.number)
        wanted = choice.wanted[Server.KAFKA] if self.number == 1 else 0

        def choose(recorded: int, wanted: int = 0) -> int:
            kept = recorded if choice.is_joining else 0
            return choice.of(self, recorded, wanted or kept)

        chosen = replace(
            own,
            port=choose(own.port, wanted),
            controller_port=choose(own.controller_port),
            detour=own.detour and _with_ports(own.detour, choose),
        )
        return state.with_broker(chosen)

    def start(self, state: State) -> State:
        own = state.broker(self.number)
        controllers = {each.number: each.controller_port for each in state.brokers}
        self.files.configure(self._place(own), controllers)
        if not own.is_formatted:
            self.files.format(state.cluster_id)
        process = self.files.launch()
        return state.with_broker(replace(own, is_formatted=True, process=process))

    def stop(self, state: State) -> State:
        process = running(self, state)
        if process:
            self.files.stop(process)
        return state.with_broker(replace(state.broker(self.number), process=None))

    def _place(self, own: BrokerState) -> BrokerPlace:
        return BrokerPlace(own.number, own.port, own.controller_port, self.files.data, own.detour)


def _with_ports(detour: Detour, choose: Callable[[int], int]) -> Detour:
    """Choose the ports of a detour; the proxy's stays, for the proxy listens there already."""
    return Detour(choose(detour.port), detour.advertised_port or choose(FREE_PORT))


@dataclass(frozen=True, slots=True)
class Database:
    """The Postgres server, its log below the stack's directory."""

    directory: Path
    is_durable: bool
    name: str = "Postgres"
    server = Server.POSTGRES
    ready_limit_seconds = postgres.READY_LIMIT_SECONDS

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"

    def port(self, state: State) -> int:
        return state.postgres_port

    def recorded(self, state: State) -> ProcessIdentity | None:
        return state.postgres

    def answers(self, state: State) -> bool:
        return postgres.answers(state.postgres_port, state.postgres_password)

    def with_ports(self, state: State, choice: PortChoice) -> State:
        port = choice.of(self, state.postgres_port, choice.wanted[Server.POSTGRES])
        return replace(state, postgres_port=port)

    def start(self, state: State) -> State:
        files = self._files(state)
        files.initialize(state.postgres_password)
        return replace(state, postgres=files.launch(state.postgres_port))

    def stop(self, state: State) -> State:
        process = running(self, state)
        if process:
            self._files(state).stop(process)
        return replace(state, postgres=None)

    def _files(self, state: State) -> Postgres:
        return Postgres(Path(state.postgres_home), self.log, self.is_durable)


def running(member: Member, state: State) -> ProcessIdentity | None:
    """Return the member's process, if it runs."""
    process = member.recorded(state)
    return process if process and processes.is_running(process) else None


def health(member: Member, state: State) -> Health:
    """Look at the member's process, and ask it if there is one."""
    if running(member, state) is None:
        return Health.DOWN
    return Health.UP if member.answers(state) else Health.SILENT


def kinds(members: Sequence[Member]) -> tuple[Server, ...]:
    """Return which kinds of server are among the members."""
    return tuple(kind for kind in Server if any(each.server is kind for each in members))
