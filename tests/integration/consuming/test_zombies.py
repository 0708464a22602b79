"""A worker that was stopped past its session believes in its partitions, and may write nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bus.settings import Settings
from bus.storage.connections import connect
from tests.integration.consuming.harness import Bench
from tests.integration.processes import Victim
from tests.records import custody_record

Start = Callable[[], Victim]

WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts `hhs-intake` as a process; all are ended afterwards."""
    running: list[Victim] = []

    def start_one() -> Victim:
        log = tmp_path / f"service-{len(running)}.log"
        running.append(Victim(settings, log, "hhs-intake"))
        return running[-1]

    yield start_one
    for process in running:
        process.end()


@pytest.mark.promise("P3")
async def test_a_frozen_worker_that_wakes_up_writes_nothing(
    intake_bench: Bench, start: Start
) -> None:
    bench = intake_bench
    zombie = start()
    zombie.await_ready()
    await bench.produce([custody_record() for _ in range(200)])
    await bench.until("SELECT count(*) FROM custody_event", 200)
    zombie.freeze()
    await bench.produce([custody_record() for _ in range(200)])

    heir = start()
    await bench.until("SELECT count(*) FROM custody_event", 400)
    zombie.thaw()
    await bench.produce([custody_record() for _ in range(200)])
    await bench.until("SELECT count(*) FROM custody_event", 600)
    heir.await_ready()

    assert await bench.count("inbox") == 600
    assert await bench.count("duplicate") == 0
    assert await bench.count("dead_letter") == 0


@pytest.mark.promise("P3")
async def test_a_worker_frozen_inside_its_transaction_does_not_hold_up_its_heir(
    intake_bench: Bench, start: Start
) -> None:
    bench = intake_bench
    zombie = start()
    zombie.await_ready()
    blocker = await connect(bench.settings.database_url, "hhs")
    async with blocker, blocker.transaction():
        await blocker.execute("LOCK TABLE custody_event IN EXCLUSIVE MODE")
        await bench.produce([custody_record() for _ in range(50)])
        await bench.until(WAITING_FOR_A_LOCK, 1)
        zombie.freeze()
    heir = start()
    await bench.until("SELECT count(*) FROM custody_event", 50)
    zombie.thaw()
    heir.await_ready()

    assert await bench.count("inbox") == 50
    assert await bench.count("duplicate") == 0


async def test_a_worker_that_is_told_to_stop_leaves_within_five_seconds(
    intake_bench: Bench, start: Start
) -> None:
    service = start()
    service.await_ready()
    await intake_bench.produce([custody_record() for _ in range(500)])

    code = service.stop(limit_seconds=5.0)

    assert code == 0
    assert "bus.stopped" in service.log
