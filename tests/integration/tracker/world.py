"""The whole path, really running: services in a thread, and what a test does to them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import psycopg
from aiokafka import AIOKafkaProducer

from bus.cli.app import run
from bus.codec.schemas import packaged
from bus.events import Draft, Mode
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.services import Service, ServiceContext, load_services
from bus.settings import Settings
from bus.storage.connections import connect, session_options
from bus.topic_admin import create_topics
from bus.topics import catalogue
from tests.records import RawRecord

LIMIT_SECONDS = 20.0
INTAKE = "hhs.orr.intake"
DIRECTOR = "hhs.orr.director"


def new_policy(agency: str = "doj") -> str:
    """Return the id of a policy of this test's own."""
    return f"{agency}/2026/p-{uuid4().hex[:12]}"


def notice_data(policy_id: str, *, days: float = 60, **changes: object) -> dict[str, Any]:
    """Return a sound notice's payload that takes effect in so many days."""
    schema = packaged().latest("interagency.notice.PolicyNotice")
    data: dict[str, Any] = {field["name"]: None for field in schema.definition["fields"]}
    agency = policy_id.partition("/")[0]
    data |= {
        "policy_id": policy_id,
        "revision": 1,
        "mode": "ACTUAL",
        "stage": "FINAL",
        "instrument": "MEMORANDUM",
        "title": "Referral of family-unit adults",
        "contacts": [],
        "issuing_office": f"{agency}.oag",
        "disclosure": "FULL",
        "scope": {"sectors": [], "event_kinds": [], "separation_reasons": []},
        "effective_at": datetime.now(UTC) + timedelta(days=days),
        "effective_time_zone": "America/New_York",
        "addressees": [{"office": INTAKE, "required": True}],
        "drafted_by": {"role": "drafter", "id": "d-1"},
        "approved_by": {"role": "approver", "id": "a-2"},
    }
    return data | changes


def acknowledgement_data(
    policy_id: str, digest: str, *, office: str = INTAKE, number: int = 1, **changes: object
) -> dict[str, Any]:
    """Return an acceptance's payload."""
    schema = packaged().latest("interagency.notice.Acknowledgement")
    data: dict[str, Any] = {field["name"]: None for field in schema.definition["fields"]}
    data |= {
        "policy_id": policy_id,
        "revision": 1,
        "material_digest": digest,
        "office": office,
        "officer": {"role": "duty-officer", "id": f"{office}-17"},
        "decision_no": number,
        "decision": "ACCEPT",
        "conditions": [],
        "waives_lead_time": False,
        "text_read": "READ",
        "mode": "ACTUAL",
    }
    return data | changes


@dataclass(frozen=True)
class World:
    """Topics and a database of one's own, and the services that are running on them."""

    settings: Settings

    def prepare(self) -> None:
        """Create every topic."""
        create_topics(self.settings.bootstrap, self.settings.names, list(catalogue().values()))

    @contextmanager
    def serving(self, *names: str) -> Iterator[list[Service]]:
        """Run services in a thread of their own until the block ends."""
        running = ServiceThread(self.settings, names)
        running.start()
        try:
            yield running.services
        finally:
            running.stop()

    def publish(self, topic: str, data: dict[str, Any], mode: Mode | None = None) -> Published:
        """Publish one event through the outbox of the topic's owner."""
        draft = Draft(topic=topic, data=data, mode=mode or Mode(data.get("mode") or "ACTUAL"))
        return asyncio.run(self._publish(topic.partition(".")[0], draft))

    async def _publish(self, owner: str, draft: Draft) -> Published:
        outbox = Outbox(owner, self.settings.clock(), packaged())
        connection = await connect(self.settings.database_url, owner)
        async with connection, connection.transaction():
            return (await outbox.publish(connection, [draft]))[0]

    def announce(self, policy_id: str, **changes: object) -> Published:
        """Publish a notice."""
        data = notice_data(policy_id, **changes)  # type: ignore[arg-type]
        return self.publish(f"{policy_id[:3]}.policy-notice.v1", data)

    def accept(self, policy_id: str, *, office: str = INTAKE, **changes: object) -> Published:
        """Publish an acceptance of the text that the tracker knows."""
        digest = str(self.state(policy_id)["material_digest"])
        data = acknowledgement_data(policy_id, digest, office=office, **changes)  # type: ignore[arg-type]
        return self.publish("hhs.acknowledgement.v1", data)

    def coordinate(
        self, policy_id: str, kind: str, *, office: str = "doj.oag", **body: object
    ) -> Published:
        """Publish what an office says about a policy beside notices and decisions."""
        schema = packaged().latest("interagency.notice.Coordination")
        data: dict[str, Any] = {field["name"]: None for field in schema.definition["fields"]}
        data |= {
            "coordination_id": str(uuid4()),
            "policy_id": policy_id,
            "office": office,
            "officer": {"role": "coordinator", "id": "c-5"},
            "mode": "ACTUAL",
            "kind": kind,
        }
        return self.publish(f"{office[:3]}.coordination.v1", data | body)

    def produce(self, records: Iterable[RawRecord], partition: int | None = None) -> None:
        """Append raw records, in order."""
        asyncio.run(self._produce(list(records), partition))

    async def _produce(self, records: Sequence[RawRecord], partition: int | None) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap, acks="all")
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(
                    self.settings.names.on_broker(record.topic),
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=partition,
                )
        finally:
            await producer.stop()

    def query(self, statement: str, *values: object, owner: str = "bus") -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        url, options = self.settings.database_url, session_options(owner)
        with psycopg.connect(url, autocommit=True, options=options) as connection:
            return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]

    def until(
        self, statement: str, expected: object, *values: object, limit: float = LIMIT_SECONDS
    ) -> None:
        """Wait until a query's single value is as expected; fail with what it was last."""
        deadline = time.monotonic() + limit
        url, options = self.settings.database_url, session_options("bus")
        with psycopg.connect(url, autocommit=True, options=options) as connection:
            while True:
                row = connection.execute(statement, values).fetchone()  # type: ignore[arg-type]
                found = row[0] if row else None
                if found == expected:
                    return
                assert time.monotonic() < deadline, f"{statement}: {found!r}, not {expected!r}"
                time.sleep(0.02)

    def state(self, policy_id: str) -> dict[str, Any]:
        """Return the newest clearance that the tracker has told."""
        rows = self.query(
            "SELECT state FROM clearance_state WHERE policy_id = %s ORDER BY version DESC LIMIT 1",
            policy_id,
        )
        return rows[0][0] if rows else {}

    def until_state(self, policy_id: str, **expected: object) -> dict[str, Any]:
        """Wait until the newest clearance has these values; return it."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            state = self.state(policy_id)
            if all(state.get(name) == value for name, value in expected.items()) and state:
                return state
            assert time.monotonic() < deadline, f"{policy_id}: {state}, not {expected}"
            time.sleep(0.02)

    def findings(self, policy_id: str) -> list[tuple[str, str, int, str]]:
        """Return kind, mode, version and state of each finding about the policy."""
        return self.query(
            "SELECT kind, mode, version, state FROM finding WHERE policy_id = %s ORDER BY kind",
            policy_id,
        )

    def told(self, content: str, policy_id: str) -> int:
        """Return how many clearances or findings of the policy are in the outbox."""
        rows = self.query(
            "SELECT headers FROM outbox JOIN outbox_stream USING (stream_id)"
            " WHERE topic = %s AND position(%s::bytea in value) > 0",
            f"bus.{content}.v1",
            policy_id.encode(),
        )
        return len(rows)

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of a command on this bus."""
        return {
            **os.environ,
            "BUS_BOOTSTRAP": self.settings.bootstrap,
            "BUS_DATABASE_URL": self.settings.database_url,
            "BUS_TOPIC_PREFIX": self.settings.topic_prefix,
            **changes,
        }

    def bus(self, *arguments: str, **changes: str) -> Outcome:
        """Run a command within this process, which starts no interpreter for it."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment(**changes)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(arguments)
        return Outcome(code, out.getvalue(), err.getvalue())

    def shell(self, *arguments: str, **changes: str) -> Outcome:
        """Run a command as a process of its own."""
        program = [sys.executable, "-c", "from bus.cli import main; main()", *arguments]
        done = subprocess.run(
            program,
            env=self.environment(**changes),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class ServiceThread:
    """Services on an event loop in a thread, as `bus serve` runs them in a process."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self._settings = settings
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.services: list[Service] = []

    def start(self) -> None:
        """Start, and wait until every service says that it does its work."""
        self._thread.start()
        assert self._started.wait(10)
        deadline = time.monotonic() + LIMIT_SECONDS
        while unready := [reason for each in self.services for reason in each.unready()]:
            assert time.monotonic() < deadline, unready
            time.sleep(0.02)

    def stop(self) -> None:
        """Tell the services to stop, and wait until they have."""
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(15)
        assert not self._thread.is_alive()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        context = ServiceContext(self._settings, self._settings.clock(), packaged())
        self._stopping = asyncio.Event()
        self.services = load_services(self._names, context)
        self._started.set()
        try:
            await asyncio.gather(*(each.run(self._stopping) for each in self.services))
        finally:
            for database in context.databases.values():
                await database.close()
