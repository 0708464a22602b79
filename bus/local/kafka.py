"""One Kafka broker of our own, from the jars: alone, or one of a cluster.

Every broker is a controller too: to lose one is to lose both, as on a small installation, and
three processes make a cluster that outlives any one of them.
"""

from __future__ import annotations

import base64
import shutil
import signal
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bus.local import processes, wheels
from bus.local.diagnosis import died
from bus.local.jars import class_path
from bus.local.ports import HOST, Detour
from bus.local.processes import Command, ProcessIdentity

READY_LIMIT_SECONDS = 90.0
STOP_LIMIT_SECONDS = 30.0
FORMAT_LIMIT_SECONDS = 90.0
MAX_REPLICATION = 3
_PROBE_SECONDS = 2.0

# Measured on two cores, from start to the first answer: 4.2 s as it comes, 2.6 s with the first
# compiler tier alone; formatting 1.8 s and 1.2 s. The serial collector saves memory's upkeep at
# this heap, and a thread or two.
_JVM_FLAGS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",  # else it writes to /tmp, whoever owns it
    "--sun-misc-unsafe-memory-access=allow",  # Kafka's own use, which Java 25 warns of
    "-Djava.awt.headless=true",
)
_HEAP_FLAG = "-Xmx512m"


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """What tells one broker of a cluster from another."""

    node_id: int
    port: int
    controller_port: int
    data: Path
    detour: Detour | None = None

    def listeners(self) -> str:
        """Where the broker listens."""
        return self._addresses(self.detour.port if self.detour else None)

    def advertised(self) -> str:
        """Where the broker tells others to come to."""
        return self._addresses(self.detour.advertised_port if self.detour else None)

    def _addresses(self, detour_port: int | None) -> str:
        own = f"BROKER://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}"
        return own if detour_port is None else f"{own},DETOUR://{HOST}:{detour_port}"


def new_cluster_id() -> str:
    """Return a random cluster id: 16 bytes in URL-safe base 64, as Kafka makes its own."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
    return f"A{text[1:]}"  # a leading dash would look like an option to the format command


def broker_properties(place: BrokerPlace, controllers: Mapping[int, int]) -> dict[str, str]:
    """Return `server.properties` of one broker that is a controller too.

    `controllers` gives each node's controller port, this one's included; internal topics are
    replicated as far as there are nodes, up to three.
    """
    replicas = str(min(len(controllers), MAX_REPLICATION))
    in_sync = str(max(1, int(replicas) - 1))
    return {
        "process.roles": "broker,controller",
        "node.id": str(place.node_id),
        "listeners": place.listeners(),
        "advertised.listeners": place.advertised(),
        "listener.security.protocol.map": (
            "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,DETOUR:PLAINTEXT"
        ),
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        # Named here and not in the log of the quorum, so that a stack may come back with other
        # ports than it had.
        "controller.quorum.voters": ",".join(
            f"{node_id}@{HOST}:{port}" for node_id, port in controllers.items()
        ),
        "log.dirs": str(place.data),
        # A killed broker may come back only when its old session has ended: in 3 s, not 9.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        # A topic that is told to forget does so within seconds, not minutes.
        "log.initial.task.delay.ms": "1000",
        "log.retention.check.interval.ms": "1000",
        "group.initial.rebalance.delay.ms": "0",
        # A killed consumer is replaced within seconds in the tests.
        "group.min.session.timeout.ms": "1000",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        # Many small topics: the defaults give each partition two indexes of 10 MB, and the
        # cleaner a quarter of our heap.
        "log.index.size.max.bytes": str(256 * 1024),
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
    }


def render_properties(properties: Mapping[str, str]) -> str:
    """Return a Java properties file; only a backslash needs care in values like ours."""
    lines = (f"{name}={value.replace(chr(92), chr(92) * 2)}" for name, value in properties.items())
    return "\n".join(lines) + "\n"


def known_brokers(bootstrap: str, cluster_id: str) -> frozenset[int]:
    """Return which brokers the one at this address knows: none if it gives no answer.

    It knows none of ours either if it is of another cluster than this.
    """
    admin = AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100,
            "log_level": 0,
        }
    )
    try:
        metadata = admin.list_topics(timeout=_PROBE_SECONDS)
    except KafkaException:
        return frozenset()
    return frozenset(metadata.brokers) if metadata.cluster_id == cluster_id else frozenset()


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker below one directory. `jars` holds what the committed list names."""

    directory: Path
    jars: Path

    @property
    def log(self) -> Path:
        """What Java and Kafka print."""
        return self.directory / "kafka.log"

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    @property
    def data(self) -> Path:
        """Where the broker keeps its logs."""
        return self.directory / "data"

    def configure(self, place: BrokerPlace, controllers: Mapping[int, int]) -> None:
        """Write the broker's properties; `controllers` gives each node's controller port."""
        self.directory.mkdir(parents=True, exist_ok=True)
        properties = broker_properties(place, controllers)
        self._properties.write_text(render_properties(properties), "utf-8")

    def format(self, cluster_id: str) -> None:
        """Make empty storage for a new cluster, throwing away what a broken try left."""
        shutil.rmtree(self.data, ignore_errors=True)
        arguments = ("format", "-t", cluster_id, "-c", str(self._properties))
        exit_code = processes.run(
            self._java("kafka.tools.StorageTool", *arguments), FORMAT_LIMIT_SECONDS
        )
        if exit_code != 0:
            raise died("Kafka's storage tool", self.log)

    def launch(self) -> ProcessIdentity:
        """Start the broker, without waiting until it answers."""
        self.log.write_bytes(b"")
        return processes.spawn(self._java("kafka.Kafka", str(self._properties)))

    def stop(self, process: ProcessIdentity) -> bool:
        """Let the broker close its logs and end; return whether it did without SIGKILL."""
        return processes.stop(process, signal.SIGTERM, STOP_LIMIT_SECONDS)

    def _java(self, main_class: str, *arguments: str) -> Command:
        configuration = Path(__file__).parent / "log4j2.xml"
        return Command(
            arguments=(
                str(wheels.java()),
                _HEAP_FLAG,
                *_JVM_FLAGS,
                f"-Djava.io.tmpdir={self.directory}",
                f"-Dlog4j2.configurationFile={configuration.as_uri()}",
                "-cp",
                class_path(self.jars),
                main_class,
                *arguments,
            ),
            directory=self.directory,
            environment={"LANG": "C.UTF-8", "TZ": "UTC"},
            log=self.log,
        )
