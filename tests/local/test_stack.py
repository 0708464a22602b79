"""A real Kafka and Postgres: started twice, killed, stopped, removed."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bus.errors import FaultError, UnavailableError, UsageError
from bus.local import ports, processes
from bus.local import stack as stack_module
from bus.local.processes import ProcessIdentity
from bus.local.stack import Addresses, Health, Server, Stack, recorded_cluster_id
from bus.local.state import State

BOTH = (Server.KAFKA, Server.POSTGRES)


def admin(addresses: Addresses) -> AdminClient:
    return AdminClient({"bootstrap.servers": addresses.bootstrap, "log_level": 0})


def running(stack: Stack) -> list[ProcessIdentity]:
    found = [stack.process(server) for server in Server]
    return [process for process in found if process]


def postgres_home(stack: Stack) -> Path:
    """Return where Postgres lives: its working directory is the data directory in it."""
    process = stack.process(Server.POSTGRES)
    assert process is not None
    return Path(f"/proc/{process.pid}/cwd").readlink().parent


def test_a_second_up_finds_the_first_ones_processes(own_stack: Stack) -> None:
    first = own_stack.up()
    before = running(own_stack)

    second = own_stack.up()

    assert second.started == ()
    assert second.bootstrap == first.bootstrap
    assert second.database_url == first.database_url
    assert running(own_stack) == before


def test_two_ups_at_the_same_moment_start_one_stack(own_stack: Stack) -> None:
    own_stack.down()
    found: list[Addresses] = []
    threads = [threading.Thread(target=lambda: found.append(own_stack.up())) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(addresses.started for addresses in found) == [(), BOTH]
    assert len({addresses.bootstrap for addresses in found}) == 1


def test_after_kill_9_of_everything_up_gives_back_the_same_data(own_stack: Stack) -> None:
    before = own_stack.up()
    client = admin(before)
    client.create_topics([NewTopic("kept", 1, 1)])["kept"].result(10)
    with psycopg.connect(before.database_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")

    for server in Server:
        own_stack.kill(server)
    after = own_stack.up()

    assert after.started == BOTH
    assert (after.bootstrap, after.cluster_id) == (before.bootstrap, before.cluster_id)
    assert "kept" in admin(after).list_topics(timeout=10).topics
    with psycopg.connect(after.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_one_server_can_be_away_and_come_back_at_its_address(own_stack: Stack) -> None:
    before = own_stack.up()

    own_stack.stop(Server.POSTGRES)
    away = own_stack.status()
    after = own_stack.up()

    assert (away.kafka, away.postgres) == (Health.UP, Health.DOWN)
    assert after.started == (Server.POSTGRES,)
    assert after.database_url == before.database_url


def test_the_broker_is_of_the_recorded_cluster(own_stack: Stack) -> None:
    addresses = own_stack.up()

    cluster_id = admin(addresses).list_topics(timeout=10).cluster_id

    assert cluster_id == addresses.cluster_id == recorded_cluster_id(own_stack.directory)


def test_a_wrong_password_is_refused(own_stack: Stack) -> None:
    addresses = own_stack.up()
    user, _, host = addresses.database_url.partition("@")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{user}x@{host}")


def test_another_port_than_the_one_in_use_is_refused(own_stack: Stack) -> None:
    own_stack.up()
    before = running(own_stack)

    with pytest.raises(UsageError, match="kafka is already up on port"):
        own_stack.up(kafka_port=ports.find_free())

    assert running(own_stack) == before


def test_a_port_that_is_taken_is_named_and_nothing_is_left_running(own_stack: Stack) -> None:
    own_stack.down()
    port = ports.find_free()

    with (
        socket.create_server((ports.HOST, port)),
        pytest.raises(UnavailableError, match=f"port {port} .* Postgres"),
    ):
        own_stack.up(postgres_port=port)

    assert running(own_stack) == []
    assert own_stack.status().kafka is Health.DOWN


@pytest.fixture
def foreign_storage(own_stack: Stack) -> Iterator[None]:
    """Make Kafka find storage that belongs to another node."""
    own_stack.up()
    own_stack.down()
    identity = own_stack.directory / "kafka" / "data" / "meta.properties"
    original = identity.read_text()
    identity.write_text(original.replace("node.id=1", "node.id=7"))
    yield
    identity.write_text(original)


@pytest.mark.usefixtures("foreign_storage")
def test_a_server_that_dies_is_shown_with_its_last_words(own_stack: Stack) -> None:
    with pytest.raises(FaultError, match=r"Kafka did not start.*kafka\.log(.|\n)*node id 7"):
        own_stack.up()

    assert running(own_stack) == []


def test_reset_removes_processes_and_data_and_keeps_the_jars(own_stack: Stack) -> None:
    own_stack.up()
    before = running(own_stack)
    home = postgres_home(own_stack)

    own_stack.reset()

    assert not own_stack.directory.exists()
    assert not home.exists()
    assert own_stack.jars.exists()
    assert own_stack.status().addresses is None
    assert not any(processes.is_running(process) for process in before)


def test_what_was_never_up_can_be_asked_stopped_and_reset(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "never")

    assert not stack.status().is_up
    assert stack.down() == ()
    stack.reset()
    assert not stack.directory.exists()


def test_a_server_that_could_not_be_recorded_is_not_left_behind(
    own_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_stack.up()
    own_stack.down()

    def refuse(_path: Path, _state: State) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stack_module, "save_state", refuse)
    with pytest.raises(UnavailableError, match="disk is full"):
        own_stack.up()

    assert not processes.has_inhabitants(own_stack.directory / "kafka")
