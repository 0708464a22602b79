"""The gate for those who act: nothing inside the block runs unless the policy is clear.

    async with gate("doj/2018/zero-tolerance", url) as answer:
        ...  # answer.valid_until says how long this may take

It fails closed: a gate that can't be reached, or that answers anything but a sure yes, raises. Of
a policy that speaks to some sectors or kinds of events alone, a yes is sure only if the act is
said: `gate(policy_id, url, Act(sector="Yuma", event_kind="SEPARATED"))`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx

from bus.errors import FaultError, UnavailableError
from bus.notices.gate import ANYTHING, Act, Coverage, Verdict

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said: of which policy, why, and how long it may be acted on.

    `lasts_until` is the end of its validity by this process's own monotonic clock.
    """

    policy_id: str
    verdict: Verdict
    coverage: Coverage | None
    reasons: tuple[str, ...]
    asked_at: datetime
    valid_until: datetime
    lasts_until: float

    @property
    def is_clear(self) -> bool:
        """Whether the policy may be acted on now: never from `valid_until` on.

        Where this machine's clock is slow, the time since the gate was asked says so. A policy
        that is clear for some acts may be acted on only by who said which act is meant.
        """
        is_valid = datetime.now(UTC) < self.valid_until and monotonic() < self.lasts_until
        is_covered = self.coverage is Coverage.COVERED
        return self.verdict is Verdict.CLEAR and is_covered and is_valid

    def as_cited(self) -> dict[str, object]:
        """Return it as a custody event carries it."""
        return {"answer": self.verdict.value, "at": self.asked_at}


class NotClear(FaultError):  # noqa: N818 - it names a state that callers know, not a mishap
    """The policy may not be acted on; `answer` has the reasons."""

    exit_code = 3

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        reasons = ", ".join(answer.reasons) or "the answer is no longer valid"
        super().__init__(f"{answer.policy_id} is not clear: {reasons}")


@asynccontextmanager
async def gate(
    policy_id: str, url: str, act: Act = ANYTHING, *, client: httpx.AsyncClient | None = None
) -> AsyncIterator[Answer]:
    """Lend the answer while the policy may be acted on.

    Raises NotClear with the reasons, UnavailableError where no gate answers.
    """
    answer = await ask(policy_id, url, act, client=client)
    if not answer.is_clear:
        raise NotClear(answer)
    yield answer


async def ask(
    policy_id: str, url: str, act: Act = ANYTHING, *, client: httpx.AsyncClient | None = None
) -> Answer:
    """Ask the gate at this address, such as "http://127.0.0.1:8080".

    Raises UnavailableError where none answers, FaultError where it can't read the question.
    """
    asked = {"sector": act.sector, "event_kind": act.event_kind}
    question = {name: value for name, value in asked.items() if value is not None}
    asked_at = monotonic()
    address = f"{url.rstrip('/')}/v1/gate/{quote(policy_id)}"
    try:
        if client is not None:
            response = await client.get(address, params=question)
        else:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as own:
                response = await own.get(address, params=question)
        body = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise UnavailableError(
            f"the gate at {url} doesn't answer ({type(error).__name__}): is `bus serve gate` "
            "running there, and is the address right? Until it answers nothing is clear"
        ) from error
    if not isinstance(body, Mapping) or "verdict" not in body:
        raise _refusal(url, response.status_code, body)
    expected = {"policy_id": policy_id, "sector": act.sector, "event_kind": act.event_kind}
    if any(body.get(name) != value for name, value in expected.items()):
        raise UnavailableError(
            f"the gate at {url} answered another question than that about {policy_id!r}: is "
            "something between that changes addresses? Until it answers this one nothing is clear"
        )
    return _answer(body, asked_at)


def _answer(body: Mapping[str, Any], asked_at: float) -> Answer:
    since, until = (datetime.fromisoformat(body[name]) for name in ("asked_at", "valid_until"))
    return Answer(
        policy_id=body["policy_id"],
        verdict=Verdict(str(body["verdict"])),
        coverage=None if body.get("scope") is None else Coverage(str(body["scope"])),
        reasons=tuple(str(each["code"]) for each in body["reasons"]),
        asked_at=since,
        valid_until=until,
        lasts_until=asked_at + (until - since).total_seconds(),
    )


def _refusal(url: str, status: int, body: object) -> FaultError | UnavailableError:
    said = body.get("error") if isinstance(body, Mapping) else None
    text = f"the gate at {url} gave no answer ({status}): {said or 'no reason'}"
    return (
        FaultError(text) if status == httpx.codes.UNPROCESSABLE_ENTITY else UnavailableError(text)
    )
