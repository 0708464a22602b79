"""Counts what sectors do, day by day, and tells a shift that no policy explains.

Counting is one statement at the end of a batch. The scheduler judges once a business day, as soon
as it is over in UTC and every notice has been read. All days of the lookback are charted anew, so
an event that comes late is judged with the next day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.events import Event, Mode
from bus.notices.history import History
from bus.notices.life import life_of
from bus.notices.practice import (
    REFERENCE_DAYS,
    STREAMS,
    WATCHED_KINDS,
    Cover,
    DayCount,
    Place,
    Population,
    Shift,
    Stream,
    Told,
    covers_of,
    shifts_of,
)
from bus.storage.connections import Connection
from bus.topics import CUSTODY_EVENT, agency_of, find_topic
from bus.tracker.coordination_store import load_dispositions
from bus.tracker.fact_store import load_policies

LOOKBACK_DAYS = 180
"""A chart's sum forgets what is older."""

UNSTATED = ""
"""Of sectors and reasons. Who stops to state a sector is counted all the same."""

Key = tuple[str, str, date, str, str, str]

ADD = """
INSERT INTO practice_day (agency, sector, day, event_kind, reason, population, events)
SELECT * FROM unnest(
    %b::text[], %b::text[], %b::date[], %b::text[], %b::text[], %b::text[], %b::bigint[])
ON CONFLICT (agency, sector, day, event_kind, reason, population)
DO UPDATE SET events = practice_day.events + excluded.events
"""


async def count_practice(connection: Connection, events: Iterable[Event]) -> None:
    """Add new events to the days' counts.

    Rows are taken in the order of their key, and after every other lock of a batch: nobody waits
    in a circle.
    """
    counted = sorted(counts_by_key(events).items())
    if counted:
        columns = [list(column) for column in zip(*(key for key, _ in counted), strict=True)]
        await connection.execute(ADD, [*columns, [number for _, number in counted]])


def counts_by_key(events: Iterable[Event]) -> Counter[Key]:
    """Return how many of these events are counted, by the key of their row: real ones alone."""
    return Counter(key for event in events if (key := _key_of(event)) is not None)


def _key_of(event: Event) -> Key | None:
    if find_topic(event.topic).content is not CUSTODY_EVENT:
        return None
    data = event.data
    if event.mode is not Mode.ACTUAL or not event.mode_is_sound:
        return None
    subject, separation = data.get("subject"), data.get("separation")
    population = Population.of(subject.get("role") if subject else None)
    if data["event_kind"] not in WATCHED_KINDS or population is Population.OTHER:
        return None
    return (
        agency_of(event.topic),
        data.get("sector") or UNSTATED,
        data["occurred_at"].astimezone(UTC).date(),
        data["event_kind"],
        (separation.get("reason") if separation else None) or UNSTATED,
        population.value,
    )


# Judging

CLAIM_DAY = "UPDATE practice_judged SET day = %(today)s WHERE day < %(today)s RETURNING day"

# Places are found by jumping from one to the next in the key, and of each only the days that count
# are read. Materialized, or the last day of reference would be looked up anew for each row.
COUNTS = """
WITH RECURSIVE place AS (
    (SELECT agency, sector FROM practice_day ORDER BY agency, sector LIMIT 1)
    UNION ALL
    SELECT following.agency, following.sector FROM place, LATERAL (
        SELECT agency, sector FROM practice_day AS p
        WHERE (p.agency, p.sector) > (place.agency, place.sector)
        ORDER BY agency, sector LIMIT 1) AS following
), reference AS MATERIALIZED (
    SELECT agency, sector, (
        SELECT max(day) FROM (
            SELECT DISTINCT day FROM practice_day p
            WHERE (p.agency, p.sector, p.event_kind) = (place.agency, place.sector, 'APPREHENDED')
            ORDER BY day LIMIT %(reference)s) AS first_days) AS last_day
    FROM place
)
SELECT agency, sector, day, event_kind, reason, population, events
FROM reference, LATERAL (
    SELECT day, event_kind, reason, population, events FROM practice_day AS p
    WHERE (p.agency, p.sector) = (reference.agency, reference.sector)
      AND day <= last_day AND day < %(since)s
    UNION ALL
    SELECT day, event_kind, reason, population, events FROM practice_day AS p
    WHERE (p.agency, p.sector) = (reference.agency, reference.sector)
      AND day >= %(since)s AND day < %(today)s) AS counted
ORDER BY agency, sector, day
"""

ANNOUNCED = """
SELECT DISTINCT policy_id FROM clearance_state
WHERE state -> 'announced' = 'true' AND state ->> 'mode' = 'ACTUAL'
"""

TOLD = "SELECT finding_id, agency, sector, stream, day FROM practice_shift"

KEEP = """
INSERT INTO practice_shift (finding_id, agency, sector, stream, day)
SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::date[])
"""

BY_CODE = {stream.code: stream for stream in STREAMS}


@dataclass
class PracticeJudge:
    """Judges each day once, whichever tracker comes first."""

    schemas: SchemaStore
    _judged_on: date = date.min

    def is_due(self, now: datetime) -> bool:
        """Tell whether, as far as this process knows, days before today are to be judged."""
        return self._judged_on < now.astimezone(UTC).date()

    async def new_shifts(self, connection: Connection, now: datetime) -> list[Shift]:
        """Return the shifts to tell; none where the days before today have been judged.

        This process remembers only what it found committed: what is rolled back is judged again.
        """
        today = now.astimezone(UTC).date()
        cursor = await connection.execute(CLAIM_DAY, {"today": today})
        if await cursor.fetchone() is None:
            self._judged_on = today
            return []
        shifts = await find_shifts(connection, today, self.schemas)
        await _keep(connection, shifts)
        return shifts


async def find_shifts(connection: Connection, today: date, schemas: SchemaStore) -> list[Shift]:
    """Return the shifts that the days before today show, that nobody was told and none explains."""
    since = today - timedelta(days=LOOKBACK_DAYS)
    cursor = await connection.execute(
        COUNTS, {"today": today, "since": since, "reference": REFERENCE_DAYS}
    )
    rows = await cursor.fetchall()
    if not rows:
        return []
    told = await _told(connection, schemas)
    days = [since + timedelta(days=number) for number in range(LOOKBACK_DAYS)]
    covers = await _covers(connection, days, schemas)
    return [
        shift
        for place, of_place in groupby(rows, key=lambda row: Place(row[0], row[1]))
        for shift in shifts_of(
            place, [_count_from(*row[2:]) for row in of_place], told.get(place, {}), covers
        )
    ]


def _count_from(day: date, kind: str, reason: str, population: str, events: int) -> DayCount:
    return DayCount(day, kind, reason or None, Population(population), events)


async def _covers(
    connection: Connection, days: Sequence[date], schemas: SchemaStore
) -> list[Cover]:
    """Return on which of these days announced policies were clear."""
    cursor = await connection.execute(ANNOUNCED)
    policies = sorted(row[0] for row in await cursor.fetchall())
    if not policies:
        return []
    history = History.of((await load_policies(connection, policies, schemas)).facts)
    return [cover for each in policies for cover in covers_of(each, history, days)]


async def _told(
    connection: Connection, schemas: SchemaStore
) -> Mapping[Place, Mapping[Stream, Sequence[Told]]]:
    cursor = await connection.execute(TOLD)
    rows = await cursor.fetchall()
    said = await load_dispositions(connection, [row[0] for row in rows], schemas)
    told: dict[Place, dict[Stream, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for finding_id, agency, sector, code, day in rows:
        life = life_of([finding_id], Mode.ACTUAL, agency, said)
        resolved = life.resolved.recorded_at.astimezone(UTC).date() if life.resolved else None
        told[Place(agency, sector)][BY_CODE[code]].append(Told(day, resolved))
    return told


async def _keep(connection: Connection, shifts: Sequence[Shift]) -> None:
    if not shifts:
        return
    ids: list[UUID] = [each.finding.finding_id for each in shifts]
    await connection.execute(
        KEEP,
        [
            ids,
            [each.place.agency for each in shifts],
            [each.place.sector for each in shifts],
            [each.stream.code for each in shifts],
            [each.shown.day for each in shifts],
        ],
    )
