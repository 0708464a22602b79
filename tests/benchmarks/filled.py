"""A database that holds years of events: what is stored must not slow down what comes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.benchmarks.contenders import Load, Ours
from tests.benchmarks.ground import Ground
from tests.benchmarks.rounds import Measurement, watch

CHUNK_ROWS = 500_000
SESSIONS = 2

# Event ids in the order of the past year; a family has five events.
FILL = """
WITH made AS (
    SELECT number,
        uuidv7(-make_interval(secs => (1 - number::float8 / %(rows)s) * 31e6)) AS event_id
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
), received AS (
    INSERT INTO hhs.inbox (group_name, event_id, account_id, kafka_offset, digest)
    SELECT 'hhs-intake', event_id, 0, number, sha256(int8send(number)) FROM made
)
INSERT INTO hhs.custody_event (
    event_id, source, sequence, mode, mode_is_sound, event_kind, family_group_id, subject_id,
    agency, occurred_at, recorded_at, details)
SELECT event_id, 'dhs.e3/00000000-0000-7000-8000-000000000000', number, 'ACTUAL', true,
    'APPREHENDED', md5((number / 5)::text)::uuid, md5('subject ' || number)::uuid, 'dhs.cbp.usbp',
    now(), now(),
    '{"subject": {"role": "CHILD", "birth_date": "2011-02-03", "claimed_minor": true,
      "a_number": null, "country": "GTM", "language": "spa"}, "office": "dhs.cbp.usbp",
      "sector": "rgv", "facility": "station-7"}'
FROM made
"""

# For the benchmark's own counting: finds the newest rows without reading the others, and costs
# nothing worth measuring.
NEWEST = "CREATE INDEX ON hhs.custody_event USING brin (written_at)"

# The group begins anew; what it stored stays. A topic recreated under a group is an operator's
# affair, and none of the benchmark's.
FORGET = "DELETE FROM hhs.consumer_position; DELETE FROM hhs.consumer_account"


def fill(url: str, rows: int) -> None:
    """Store so many events, in inbox and table, with the indexes that are always there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("DROP INDEX hhs.custody_event_family")
        with ThreadPoolExecutor(SESSIONS) as pool:
            firsts = range(0, rows, CHUNK_ROWS)
            list(pool.map(lambda first: _fill_chunk(url, rows, first), firsts))
        connection.execute(
            "CREATE INDEX custody_event_family ON hhs.custody_event (family_group_id)"
        )
        connection.execute(NEWEST)
        connection.execute("VACUUM (ANALYZE) hhs.custody_event, hhs.inbox")
        connection.execute("CHECKPOINT")


def _fill_chunk(url: str, rows: int, first: int) -> None:
    last = min(first + CHUNK_ROWS, rows) - 1
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(FILL, {"rows": rows, "first": first, "last": last})


def play_filled(ground: Ground, url: str, load: Load) -> Measurement:
    """Let one worker apply the records into the filled database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FORGET)
    since = time.time()
    contender = Ours("filled")
    return watch(contender.start(ground, url, load), contender.table, url, load, since=since)
