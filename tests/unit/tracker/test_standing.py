"""What was derived last is the answer of now, until time alone changes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.notices.clearance import Clearance, derive, judge
from bus.notices.facts import AnyFact, DeadLetterFact
from bus.notices.history import History
from bus.notices.payloads import state_of
from bus.notices.schedule import INSTANT
from bus.storage.connections import Connection
from bus.topics import CLEARANCE
from bus.tracker.drafts import bounded_clearance
from bus.tracker.known import newest
from bus.tracker.standing import Standing, put_standings, read_standing
from tests.unit.notices import stories
from tests.unit.notices.stories import POLICY, TEXT_B, day
from tests.unit.notices.strategies import MOMENTS, NEWER, histories, moments, mostly

SCHEMA = packaged().latest(CLEARANCE.schema)


DAYS_TO_COME = [day(each) for each in range(36, 58)]

days_to_come = st.sampled_from([38, 42, 44, 46, 48, 52])
seldom_ends = st.sampled_from([None, None, None, 42, 52])


@st.composite
def turns(draw: st.DrawFn) -> list[AnyFact]:
    """Something that the record says today, and that changes the state on a day to come."""
    on, later = draw(days_to_come), draw(days_to_come)
    stayed = stories.stay(on)
    update = stories.notice(recorded=3, revision=2, effective=on, text=TEXT_B)
    return draw(
        st.sampled_from(
            [
                [stories.cancel(on)],
                [stayed],
                [stayed, stories.lift(stayed, later)],
                [stories.notice(policy_id=NEWER, supersedes=POLICY, recorded=3, effective=on)],
                [update],
                [update, stories.receipt(update, recorded=4), *stories.both_accept(text=TEXT_B)],
            ]
        )
    )


@st.composite
def with_turns(draw: st.DrawFn) -> list[AnyFact]:
    """The history of a policy that time will change, once or more."""
    first = stories.notice(
        effective=draw(days_to_come),
        expires=draw(seldom_ends),
        emergency_ends=draw(seldom_ends),
    )
    answered = [each for each in stories.both_accept() if draw(mostly)]
    happens = draw(st.lists(turns(), max_size=2))
    return [first, stories.receipt(first), *answered, *chain.from_iterable(happens)]


class OneRow:
    """Keeps the row of one policy, as the table does."""

    def __init__(self) -> None:
        self.row: tuple[Any, ...] | None = None

    async def execute(self, _: str, parameters: Sequence[Any]) -> OneRow:
        if len(parameters) > 1:
            _, at, known_at, changes_at, state, scope, *_ = (column[0] for column in parameters)
            plain_scope = None if scope is None else json.loads(scope)
            self.row = (at, known_at, changes_at, json.loads(state), plain_scope)
        return self

    async def fetchone(self) -> tuple[Any, ...] | None:
        return self.row


async def stored(state: Clearance) -> Connection:
    connection = cast("Connection", OneRow())
    payload = bounded_clearance(state, version=1, positions=[])
    plain = cast("Mapping[str, Any]", to_plain(SCHEMA, payload))
    await put_standings(connection, [Standing(state, state_of(plain))])
    return connection


async def answers(facts: list[AnyFact], derived_at: datetime) -> None:
    """Compare the quick answers with fresh ones, deriving anew only where there is no quick one."""
    history = History.of(facts)
    judgement = judge(POLICY, history, newest(facts, derived_at))
    connection = await stored(judgement.at(derived_at))
    turning = judgement.turning_points
    asked = {*map(day, MOMENTS), *DAYS_TO_COME, *turning, *(each - INSTANT for each in turning)}
    for now in sorted(asked):
        fresh = derive(POLICY, history, at=now, known_at=newest(facts, now))
        quick = await read_standing(connection, POLICY, now)
        if quick is not None:
            assert quick == replace(fresh, seats=())
        elif now > derived_at:
            connection = await stored(fresh)


def recorded_by(moment: datetime, facts: list[AnyFact]) -> list[AnyFact]:
    """Return what a store holds at that moment: of a dead letter, no end that is yet to come."""
    known = [fact for fact in facts if fact.recorded_at <= moment]
    return [
        replace(fact, closed_at=None)
        if isinstance(fact, DeadLetterFact) and not fact.is_closed(moment)
        else fact
        for fact in known
    ]


@pytest.mark.promise("P1")
@given(facts=with_turns(), derived_at=moments)
@settings(max_examples=100, deadline=None)
def test_what_was_derived_last_answers_like_a_fresh_derivation_until_time_changes_it(
    facts: list[AnyFact], derived_at: float
) -> None:
    asyncio.run(answers(recorded_by(day(derived_at), facts), day(derived_at)))


@pytest.mark.promise("P1")
@given(facts=histories(), derived_at=moments)
@settings(max_examples=50, deadline=None)
def test_it_does_so_whatever_else_is_on_record(facts: list[AnyFact], derived_at: float) -> None:
    asyncio.run(answers(recorded_by(day(derived_at), facts), day(derived_at)))


@pytest.mark.promise("P1")
@given(facts=histories(), derived_at=moments)
@settings(max_examples=30, deadline=None)
def test_it_does_so_where_the_logs_clock_is_ahead_of_the_trackers(
    facts: list[AnyFact], derived_at: float
) -> None:
    asyncio.run(answers(facts, day(derived_at)))
