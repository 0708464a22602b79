"""The local stack: Kafka and one Postgres, started, found again, stopped and removed.

    with the lock held:  load the state → look at the recorded processes → act → save the state

The state is saved as soon as a process has started, so that whatever ends the command, the
next one finds what it left.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bus.errors import UsageError
from bus.local import kafka, postgres, processes, wheels
from bus.local.cluster import active_controller, leader_of
from bus.local.diagnosis import require_space, system_errors
from bus.local.jars import ensure_jars
from bus.local.locks import exclusive
from bus.local.members import Health, Member, Server, health, kinds, running
from bus.local.ports import HOST, Detour
from bus.local.processes import ProcessIdentity
from bus.local.roster import Roster
from bus.local.settings import FREE_PORT
from bus.local.state import BrokerState, State, load_state, save_state

__all__ = ["Addresses", "Health", "Server", "Stack", "Status", "recorded_cluster_id"]

MAX_BROKERS = 9


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stack is reached; `database_url` has the password in it.

    `started` names the kinds of server of which this call of `up` had to start any: none, if all
    were up.
    """

    bootstrap: str
    database_url: str
    cluster_id: str
    started: tuple[Server, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What was found. There are addresses once the stack has been up.

    `kafka` is how the worst of the `brokers` is, which stand by number.
    """

    directory: Path
    brokers: tuple[Health, ...]
    postgres: Health
    addresses: Addresses | None

    @property
    def kafka(self) -> Health:
        """How the worst of the brokers is."""
        return max(self.brokers, key=list(Health).index, default=Health.DOWN)

    @property
    def is_up(self) -> bool:
        """All servers answer."""
        return self.kafka is Health.UP and self.postgres is Health.UP


def be_quiet(_message: str) -> None:
    """Say nothing."""


class Stack:
    """The stack below one directory. Any number of processes may use it at once.

    `brokers` is how many a new stack gets, one if it isn't said; a stack keeps its number until
    it is reset. With `has_detours` each of them can be reached by a proxy too, see `detours`.
    `jars` is where Kafka's jars are kept, by default below the directory. `is_durable=False`
    makes Postgres quicker at the price of losing commits when the *machine* goes down, never
    when a process does. `say` is told what takes time.
    """

    def __init__(
        self,
        directory: Path,
        brokers: int | None = None,
        *,
        jars: Path | None = None,
        has_detours: bool = False,
        is_durable: bool = True,
        say: Callable[[str], None] = be_quiet,
    ) -> None:
        if brokers is not None and not 1 <= brokers <= MAX_BROKERS:
            raise UsageError(f"a local stack has 1 to {MAX_BROKERS} brokers, not {brokers}")
        self.directory = directory.absolute()
        self.jars = (jars or self.directory / "jars").absolute()
        self._brokers = brokers
        self._has_detours = has_detours
        self._say = say
        self._roster = Roster(self.directory, self.jars, is_durable)

    def up(self, kafka_port: int = FREE_PORT, postgres_port: int = FREE_PORT) -> Addresses:
        """Start what isn't running, and return when every server answers.

        Without a port, the one last used is taken again, else any free one; `kafka_port` is the
        first broker's. Raises UnavailableError when something that this needs is missing (a
        package, the network, disk space, a port), FaultError when a server dies, UsageError when
        the stack is up on another port or has another number of brokers. What this call started,
        it stops again before it raises.
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
        """Stop every server cleanly, keep their data; return which kinds were running."""
        with system_errors(self.directory):
            if not self._state_file.exists():
                return ()
            with exclusive(self._lock, self._say):
                return self._down()

    def start(self, server: Server, number: int | None = None) -> None:
        """Start one server again, or all brokers, and return when it answers.

        A broker comes back at the address that it had, as long as another one runs.
        """
        with system_errors(self.directory), exclusive(self._lock, self._say):
            state = self._require_state()
            members = self._roster.chosen(state, server, number)
            missing = [each for each in members if not running(each, state)]
            state = self._start(state, missing, dict.fromkeys(Server, FREE_PORT))
            self._roster.await_ready(state, members)

    def stop(self, server: Server, number: int | None = None) -> None:
        """Stop one server cleanly, or all brokers; `up` starts it again at the same address."""
        with system_errors(self.directory), exclusive(self._lock, self._say):
            state = self._require_state()
            self._stop(state, self._roster.chosen(state, server, number))

    def kill(self, server: Server, number: int | None = None) -> None:
        """End one server, or all brokers, as `kill -9` does; `up` starts it again."""
        for process in self._processes(server, number):
            processes.kill(process)

    def freeze(self, server: Server, number: int) -> None:
        """Stop one server in the middle of whatever it does, without its knowledge."""
        for process in self._processes(server, number):
            processes.send(process, signal.SIGSTOP)

    def thaw(self, server: Server, number: int) -> None:
        """Let a frozen server go on, as if nothing had happened."""
        for process in self._processes(server, number):
            processes.send(process, signal.SIGCONT)

    def process(self, server: Server, number: int = 1) -> ProcessIdentity | None:
        """Return the server's process, if it runs."""
        return next(iter(self._processes(server, number)), None)

    def leader_of(self, topic: str, partition: int) -> int | None:
        """Return the number of the broker that leads a partition now, if any does."""
        return leader_of(_bootstrap(self._require_state()), topic, partition)

    def active_controller(self) -> int | None:
        """Return the number of the broker that is the active controller, if any is."""
        state = self._require_state()
        return active_controller(
            {
                each.number: each.files.data
                for each in self._roster.brokers(state)
                if running(each, state)
            }
        )

    def detours(self) -> tuple[Detour, ...]:
        """Return the ways to the brokers by a proxy, by number; none if it was made without."""
        brokers = self._require_state().brokers
        return tuple(each.detour for each in brokers if each.detour is not None)

    def status(self) -> Status:
        """Look at every server, changing nothing."""
        with system_errors(self.directory):
            state = load_state(self._state_file)
        if state is None:
            return Status(self.directory, (), Health.DOWN, None)
        brokers = self._roster.brokers(state)
        return Status(
            self.directory,
            tuple(health(each, state) for each in brokers),
            health(self._roster.database, state),
            self._addresses(state)
            if all(each.port(state) for each in self._roster.members(state))
            else None,
        )

    def reset(self, *, with_jars: bool = False) -> None:
        """Stop every server and remove their data and logs, wherever they lie.

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

    def _processes(self, server: Server, number: int | None) -> list[ProcessIdentity]:
        state = load_state(self._state_file)
        if state is None:
            return []
        found = [running(member, state) for member in self._roster.chosen(state, server, number)]
        return [process for process in found if process is not None]

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
        detour = Detour(FREE_PORT, FREE_PORT) if self._has_detours else None
        state = State(
            uid=os.geteuid(),
            cluster_id=kafka.new_cluster_id(),
            postgres_home=str(home),
            postgres_password=postgres.new_password(),
            brokers=tuple(
                BrokerState(number, detour=detour) for number in range(1, (self._brokers or 1) + 1)
            ),
        )
        return self._save_or(lambda: shutil.rmtree(home), state)

    def _save_or(self, undo: Callable[[], None], state: State) -> State:
        """Save the state; if that fails, undo what nobody would remember."""
        try:
            return self._save(state)
        except BaseException:
            undo()
            raise

    def _up(self, wanted: dict[Server, int]) -> Addresses:
        state = load_state(self._state_file) or self._new_state()
        self._refuse_other_user(state)
        self._refuse_other_number(state)
        missing = [member for member in self._roster.members(state) if not running(member, state)]
        self._roster.refuse_other_ports(state, wanted, missing)
        try:
            if missing:
                state = self._start(state, missing, wanted)
            self._roster.await_ready(state, self._roster.members(state))
        except BaseException:
            self._undo(missing)
            raise
        postgres.ensure_database(state.postgres_port, state.postgres_password)
        return self._addresses(state, *kinds(missing))

    def _refuse_other_user(self, state: State) -> None:
        if state.uid != os.geteuid():
            raise UsageError(
                f"the stack in {self.directory} belongs to user {state.uid}. Run the command as "
                "that user, or set BUS_LOCAL_DIR to a directory of your own."
            )

    def _refuse_other_number(self, state: State) -> None:
        if self._brokers not in (None, len(state.brokers)):
            raise UsageError(
                f"the stack in {self.directory} has {len(state.brokers)} brokers, not "
                f"{self._brokers}. Remove it first, with its data: bus local reset"
            )

    def _start(self, state: State, missing: Sequence[Member], wanted: dict[Server, int]) -> State:
        """Start servers side by side: Postgres sets itself up while Java is still loading."""
        state = self._roster.with_ports(state, wanted, missing)
        require_space(self.directory)
        require_space(Path(state.postgres_home))
        if Server.KAFKA in kinds(missing):
            ensure_jars(self.jars, self._say)
        for member in missing:
            self._say(f"starting {member.name}")
            state = self._launch(state, member)
        return state

    def _launch(self, state: State, member: Member) -> State:
        state = member.start(state)
        process = member.recorded(state)
        return self._save_or(lambda: processes.kill(process) if process else None, state)

    def _undo(self, started: Sequence[Member]) -> None:
        state = load_state(self._state_file)
        if state is not None:
            self._stop(state, started)

    def _stop(self, state: State, members: Sequence[Member]) -> State:
        """Stop the members cleanly.

        All brokers are told before any is waited for: one that is left alone with its shutdown
        finds no controller to agree with, and takes its whole time.
        """
        for member in members:
            process = running(member, state)
            if process and member.server is Server.KAFKA:
                processes.send(process, signal.SIGTERM)
        for member in members:
            state = self._save(member.stop(state))
        return state

    def _down(self) -> tuple[Server, ...]:
        state = self._require_state()
        found = [member for member in self._roster.members(state) if running(member, state)]
        for kind in kinds(found):
            self._say(f"stopping {kind.capitalize()}")
        self._stop(state, found)
        return kinds(found)

    def _reset(self) -> None:
        state = load_state(self._state_file)
        if state is not None:
            self._refuse_other_user(state)
            self.kill(Server.KAFKA)  # what it would write at a clean end is removed anyway
            self._down()
            shutil.rmtree(state.postgres_home, ignore_errors=True)
            for member in self._roster.brokers(state):
                shutil.rmtree(member.files.directory, ignore_errors=True)
        self._roster.database.log.unlink(missing_ok=True)
        self._state_file.unlink(missing_ok=True)


def _bootstrap(state: State) -> str:
    return ",".join(f"{HOST}:{each.port}" for each in state.brokers)


def recorded_cluster_id(directory: Path) -> str | None:
    """Return the id of the cluster that the stack below this directory made for itself."""
    state = load_state(directory / "state.json")
    return state.cluster_id if state else None
