"""Which look at the log an answer rests on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bus.gate import service
from bus.gate.service import GateService
from bus.notices.gate import Verdict
from bus.services import ServiceContext
from bus.tracker.asking import Lag, Question

BEHIND = Lag(datetime.now(UTC), timedelta(seconds=60))


class OneSession:
    """A database with nothing in it."""

    @asynccontextmanager
    async def session(self) -> AsyncIterator[None]:
        yield


@pytest.mark.promise("P1")
def test_an_answer_rests_on_a_look_from_before_the_facts_were_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a tracker that catches up in between makes facts look fresh that it had not read."""
    context = SimpleNamespace(
        database=lambda _: OneSession(),
        settings=SimpleNamespace(freshness_limit=10.0),
        clock=SimpleNamespace(now=lambda: datetime.now(UTC)),
        schemas=None,
    )
    gate = GateService(cast("ServiceContext", context))
    looks = [BEHIND]
    monkeypatch.setattr(gate, "_watch", SimpleNamespace(lag=lambda _: looks[-1]))

    async def read(*_: Any) -> None:
        looks.append(Lag(datetime.now(UTC), timedelta(0)))

    async def answer(*given: Any) -> SimpleNamespace:
        lag = next(each for each in given if isinstance(each, Lag))
        return SimpleNamespace(lag=lag, answer=SimpleNamespace(verdict=Verdict.NOT_CLEAR))

    monkeypatch.setattr(service, "read_current", read)
    monkeypatch.setattr(service, "answer_and_record", answer)

    given = asyncio.run(gate.ask(Question("doj/2018/zero-tolerance")))

    assert cast("SimpleNamespace", given).lag == BEHIND
