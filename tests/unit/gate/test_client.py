"""What those who act take for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bus.errors import UnavailableError
from bus.gate import client
from bus.gate.client import Answer, NotClear, gate
from bus.notices.gate import Act

POLICY = "doj/2018/zero-tolerance"
ACT = Act(sector="El Paso", event_kind="REFERRED_FOR_PROSECUTION")


def said_yes(**changes: object) -> dict[str, Any]:
    now = datetime.now(UTC)
    body: dict[str, object] = {
        "verdict": "CLEAR",
        "policy_id": POLICY,
        "sector": ACT.sector,
        "event_kind": ACT.event_kind,
        "scope": "COVERED",
        "reasons": [],
        "asked_at": now.isoformat(),
        "valid_until": (now + timedelta(seconds=5)).isoformat(),
    }
    return {**body, **changes}


def asked(policy_id: str, answer: Callable[[httpx.Request], httpx.Response]) -> Answer:
    async def ask() -> Answer:
        transport = httpx.MockTransport(answer)
        async with (
            httpx.AsyncClient(transport=transport) as http,
            gate(policy_id, "http://gate", ACT, client=http) as given,
        ):
            return given

    return asyncio.run(ask())


def test_a_yes_to_what_was_asked_is_one() -> None:
    assert asked(POLICY, lambda _: httpx.Response(200, json=said_yes())).is_clear


@pytest.mark.promise("P1")
def test_an_answer_ends_in_time_also_where_the_askers_clock_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elapsed = [100.0]
    monkeypatch.setattr(client, "monotonic", lambda: elapsed[-1])
    ahead = datetime.now(UTC) + timedelta(hours=1)
    validity = {"asked_at": ahead, "valid_until": ahead + timedelta(seconds=5)}
    body = said_yes(**{name: moment.isoformat() for name, moment in validity.items()})

    given = asked(POLICY, lambda _: httpx.Response(200, json=body))

    was_clear = given.is_clear
    elapsed.append(105.0)
    assert (was_clear, given.is_clear) == (True, False)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "changes",
    [{"policy_id": "doj/2018/another"}, {"sector": None}, {"event_kind": "SEPARATED"}],
    ids=["another policy", "anywhere", "another act"],
)
def test_an_answer_to_another_question_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(UnavailableError, match="another question"):
        asked(POLICY, lambda _: httpx.Response(200, json=said_yes(**changes)))


@pytest.mark.promise("P1")
@pytest.mark.parametrize("scope", ["NOT_ASKED", None])
def test_nobody_acts_on_a_yes_that_was_not_asked_for_the_act(scope: str | None) -> None:
    with pytest.raises(NotClear):
        asked(POLICY, lambda _: httpx.Response(200, json=said_yes(scope=scope)))


@pytest.mark.promise("P1")
@pytest.mark.parametrize("ending", ["#2", "?at=2018-01-01", "%2F"])
def test_the_whole_name_is_asked_about_however_odd(ending: str) -> None:
    paths: list[str] = []

    def echo(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json=said_yes())

    with pytest.raises(UnavailableError, match="another question"):
        asked(POLICY + ending, echo)

    assert paths == [f"/v1/gate/{POLICY}{ending}"]
