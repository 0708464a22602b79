"""Random and mutated bytes through the real hhs-intake: what is good is applied, all else parked.

`make fuzz RECORDS=100000` sends more of them than `make test` does.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from bus.local.waiting import wait_until
from bus.settings import Settings
from bus.topic_admin import create_topics
from bus.topics import catalogue
from tests.chaos.auditing import audit
from tests.chaos.bad_records import BAD_KINDS, MARKER, good_record, mutated, produce
from tests.integration.processes import Victim

RECORDS = int(os.environ.get("BUS_FUZZ_RECORDS", "2000"))
ODD_SHARE = 0.1
CHUNK = 2000
MEMORY_LIMIT_BYTES = 200 * 1024 * 1024  # what a process of the bus may take at most
LIMIT_SECONDS = 60 + RECORDS / 200  # far slower than it is: a limit, not a measure

PASSED = "SELECT sum(next_offset) FROM hhs.consumer_position WHERE topic = 'dhs.custody-event.v1'"
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Sent:
    """What was sent: ids of good records, keys of those that are bad for certain, and the number.

    `secrets` are ids that stand in keys, and may stand in no log.
    """

    good: set[UUID] = field(default_factory=set)
    bad_keys: set[bytes | None] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    count: int = 0


@pytest.fixture
def settings(bootstrap: str, database_url: str, topic_prefix: str) -> Settings:
    """Give a bus of this test's own."""
    settings = Settings(
        bootstrap=bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        session_timeout=1.5,
        backoff_limit=0.2,
    )
    create_topics(bootstrap, settings.names, list(catalogue().values()))
    return settings


@pytest.fixture
def intake(settings: Settings, tmp_path: Path) -> Iterator[Victim]:
    """Give the real service, at work."""
    intake = Victim(settings, tmp_path / "intake.log", "hhs-intake")
    intake.await_ready()
    yield intake
    intake.end()


@pytest.mark.promise("P2")
@pytest.mark.promise("P5")
@pytest.mark.promise("P9")
@pytest.mark.timeout(60 + 2 * LIMIT_SECONDS)
def test_whatever_the_bytes_are_good_records_are_applied_and_bad_ones_parked(
    settings: Settings, intake: Victim
) -> None:
    chance = random.Random(random.getrandbits(32))

    sent = send(settings, chance)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:

        def passed() -> object:
            return connection.execute(PASSED).fetchone()

        reached = wait_until(lambda: passed() == (sent.count,), LIMIT_SECONDS)
        assert reached, f"{sent.count} sent, {passed()} passed: {intake.readiness()}"
        applied = {row[0] for row in connection.execute("SELECT event_id FROM hhs.custody_event")}
        letters = connection.execute("SELECT key, reason FROM hhs.dead_letter").fetchall()
    told = audit(settings)

    assert sent.good <= applied
    assert sent.bad_keys <= {key for key, _ in letters}
    assert all(re.fullmatch("[A-Z_]+", reason) for _, reason in letters)
    assert told["is_sound"], told["faults"]
    assert intake.process.poll() is None
    assert peak_memory_bytes(intake) < MEMORY_LIMIT_BYTES
    assert MARKER not in intake.log
    assert not sent.secrets & set(UUIDS.findall(intake.log))


def send(settings: Settings, chance: random.Random) -> Sent:
    """Send the records in random order: one in ten is bad for certain, or mutated."""
    sent = Sent()
    while sent.count < RECORDS:
        count = min(CHUNK, RECORDS - sent.count)
        odd = int(count * ODD_SHARE)
        good = [good_record(chance) for _ in range(count - odd)]
        bad = [chance.choice(BAD_KINDS)(chance) for _ in range(odd // 2)]
        unknown = [mutated(chance) for _ in range(odd - len(bad))]
        records = [*good, *bad, *unknown]
        produce(settings, chance.sample(records, len(records)))
        sent.count += count
        sent.good |= {record.event_id for record in good}
        sent.bad_keys |= {record.key for record in bad}
        sent.secrets |= {record.key.decode() for record in good if record.key}
    return sent


def peak_memory_bytes(service: Victim) -> int:
    """Return the most memory that the process ever had resident."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) * 1024
