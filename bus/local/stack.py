"""The local stack: one Kafka and one Postgres, started, found again, stopped and removed.

    with the lock held:  load the state → look at the recorded processes → act → save the state

The state is saved as soon as a process has started, so that whatever ends the command, the
next one finds what it left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bus.errors import UsageError
from bus.local import kafka, ports, postgres, processes, wheels
from bus.local.diagnosis import died, require_space, silent, system_errors
from bus.local.jars import ensure_jars
from bus.local.kafka import Kafka
from bus.local.locks import exclusive
from bus.local.postgres import Postgres
from bus.local.processes import ProcessIdentity
from bus.local.settings import FREE_PORT
from bus.local.state import State, load_state, save_state
from bus.local.waiting import wait_until


class Server(StrEnum):
    """The two servers of the stack."""

    KAFKA = "kafka"
    POSTGRES = "postgres"


_READY_LIMIT_SECONDS = {
    Server.KAFKA: kafka.READY_LIMIT_SECONDS,
    Server.POSTGRES: postgres.READY_LIMIT_SECONDS,
}


class Health(StrEnum):
    """How a server is. SILENT: its process runs, and gives no answer."""

    UP = "up"
    SILENT = "silent"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stack is reached; `database_url` has the password in it.

    `started` names the servers that this call of `up` had to start: none, if all were up.
    """

    bootstrap: str
    database_url: str
    cluster_id: str
    started: tuple[Server, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What was found. There are addresses once the stack has been up."""

    directory: Path
    kafka: Health
    postgres: Health
    addresses: Addresses | None

    @property
    def is_up(self) -> bool:
        """Both servers answer."""
        return self.kafka is Health.UP and self.postgres is Health.UP


def _bootstrap(state: State) -> str:
    return f"{ports.HOST}:{state.kafka_port}"


def be_quiet(_message: str) -> None:
    """Say nothing."""


class Stack:
    """The stack below one directory. Any number of processes may use it at once.

    `jars` is where Kafka's jars are kept, by default below the directory. `is_durable=False`
    makes Postgres quicker at the price of losing commits when the *machine* goes down, never
    when a process does. `say` is told what takes time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        jars: Path | None = None,
        is_durable: bool = True,
        say: Callable[[str], None] = be_quiet,
    ) -> None:
        self.directory = directory.absolute()
        self.jars = (jars or self.directory / "jars").absolute()
        self._is_durable = is_durable
        self._say = say
        self._kafka = Kafka(self.directory / "kafka", self.jars)

    def up(self, kafka_port: int = FREE_PORT, postgres_port: int = FREE_PORT) -> Addresses:
        """Start what isn't running, and return when both servers answer.

        Without a port, the one last used is taken again, else any free one. Raises
        UnavailableError when something that this needs is missing (a package, the network, disk
        space, a port), FaultError when a server dies, UsageError when the stack is up on another
        port. What this call started, it stops again before it raises.
        """
        processes.require_proc()
        wheels.require_all()
        postgres.require_account()
        with system_errors(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            with exclusive(self._lock, self._say):
                return self._up({Server.KAFKA: kafka_port, Server.POSTGRES: postgres_port})

    def fetch(self) -> None:
        """Fetch what `up` needs from the network, so that it needs none later."""
        wheels.require_all()
        with system_errors(self.directory):
            self.jars.mkdir(parents=True, exist_ok=True)
            require_space(self.jars)
            ensure_jars(self.jars, self._say)

    def down(self) -> tuple[Server, ...]:
        """Stop both servers cleanly, keep their data; return which of them were running."""
        with system_errors(self.directory):
            if not self._state_file.exists():
                return ()
            with exclusive(self._lock, self._say):
                return self._down()

    def stop(self, server: Server) -> None:
        """Stop one server cleanly; `up` starts it again at the same address."""
        with system_errors(self.directory), exclusive(self._lock, self._say):
            self._stop(self._require_state(), server)

    def kill(self, server: Server) -> None:
        """End one server as `kill -9` does; `up` starts it again at the same address."""
        process = self.process(server)
        if process is not None:
            processes.kill(process)

    def process(self, server: Server) -> ProcessIdentity | None:
        """Return the server's process, if it runs."""
        state = load_state(self._state_file)
        return self._running(state, server) if state else None

    def status(self) -> Status:
        """Look at both servers, changing nothing."""
        with system_errors(self.directory):
            state = load_state(self._state_file)
        if state is None:
            return Status(self.directory, Health.DOWN, Health.DOWN, None)
        health = {server: self._health(state, server) for server in Server}
        return Status(
            self.directory,
            health[Server.KAFKA],
            health[Server.POSTGRES],
            self._addresses(state) if state.kafka_port and state.postgres_port else None,
        )

    def reset(self, *, with_jars: bool = False) -> None:
        """Stop both servers and remove their data and logs, wherever they lie.

        The jars are a checked download, no state: they stay, unless `with_jars`.
        """
        with system_errors(self.directory):
            if not self.directory.exists():
                return
            with exclusive(self._lock, self._say):
                self._reset()
                if with_jars and self.jars.exists():
                    shutil.rmtree(self.jars)
                self._lock.unlink()
            if not any(self.directory.iterdir()):
                self.directory.rmdir()

    @property
    def _lock(self) -> Path:
        return self.directory / "lock"

    @property
    def _state_file(self) -> Path:
        return self.directory / "state.json"

    def _postgres(self, state: State) -> Postgres:
        log = self.directory / "postgres.log"
        return Postgres(Path(state.postgres_home), log, self._is_durable)

    def _addresses(self, state: State, *started: Server) -> Addresses:
        return Addresses(
            bootstrap=_bootstrap(state),
            database_url=postgres.url(state.postgres_port, state.postgres_password),
            cluster_id=state.cluster_id,
            started=started,
        )

    def _require_state(self) -> State:
        state = load_state(self._state_file)
        if state is None:
            raise UsageError(f"no stack was ever started in {self.directory}")
        return state

    def _save(self, state: State) -> State:
        save_state(self._state_file, state)
        return state

    def _new_state(self) -> State:
        home = postgres.new_home(self.directory)
        state = State(
            uid=os.geteuid(),
            cluster_id=kafka.new_cluster_id(),
            postgres_home=str(home),
            postgres_password=postgres.new_password(),
        )
        return self._save_or(lambda: shutil.rmtree(home), state)

    def _save_or(self, undo: Callable[[], None], state: State) -> State:
        """Save the state; if that fails, undo what nobody would remember."""
        try:
            return self._save(state)
        except BaseException:
            undo()
            raise

    def _running(self, state: State, server: Server) -> ProcessIdentity | None:
        process = state.kafka if server is Server.KAFKA else state.postgres
        return process if process and processes.is_running(process) else None

    def _is_ready(self, state: State, server: Server) -> bool:
        if server is Server.KAFKA:
            return kafka.answers(_bootstrap(state), state.cluster_id)
        return postgres.answers(state.postgres_port, state.postgres_password)

    def _health(self, state: State, server: Server) -> Health:
        if self._running(state, server) is None:
            return Health.DOWN
        return Health.UP if self._is_ready(state, server) else Health.SILENT

    def _up(self, wanted: dict[Server, int]) -> Addresses:
        state = load_state(self._state_file) or self._new_state()
        self._refuse_other_user(state)
        missing = tuple(server for server in Server if not self._running(state, server))
        self._refuse_other_ports(state, wanted, missing)
        try:
            if missing:
                state = self._start(state, wanted, missing)
            for server in Server:
                self._await_ready(state, server)
        except BaseException:
            self._undo(missing)
            raise
        postgres.ensure_database(state.postgres_port, state.postgres_password)
        return self._addresses(state, *missing)

    def _refuse_other_user(self, state: State) -> None:
        if state.uid != os.geteuid():
            raise UsageError(
                f"the stack in {self.directory} belongs to user {state.uid}. Run the command as "
                "that user, or set BUS_LOCAL_DIR to a directory of your own."
            )

    def _refuse_other_ports(
        self, state: State, wanted: dict[Server, int], missing: tuple[Server, ...]
    ) -> None:
        used = {Server.KAFKA: state.kafka_port, Server.POSTGRES: state.postgres_port}
        for server, port in wanted.items():
            if server not in missing and port not in (FREE_PORT, used[server]):
                raise UsageError(
                    f"{server} is already up on port {used[server]}, not {port}. "
                    "Stop it first: bus local down"
                )

    def _start(self, state: State, wanted: dict[Server, int], missing: tuple[Server, ...]) -> State:
        """Start servers side by side: Postgres sets itself up while Java is still loading."""
        state = self._with_ports(state, wanted, missing)
        require_space(self.directory)
        require_space(Path(state.postgres_home))
        if Server.KAFKA in missing:
            ensure_jars(self.jars, self._say)
            self._say("starting Kafka")
            state = self._start_kafka(state)
        if Server.POSTGRES in missing:
            self._say("starting Postgres")
            state = self._start_postgres(state)
        return state

    def _with_ports(
        self, state: State, wanted: dict[Server, int], missing: tuple[Server, ...]
    ) -> State:
        """Choose every port before anything starts, so that a taken one is told of at once."""
        kafka_port, controller_port = state.kafka_port, state.kafka_controller_port
        postgres_port = state.postgres_port
        if Server.KAFKA in missing:
            taken = {postgres_port, wanted[Server.POSTGRES]}
            kafka_port = ports.choose("Kafka", wanted[Server.KAFKA], kafka_port)
            taken.add(kafka_port)
            controller_port = ports.choose("Kafka", FREE_PORT, controller_port, taken)
        if Server.POSTGRES in missing:
            taken = {kafka_port, controller_port}
            postgres_port = ports.choose("Postgres", wanted[Server.POSTGRES], postgres_port, taken)
        return replace(
            state,
            kafka_port=kafka_port,
            kafka_controller_port=controller_port,
            postgres_port=postgres_port,
        )

    def _start_kafka(self, state: State) -> State:
        self._kafka.configure(state.kafka_port, state.kafka_controller_port)
        if not state.is_kafka_formatted:
            self._kafka.format(state.cluster_id)
        process = self._kafka.launch()
        state = replace(state, is_kafka_formatted=True, kafka=process)
        return self._save_or(lambda: processes.kill(process), state)

    def _start_postgres(self, state: State) -> State:
        server = self._postgres(state)
        server.initialize(state.postgres_password)
        process = server.launch(state.postgres_port)
        state = replace(state, postgres=process)
        return self._save_or(lambda: processes.kill(process), state)

    def _await_ready(self, state: State, server: Server) -> None:
        limit = _READY_LIMIT_SECONDS[server]
        wait_until(lambda: self._health(state, server) is not Health.SILENT, limit)
        health = self._health(state, server)
        if health is Health.UP:
            return
        log = self._kafka.log if server is Server.KAFKA else self._postgres(state).log
        name = server.capitalize()
        raise died(name, log) if health is Health.DOWN else silent(name, log, limit)

    def _undo(self, started: tuple[Server, ...]) -> None:
        state = load_state(self._state_file)
        for server in started:
            if state is not None:
                state = self._stop(state, server)

    def _stop(self, state: State, server: Server) -> State:
        process = self._running(state, server)
        if server is Server.KAFKA:
            if process:
                self._kafka.stop(process)
            return self._save(replace(state, kafka=None))
        if process:
            self._postgres(state).stop(process)
        return self._save(replace(state, postgres=None))

    def _down(self) -> tuple[Server, ...]:
        state = self._require_state()
        running = tuple(server for server in Server if self._running(state, server))
        for server in running:
            self._say(f"stopping {server.capitalize()}")
            state = self._stop(state, server)
        return running

    def _reset(self) -> None:
        state = load_state(self._state_file)
        if state is not None:
            self._refuse_other_user(state)
            self._down()
            shutil.rmtree(state.postgres_home, ignore_errors=True)
        shutil.rmtree(self._kafka.directory, ignore_errors=True)
        (self.directory / "postgres.log").unlink(missing_ok=True)
        self._state_file.unlink(missing_ok=True)


def recorded_cluster_id(directory: Path) -> str | None:
    """Return the id of the cluster that the stack below this directory made for itself."""
    state = load_state(directory / "state.json")
    return state.cluster_id if state else None
