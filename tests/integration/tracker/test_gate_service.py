"""The gate over HTTP, really served beside the tracker, and asked by those who act."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bus.errors import FaultError, UnavailableError
from bus.gate.client import NotClear, gate
from bus.local.service_process import ServiceProcess
from bus.local.waiting import wait_until
from bus.notices.gate import LEGAL_SENTENCE
from bus.settings import Settings
from producers.dhs import cited_answer
from tests.integration.tracker.test_gate import announced_policy
from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy

SCOPE = {
    "sectors": ["El Paso"],
    "event_kinds": ["REFERRED_FOR_PROSECUTION"],
    "separation_reasons": [],
}
NOWHERE = "http://127.0.0.1:1"


@contextmanager
def served(settings: Settings, log: Path) -> Iterator[ServiceProcess]:
    """Run `bus serve gate` until the block ends."""
    service = ServiceProcess(settings, ["gate"], log)
    try:
        assert wait_until(lambda: bool(service.readiness()), 20), service.log
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="module")
def url(running: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the gate on the bus that is running; give its address."""
    with served(running.settings, tmp_path_factory.mktemp("gate") / "log") as service:
        service.await_ready()
        yield service.url


def answered(address: str, **asked: Any) -> httpx.Response:
    """Ask until somebody can tell: on a busy machine the tracker may be behind for a while."""
    found: list[httpx.Response] = []

    def is_told() -> bool:
        found.append(httpx.get(address, timeout=30, **asked))
        return found[-1].status_code != httpx.codes.SERVICE_UNAVAILABLE

    assert wait_until(is_told, 20), found[-1].text
    return found[-1]


def in_force(world: World, **changes: object) -> str:
    """Return a policy that is announced and in force: each office waived the lead time."""
    policy = new_policy()
    world.announce(policy, days=-1, **changes)
    world.until_state(policy, record="SOUND")
    for office in (INTAKE, DIRECTOR):
        world.accept(policy, office=office, waives_lead_time=True)
    world.until_state(policy, clear=True)
    return policy


@pytest.mark.promise("P1")
def test_the_gate_answers_200_for_yes_and_for_no(running: World, url: str) -> None:
    clear, not_yet = in_force(running), announced_policy(running)

    yes, no = answered(f"{url}/v1/gate/{clear}"), answered(f"{url}/v1/gate/{not_yet}")

    assert (yes.status_code, no.status_code) == (200, 200)
    assert (yes.json()["clear"], no.json()["clear"]) == (True, False)
    assert {each["code"] for each in no.json()["reasons"]} >= {"NOT_YET_EFFECTIVE"}
    assert yes.json()["sentence"] == no.json()["sentence"] == LEGAL_SENTENCE


def test_an_unknown_policy_is_404_and_an_unreadable_question_422(url: str) -> None:
    unknown = answered(f"{url}/v1/gate/{new_policy()}")
    unreadable = [
        answered(f"{url}/v1/gate/no-policy"),
        answered(f"{url}/v1/gate/{new_policy()}?at=yesterday"),
        answered(f"{url}/v1/gate/{new_policy()}?sector={'x' * 65}"),
    ]

    assert (unknown.status_code, unknown.json()["clear"]) == (404, False)
    assert {each.status_code for each in unreadable} == {422}
    for each in (unknown, *unreadable):
        assert each.json()["sentence"] == LEGAL_SENTENCE


@pytest.mark.promise("P1")
def test_a_policy_clears_nothing_outside_its_scope(running: World, url: str) -> None:
    address = f"{url}/v1/gate/{in_force(running, scope=SCOPE)}"

    kind = {"event_kind": "REFERRED_FOR_PROSECUTION"}
    within = answered(address, params={"sector": "El Paso", **kind}).json()
    alone = answered(address).json()
    somewhere = answered(address, params=kind).json()
    elsewhere = answered(address, params={"sector": "Yuma"}).json()
    otherwise = answered(address, params={"event_kind": "SEPARATED"}).json()

    assert [each["clear"] for each in (within, elsewhere, otherwise)] == [True, False, False]
    assert [each["scope"] for each in (within, elsewhere)] == ["COVERED", "OUTSIDE"]
    assert (alone["clear"], alone["scope"]) == (True, "NOT_ASKED")
    assert (somewhere["clear"], somewhere["scope"]) == (False, "NOT_ASKED")
    assert "OUT_OF_SCOPE" in {each["code"] for each in elsewhere["reasons"]}


@pytest.mark.promise("P10")
def test_what_was_derived_last_is_what_would_be_derived_now(running: World, url: str) -> None:
    policy = announced_policy(running)

    quick = answered(f"{url}/v1/gate/{policy}").json()
    whole = running.bus("gate", policy, "--json").json

    passing = {"clear", "answer_id", "at", "known_at", "asked_at", "valid_until", "positions"}
    assert {name: value for name, value in quick.items() if name not in passing} == {
        name: value for name, value in whole.items() if name not in passing
    }


def test_a_question_about_another_time_is_answered_from_the_facts(running: World, url: str) -> None:
    address = f"{url}/v1/gate/{announced_policy(running)}"
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()

    then = answered(address, params={"at": later}).json()
    before = answered(address, params={"at": later, "known_at": "2026-01-01"})

    assert (then["clear"], before.status_code) == (True, 404)


@pytest.mark.promise("P10")
def test_each_answer_over_http_is_recorded(running: World, url: str) -> None:
    said = answered(f"{url}/v1/gate/{in_force(running)}", params={"sector": "Yuma"}).json()

    rows = running.query(
        "SELECT verdict, sector, event_kind FROM gate_answer WHERE answer_id = %s",
        said["answer_id"],
    )
    assert rows == [("CLEAR", "Yuma", None)]


def test_who_knows_the_answer_is_told_that_it_stands(running: World, url: str) -> None:
    address = f"{url}/v1/gate/{in_force(running)}"
    first = answered(address)

    again = answered(address, headers={"If-None-Match": first.headers["ETag"]})
    other = answered(address, headers={"If-None-Match": '"another"'})

    assert (again.status_code, other.status_code) == (304, 200)
    assert again.headers["Gate-Valid-Until"] >= first.headers["Gate-Valid-Until"]


@pytest.mark.promise("P1")
def test_nothing_in_the_block_runs_unless_the_policy_is_clear(running: World, url: str) -> None:
    clear, not_yet = in_force(running), announced_policy(running)
    entered = []

    async def act(policy_id: str, address: str) -> None:
        async with gate(policy_id, address) as answer:
            entered.append(answer.policy_id)

    def has_entered() -> bool:
        with suppress(NotClear):
            asyncio.run(act(clear, url))
        return bool(entered)

    assert wait_until(has_entered, 20)
    with pytest.raises(NotClear, match="NOT_YET_EFFECTIVE") as refused:
        asyncio.run(act(not_yet, url))
    with pytest.raises(UnavailableError, match="doesn't answer"):
        asyncio.run(act(clear, NOWHERE))
    with pytest.raises(FaultError, match="no policy's id"):
        asyncio.run(act("no-policy", url))

    assert entered == [clear]
    assert refused.value.exit_code == 3


def test_an_event_carries_what_the_gate_said_of_its_policy(running: World, url: str) -> None:
    policy = in_force(running)
    asked: dict[str, Any] = {"sector": "Yuma", "event_kind": "SEPARATED"}
    said: list[dict[str, object] | None] = []

    def is_clear() -> bool:
        said.append(asyncio.run(cited_answer(policy, url, **asked)))
        return said[-1] is not None and said[-1]["answer"] == "CLEAR"

    silence = asyncio.run(cited_answer(policy, NOWHERE, **asked))

    assert wait_until(is_clear, 20), said[-1]
    assert silence is None


@pytest.mark.promise("P1")
def test_a_gate_that_cannot_see_the_log_answers_503(running: World, tmp_path: Path) -> None:
    policy = in_force(running)
    blind = running.settings.model_copy(update={"bootstrap": "127.0.0.1:1"})

    with served(blind, tmp_path / "log") as service:
        said = httpx.get(f"{service.url}/v1/gate/{policy}", timeout=30)

    assert (said.status_code, said.json()["clear"]) == (503, False)
    assert "TRACKER_BEHIND" in {each["code"] for each in said.json()["reasons"]}


@pytest.mark.promise("P1")
def test_a_gate_without_its_database_answers_503(running: World, tmp_path: Path) -> None:
    nowhere = "postgresql://bus@127.0.0.1:1/bus"
    away = running.settings.model_copy(update={"database_url": nowhere})

    with served(away, tmp_path / "log") as service:
        said = httpx.get(f"{service.url}/v1/gate/{new_policy()}", timeout=30)

    assert (said.status_code, said.json()["clear"]) == (503, False)
    assert said.json()["sentence"] == LEGAL_SENTENCE


def test_the_description_names_every_status(url: str) -> None:
    described = answered(f"{url}/v1/openapi.json").json()

    (path,) = described["paths"].values()
    assert set(path["get"]["responses"]) == {"200", "304", "404", "422", "503"}
