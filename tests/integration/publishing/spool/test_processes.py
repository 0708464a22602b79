"""Programs that work at once, are killed, or lose their power."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from bus.audit.spool import audit_spool
from bus.publishing.spool.relaying import SpoolStore
from tests.integration.publishing.harness import TOPIC, until
from tests.integration.publishing.spool.processes import (
    BATCH,
    hold_lock,
    process,
    publish_and_die,
    publish_on,
)
from tests.integration.publishing.spool.spools import SpoolFile, numbers_up_to

KILLS = 20
ENDLESS = 1_000_000


def own_rows(spool_file: SpoolFile) -> int:
    """Return how many rows of the program's own there are."""
    with spool_file.looked_into() as connection:
        (count,) = connection.execute("SELECT count(*) FROM own").fetchone()
    return int(count)


@pytest.mark.promise("P2")
def test_two_processes_that_begin_at_once_leave_no_hole_and_no_double(
    spool_file: SpoolFile,
) -> None:
    with (
        process(publish_on, spool_file.path, 40) as (one, _),
        process(publish_on, spool_file.path, 40) as (other, _),
    ):
        for each in (one, other):
            each.join(30)
        codes = (one.exitcode, other.exitcode)

    (numbers,) = spool_file.stored().values()
    assert codes == (0, 0)
    assert numbers == numbers_up_to(2 * 40 * BATCH)
    assert spool_file.reasons() == ["it is new"]


@pytest.mark.promise("P2")
def test_a_program_killed_twenty_times_while_it_publishes_loses_no_commit_and_halves_none(
    spool_file: SpoolFile,
) -> None:
    chance = random.Random(20)
    told: list[tuple[str, int]] = []
    for _ in range(KILLS):
        with process(publish_on, spool_file.path, ENDLESS) as (victim, pipe):
            told += pipe.recv()
            time.sleep(chance.uniform(0, 0.01))  # to strike anywhere in a transaction
            victim.kill()
            victim.join()
            while pipe.poll():
                try:
                    told += pipe.recv()
                except EOFError:
                    break

    (after,) = spool_file.publish()
    stored = spool_file.stored()
    streams, faults = audit_spool(spool_file.path, "dhs")
    assert set(stored) == {after.source}
    assert stored[after.source] == numbers_up_to(after.sequence)
    assert {sequence for _, sequence in told} <= set(stored[after.source])
    assert own_rows(spool_file) * BATCH + 1 == after.sequence
    assert (len(streams), faults) == (1, [])


@pytest.mark.promise("P2")
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_commits_that_a_disk_loses_after_all_make_another_store(
    spool_file: SpoolFile, share: float
) -> None:
    with process(publish_on, spool_file.path, 1) as (closing, pipe):
        ((source, _), *_) = pipe.recv()
        closing.join(30)
    with process(publish_and_die, spool_file.path, 20) as (writer, _):
        writer.join(30)
    log = spool_file.path.with_name(spool_file.path.name + "-wal")
    whole = log.read_bytes()

    log.write_bytes(whole[: int(len(whole) * share)])
    (after,) = spool_file.publish()

    stored = spool_file.stored()
    left = stored.pop(source)
    assert stored == {after.source: [1]}
    assert left == numbers_up_to(len(left))
    assert BATCH <= len(left) < 21 * BATCH
    assert own_rows(spool_file) * BATCH == len(left)


@pytest.mark.promise("P2")
def test_a_program_that_dies_without_closing_the_file_loses_nothing(
    spool_file: SpoolFile,
) -> None:
    with process(publish_and_die, spool_file.path, 20) as (writer, _):
        writer.join(30)

    (after,) = spool_file.publish()

    assert spool_file.stored() == {after.source: numbers_up_to(20 * BATCH + 1)}


@pytest.mark.promise("P4")
async def test_a_relays_lock_is_free_as_soon_as_it_is_killed(spool_file: SpoolFile) -> None:
    spool_file.publish()
    store = await SpoolStore.open(spool_file.path, "dhs")
    with process(hold_lock, spool_file.path) as (holder, pipe):
        is_held = pipe.recv()
        while_it_works = await store.try_lock(TOPIC)
        holder.kill()
        holder.join()

        await until(lambda: store.try_lock(TOPIC), limit=5)

    await store.close()
    assert (is_held, while_it_works) == (True, False)


def test_locks_are_apart_for_each_spool(tmp_path: Path) -> None:
    names = ["a.spool", "b.spool"]
    for name in names:
        SpoolFile(tmp_path / name).publish()

    with (
        process(hold_lock, tmp_path / "a.spool") as (_, first),
        process(hold_lock, tmp_path / "b.spool") as (_, second),
    ):
        held = [first.recv(), second.recv()]

    assert held == [True, True]
