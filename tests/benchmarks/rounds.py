"""One contender, one round: start it on an empty table, wait for the last row, count, measure."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg

from tests.benchmarks.contenders import Contender, Load, Running
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Sampler, Window, Written, window_of

POLL_SECONDS = 0.1
STILL_POLLS = 5
LIMIT_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a round gave: events per second, CPU and memory of the contender's processes."""

    rate: float
    cpu_microseconds: float
    peak_bytes: int


def play(ground: Ground, contender: Contender, load: Load) -> Measurement:
    """Let the contender apply the records, which are there already, into a new database."""
    with ground.database() as url:
        running = contender.start(ground, url, load)
        return watch(running, contender.table, url, load)


def watch(running: Running, table: str, url: str, load: Load, *, since: float = 0.0) -> Measurement:
    """Wait until everything is applied; stop the processes; check the count; measure.

    Rows of transactions before `since` were there before.
    """
    sampler = Sampler(running.pids)
    sampler.start()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            _await_rows(connection, table, load.sound, since, running)
            sampler.stop()
    finally:
        running.stop()
    with psycopg.connect(url, autocommit=True) as connection:
        transactions = _transactions(connection, table, since)
        _check(connection, table, transactions, load, since)
    window = window_of(transactions)
    cpu = sampler.cpu_seconds(window.start, window.end)
    return Measurement(window.rate, _micro(cpu, window), sampler.peak_bytes)


def _await_rows(
    connection: psycopg.Connection,
    table: str,
    expected: int,
    since: float,
    running: Running,
) -> None:
    """Return when so many rows are there.

    They are counted only while the table's size, which costs nothing to ask, stands still.
    """
    deadline = time.monotonic() + LIMIT_SECONDS
    size, still_polls = 0, 0
    while time.monotonic() < deadline:
        running.require_alive()
        grown = int(_ask(connection, f"SELECT pg_relation_size('{table}')"))
        still_polls = still_polls + 1 if grown == size else 0
        size = grown
        if still_polls >= STILL_POLLS and _count(connection, table, since) >= expected:
            return
        time.sleep(POLL_SECONDS)
    found = _count(connection, table, since)
    raise AssertionError(f"{found} of {expected} rows after {LIMIT_SECONDS:.0f} s")


def _transactions(connection: psycopg.Connection, table: str, since: float) -> list[Written]:
    cursor = connection.execute(
        f"SELECT extract(epoch FROM written_at)::float8, count(*) FROM {table}"
        " WHERE written_at >= to_timestamp(%s) GROUP BY 1 ORDER BY 1",
        [since],
    )
    return [Written(*row) for row in cursor.fetchall()]


def _check(
    connection: psycopg.Connection,
    table: str,
    transactions: list[Written],
    load: Load,
    since: float,
) -> None:
    rows = sum(each.rows for each in transactions)
    ids = int(
        _ask(
            connection,
            f"SELECT count(DISTINCT event_id) FROM {table} WHERE written_at >= to_timestamp(%s)",
            since,
        )
    )
    assert rows == ids == load.sound, f"{rows} rows, {ids} ids, {load.sound} events in {table}"
    if load.poison:
        letters = int(_ask(connection, "SELECT count(*) FROM hhs.dead_letter WHERE state = 'OPEN'"))
        assert letters == load.poison, f"{letters} dead letters for {load.poison} bad records"


def _count(connection: psycopg.Connection, table: str, since: float) -> int:
    return int(
        _ask(
            connection, f"SELECT count(*) FROM {table} WHERE written_at >= to_timestamp(%s)", since
        )
    )


def _ask(connection: psycopg.Connection, query: str, *values: object) -> str:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return str(row[0])


def _micro(seconds: float, window: Window) -> float:
    return seconds / window.rows * 1_000_000
