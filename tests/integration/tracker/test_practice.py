"""A change of practice on a real database: counted with each batch, judged once a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest

from bus.events import Event
from bus.notices.practice import REFERENCE_DAYS
from tests.integration.tracker.direct import FixedClock, Reader, event_at
from tests.integration.tracker.test_finding_life import said
from tests.integration.tracker.test_order import digest_of, receipt_of
from tests.integration.tracker.world import (
    DIRECTOR,
    INTAKE,
    acknowledgement_data,
    new_policy,
    notice_data,
)
from tests.records import MOMENT, custody_data, raw_record

REFERRED = "REFERRED_FOR_PROSECUTION"
ADULTS = 6
SHOWN = "SELECT reason, office, version, state FROM finding WHERE kind = 'PRACTICE_SHIFT'"

_offsets = count()


def of_an_adult(kind: str, day: int) -> Event:
    data = custody_data(
        event_kind=kind,
        sector="El Paso",
        subject={"role": "PARENT"},
        occurred_at=MOMENT + timedelta(days=day),
        basis={"kind": "INDIVIDUAL_DETERMINATION", "ground": "RECORD"},
    )
    raw = raw_record(data, source=f"dhs.e3/{uuid4()}")
    return event_at(raw, MOMENT + timedelta(days=day), offset=next(_offsets))


def days(numbers: Iterable[int], *, referred: int) -> list[Event]:
    return [
        of_an_adult(kind, day)
        for day in numbers
        for kind in ("APPREHENDED",) * ADULTS + (REFERRED,) * referred
    ]


async def judged(reader: Reader, day: int, *events: Event) -> None:
    """Let a batch come on this day: those before it are over."""
    reader.clock = FixedClock(MOMENT + timedelta(days=day))
    await reader.read(events or [of_an_adult("BOOKED", day)])


async def test_a_shift_is_told_the_day_after_it_shows_and_again_only_after_it_was_resolved(
    database_url: str,
) -> None:
    reader = Reader(database_url, FixedClock(MOMENT))
    await reader.read(days(range(REFERENCE_DAYS), referred=0))
    shift = days(range(90, 100), referred=4)
    await judged(reader, 99, *shift)
    assert await reader.query(SHOWN) == []

    await judged(reader, 100)
    await judged(reader, 100)
    await judged(reader, 101)

    assert await reader.query(SHOWN) == [(REFERRED, "dhs", 1, "OPEN")]
    told = [each.data for each in reader.told if each.data.get("kind") == "PRACTICE_SHIFT"]
    assert len(told) == 1

    body = {"of": str(told[0]["finding_id"]), "outcome": "RESOLVED", "reference": "memo 7"}
    closing = said(101, kind="DISPOSITION", body=body, office="dhs.plcy")
    await judged(reader, 101, closing, *days(range(101, 110), referred=4))
    await judged(reader, 110)

    assert sorted(await reader.query(SHOWN)) == [
        (REFERRED, "dhs", 1, "OPEN"),
        (REFERRED, "dhs", 2, "RESOLVED"),
    ]
    await judged(reader, 111)
    assert len(await reader.query(SHOWN)) == 2


async def test_an_announced_policy_in_scope_explains_a_shift_while_it_is_in_force(
    database_url: str,
) -> None:
    reader = Reader(database_url, FixedClock(MOMENT))
    await reader.read(days(range(REFERENCE_DAYS), referred=0))
    await reader.read(*([each] for each in announced(from_day=90, to_day=110)))
    await judged(reader, 109, *days(range(90, 109), referred=4))
    await judged(reader, 110)
    explained = await reader.query(SHOWN)

    await judged(reader, 120, *days(range(109, 120), referred=4))

    assert explained == []
    await judged(reader, 121)
    assert await reader.query(SHOWN) == [(REFERRED, "dhs", 1, "OPEN")]
    (opened,) = await reader.query("SELECT opened_at FROM finding WHERE kind = 'PRACTICE_SHIFT'")
    assert opened[0] > MOMENT + timedelta(days=111)


def announced(*, from_day: int, to_day: int) -> list[Event]:
    """Return a policy that both offices accept on its first day, whose days these are."""
    policy = new_policy()
    scope = {"sectors": ["El Paso"], "event_kinds": [REFERRED], "separation_reasons": []}
    data = notice_data(
        policy,
        scope=scope,
        effective_at=MOMENT + timedelta(days=from_day),
        expires_at=MOMENT + timedelta(days=to_day),
    )
    text = raw_record(data, topic="doj.policy-notice.v1", source="doj/store")
    accepts = [
        raw_record(
            acknowledgement_data(policy, digest_of(data), office=office),
            topic="hhs.acknowledgement.v1",
            source="hhs/store",
        )
        for office in (INTAKE, DIRECTOR)
    ]
    return [
        event_at(each, MOMENT, offset=number)
        for number, each in enumerate([text, receipt_of(text), *accepts])
    ]


@pytest.mark.promise("P3")
async def test_a_batch_that_is_rolled_back_counts_nothing_and_loses_no_day(
    database_url: str,
) -> None:
    reader = Reader(database_url, FixedClock(MOMENT))
    await reader.read(days(range(REFERENCE_DAYS), referred=0))
    await reader.read(days(range(90, 100), referred=4))
    counted = "SELECT sum(events) FROM practice_day"
    before = await reader.query(counted)
    reader.clock = FixedClock(MOMENT + timedelta(days=100))

    with pytest.raises(RuntimeError, match="lost"):
        async with reader.reading(*days([100], referred=4)):
            raise RuntimeError("the connection is lost")

    assert await reader.query(counted) == before
    await reader.read(days([100], referred=0))
    assert await reader.query(SHOWN) == [(REFERRED, "dhs", 1, "OPEN")]
    assert await reader.query("SELECT count(*) FROM practice_shift") == [(1,)]
