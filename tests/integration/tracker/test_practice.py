"""A change of practice on a real database: counted with each batch, judged by the scheduler."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest

from bus.events import Event
from bus.notices.practice import REFERENCE_DAYS
from tests.integration.tracker.direct import event_at
from tests.integration.tracker.due_world import DueWorld
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


@pytest.fixture
async def old_practice(database_url: str) -> DueWorld:
    """Give a tracker that has read a whole reference window without a referral."""
    world = DueWorld(database_url, new_policy())
    await world.read(*days(range(REFERENCE_DAYS), referred=0))
    return world


async def test_a_shift_is_told_once_when_the_day_is_over_and_again_only_after_it_was_resolved(
    old_practice: DueWorld,
) -> None:
    world, query = old_practice, old_practice.reader.query
    await world.at(99)
    await world.read(*days(range(90, 100), referred=4))
    await world.at(99)
    assert await query(SHOWN) == []

    for day in (100, 100, 101):
        await world.at(day)

    assert await query(SHOWN) == [(REFERRED, "dhs", 1, "OPEN")]
    assert await world.published("bus.finding.v1") == 1

    ((told,),) = await query("SELECT finding_id FROM finding")
    body = {"of": str(told), "outcome": "RESOLVED", "reference": "memo 7"}
    closing = said(101, kind="DISPOSITION", body=body, office="dhs.plcy")
    await world.read(closing, *days(range(101, 110), referred=4))
    for day in (110, 111):
        await world.at(day)

    assert sorted(await query(SHOWN)) == [
        (REFERRED, "dhs", 1, "OPEN"),
        (REFERRED, "dhs", 2, "RESOLVED"),
    ]


async def test_an_announced_policy_in_scope_explains_a_shift_while_it_is_in_force(
    old_practice: DueWorld,
) -> None:
    world, query = old_practice, old_practice.reader.query
    for each in announced(from_day=90, to_day=110):
        await world.read(each)
    await world.read(*days(range(90, 120), referred=4))
    await world.at(110)
    explained = await query(SHOWN)

    await world.at(120)

    assert explained == []
    assert await query(SHOWN) == [(REFERRED, "dhs", 1, "OPEN")]
    ((opened,),) = await query("SELECT opened_at FROM finding WHERE kind = 'PRACTICE_SHIFT'")
    assert opened > MOMENT + timedelta(days=111)  # type: ignore[operator]


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
async def test_a_batch_that_is_rolled_back_counts_nothing(old_practice: DueWorld) -> None:
    counted = "SELECT sum(events) FROM practice_day"
    before = await old_practice.reader.query(counted)

    with pytest.raises(RuntimeError, match="lost"):
        async with old_practice.reader.reading(*days([100], referred=4)):
            raise RuntimeError("the connection is lost")

    assert await old_practice.reader.query(counted) == before


@pytest.mark.promise("P3")
async def test_trackers_that_judge_at_the_same_time_tell_a_shift_once(
    old_practice: DueWorld,
) -> None:
    await old_practice.read(*days(range(90, 100), referred=4))

    await asyncio.gather(*(old_practice.at(100) for _ in range(3)))

    assert await old_practice.published("bus.finding.v1") == 1
