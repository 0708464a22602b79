"""Which servers a stack has, and how several of them start together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bus.errors import UsageError
from bus.local import kafka
from bus.local.diagnosis import died, silent
from bus.local.members import (
    Broker,
    Database,
    Health,
    Member,
    PortChoice,
    Server,
    health,
    kinds,
)
from bus.local.settings import FREE_PORT
from bus.local.state import State
from bus.local.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of the stack below one directory."""

    directory: Path
    jars: Path
    is_durable: bool

    @property
    def database(self) -> Database:
        """The Postgres server."""
        return Database(self.directory, self.is_durable)

    def brokers(self, state: State) -> list[Broker]:
        """Return the brokers by number; one that is alone needs none in its name."""
        is_alone = len(state.brokers) == 1
        return [
            Broker(
                each.number,
                self.directory,
                self.jars,
                "Kafka" if is_alone else f"Kafka broker {each.number}",
            )
            for each in state.brokers
        ]

    def members(self, state: State) -> list[Member]:
        """Return every server, the brokers first: they take longest to start."""
        return [*self.brokers(state), self.database]

    def chosen(self, state: State, server: Server, number: int | None) -> list[Member]:
        """Return the servers of a kind, of the brokers only the one of that number.

        Raises UsageError if there is no broker of that number.
        """
        if server is Server.POSTGRES:
            return [self.database]
        if number is not None:
            state.broker(number)
        return [each for each in self.brokers(state) if number in (None, each.number)]

    def refuse_other_ports(
        self, state: State, wanted: dict[Server, int], missing: Sequence[Member]
    ) -> None:
        """Raise UsageError if a server that runs was wanted on another port."""
        for member in (self.brokers(state)[0], self.database):
            port, used = wanted[member.server], member.port(state)
            if member not in missing and port not in (FREE_PORT, used):
                raise UsageError(
                    f"{member.server} is already up on port {used}, not {port}. "
                    "Stop it first: bus local down"
                )

    def with_ports(
        self, state: State, wanted: dict[Server, int], missing: Sequence[Member]
    ) -> State:
        """Choose every port before anything starts, so that a taken one is told of at once."""
        others = [each for each in self.members(state) if each not in missing]
        choice = PortChoice(
            wanted,
            taken={each.port(state) for each in others},
            is_joining=Server.KAFKA in kinds(others),
        )
        for member in missing:
            state = member.with_ports(state, choice)
        return state

    def await_ready(self, state: State, members: Sequence[Member]) -> None:
        """Return when each of these answers; raise FaultError for one that doesn't come."""
        for member in members:
            _await_ready(state, member)
        if Server.KAFKA in kinds(members):
            self._await_acquaintance(state)

    def _await_acquaintance(self, state: State) -> None:
        """Return when the brokers that are up know each other: they are told a moment later."""
        alive = [each for each in self.brokers(state) if health(each, state) is Health.UP]
        numbers = {each.number for each in alive}

        def all_know_all() -> bool:
            return all(numbers <= each.known(state) for each in alive)

        if not wait_until(all_know_all, kafka.READY_LIMIT_SECONDS):
            raise silent("The cluster", alive[0].log, kafka.READY_LIMIT_SECONDS)


def _await_ready(state: State, member: Member) -> None:
    limit = member.ready_limit_seconds
    wait_until(lambda: health(member, state) is not Health.SILENT, limit)
    found = health(member, state)
    if found is Health.DOWN:
        raise died(member.name, member.log)
    if found is Health.SILENT:
        raise silent(member.name, member.log, limit)
