"""Where the tests get their broker and database from: one of each for the whole run.

With `pytest -n` all workers share them; only of containers each worker has its own.

BUS_BOOTSTRAP and BUS_DATABASE_URL    those; the database's user may create databases
BUS_TEST_STACK=containers             Docker images, by testcontainers
otherwise                             the local stack, in a directory of this run's own
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from confluent_kafka.admin import AdminClient

from bus.errors import UnavailableError, UsageError
from bus.local import kafka, ports, processes
from bus.local.locks import exclusive
from bus.local.processes import ProcessIdentity
from bus.local.settings import default_directory
from bus.local.stack import Stack, be_quiet
from bus.local.waiting import wait_until

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
CONTROLLER_PORT = 9093
START_LIMIT_SECONDS = 120.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A broker and a database server. `stack` is there when they are ours to stop and start."""

    bootstrap: str
    database_url: str
    cluster_id: str
    stack: Stack | None = None


@contextmanager
def provided_cluster(environment: Mapping[str, str], run: str) -> Iterator[Cluster]:
    """Give the run's broker and database; take away what was started for this process alone."""
    bootstrap = environment.get("BUS_BOOTSTRAP")
    database_url = environment.get("BUS_DATABASE_URL")
    choice = environment.get("BUS_TEST_STACK", "local")
    if choice not in ("local", "containers"):
        raise UsageError(f"BUS_TEST_STACK is {choice!r}; it can be local or containers")
    if bootstrap and database_url:
        yield Cluster(bootstrap, database_url, _cluster_id(bootstrap))
    elif bootstrap or database_url:
        raise UsageError("set both BUS_BOOTSTRAP and BUS_DATABASE_URL, or neither")
    elif choice == "containers":
        with _containers() as cluster:
            yield cluster
    else:
        yield cluster_on(shared_stack(run))


@contextmanager
def unless_unavailable(provider: AbstractContextManager[T]) -> Iterator[T]:
    """Give what the provider gives, for a fixture.

    In CI its absence is a failure. Elsewhere it skips the tests that need it.
    """
    with ExitStack() as given:
        try:
            found = given.enter_context(provider)
        except UnavailableError as error:
            end = pytest.fail if os.environ.get("CI") else pytest.skip
            end(f"no broker and database could be had: {error}")
        yield found


def local_jars() -> Path:
    """Return the directory of jars that all runs, and `make up`, share."""
    return default_directory() / "jars"


def _cluster_id(bootstrap: str) -> str:
    metadata = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=30)
    assert metadata.cluster_id is not None
    return metadata.cluster_id


def cluster_on(stack: Stack) -> Cluster:
    """Start the stack, unless it is up; return where it is reached."""
    addresses = stack.up()
    return Cluster(addresses.bootstrap, addresses.database_url, addresses.cluster_id, stack)


def shared_stack(run: str) -> Stack:
    """Return the stack of all processes of a run: the first that needs it starts it."""
    _remove_runs_of_the_dead()
    return Stack(_runs() / f"{run}.shared", jars=local_jars(), is_durable=False)


def remove_shared_stack() -> None:
    """Stop and remove the stack of the run that this process has begun, if there is one."""
    _remove_run(_runs() / f"{run_id()}.shared")


@contextmanager
def own_stack(name: str, brokers: int = 1, *, has_detours: bool = False) -> Iterator[Stack]:
    """Give a stack of this process's own that isn't up yet; remove it at the end."""
    _remove_runs_of_the_dead()
    stack = Stack(
        _runs() / f"{run_id()}.{name}",
        brokers,
        jars=local_jars(),
        has_detours=has_detours,
        is_durable=False,
    )
    try:
        yield stack
    finally:
        _remove_run(stack.directory)


@contextmanager
def own_cluster(name: str) -> Iterator[Cluster]:
    """Give a broker and a database server that one process may stop; remove them at the end."""
    with own_stack(name) as stack:
        yield cluster_on(stack)


def _runs() -> Path:
    return default_directory() / "tests"


def run_id() -> str:
    """Return what tells a run that this process begins from every other of this boot."""
    me = processes.identify(os.getpid())
    assert me is not None
    return f"{me.pid}-{me.start_ticks}"


def is_of_the_dead(name: str) -> bool:
    """Tell whether a file or directory is named after a run whose process has ended."""
    pid, _, start_ticks = name.partition(".")[0].partition("-")
    return not processes.is_running(ProcessIdentity(int(pid), int(start_ticks)))


def _remove_runs_of_the_dead() -> None:
    """Stop and remove what a killed run left; of several processes that find it, one does so."""
    _runs().mkdir(parents=True, exist_ok=True)
    with exclusive(_runs() / "lock", be_quiet):
        for directory in _runs().glob("*-*"):
            if is_of_the_dead(directory.name):
                _remove_run(directory)


def _remove_run(directory: Path) -> None:
    Stack(directory).reset()
    shutil.rmtree(directory, ignore_errors=True)


def container_environment(host: str, port: int) -> dict[str, str]:
    """Return the environment that makes the Kafka image a broker like the local stack's."""
    place = kafka.BrokerPlace(1, port, CONTROLLER_PORT, Path("/tmp/kraft-combined-logs"))
    properties = kafka.broker_properties(place, {1: CONTROLLER_PORT})
    properties |= {
        "controller.quorum.voters": f"1@localhost:{CONTROLLER_PORT}",
        "listeners": f"BROKER://0.0.0.0:{port},CONTROLLER://localhost:{CONTROLLER_PORT}",
        "advertised.listeners": f"BROKER://{host}:{port}",
    }
    names = {name: f"KAFKA_{name.upper().replace('.', '_')}" for name in properties}
    return {names[name]: value for name, value in properties.items()}


@contextmanager
def _containers() -> Iterator[Cluster]:
    # Imported here: it reads the home directory and looks for an engine.
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.container import DockerContainer

    cluster_id = kafka.new_cluster_id()
    port = ports.find_free()  # the same inside and outside, for the broker advertises it
    broker = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    host = broker.get_docker_client().host()
    broker.with_envs(CLUSTER_ID=cluster_id, **container_environment(host, port))
    database = PostgresContainer(POSTGRES_IMAGE, driver=None)
    with ExitStack() as running:
        running.enter_context(broker)
        running.enter_context(database)
        _await_broker(f"{host}:{port}", cluster_id)
        yield Cluster(f"{host}:{port}", database.get_connection_url(), cluster_id)


def _await_broker(bootstrap: str, cluster_id: str) -> None:
    ready = wait_until(
        lambda: bool(kafka.known_brokers(bootstrap, cluster_id)), START_LIMIT_SECONDS
    )
    assert ready, f"no broker answered at {bootstrap} within {START_LIMIT_SECONDS:.0f} s"
