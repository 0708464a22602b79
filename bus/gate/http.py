"""The gate's questions and answers as HTTP.

200 for an answer that is clear and for one that isn't; 404 where there is no notice; 422 for a
question that can't be read; 503 where nobody can tell, because the tracker is behind its limit, a
fact is missing, or the database is away. Whoever takes the status 200 for a yes is wrong: read
`clear`. Every body carries the sentence that says what an answer means.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from bus.errors import UnavailableError, UsageError
from bus.notices.gate import LEGAL_SENTENCE, Act, Coverage, Verdict
from bus.tracker.answers import RecordedAnswer, answer_view
from bus.tracker.asking import Question
from bus.tracker.contents import is_policy_id
from bus.tracker.views import View

CLEAR_OR_NOT, NO_NOTICE, UNREADABLE_QUESTION, NOBODY_CAN_TELL = 200, 404, 422, 503

MOMENTARY = frozenset({"answer_id", "at", "known_at", "asked_at", "valid_until", "positions"})
"""What of an answer may differ while it says the same."""


class ReasonBody(BaseModel):
    """One reason, the fact behind it, and the office that it is about."""

    code: str
    fact: str | None
    office: str | None


class PositionBody(BaseModel):
    """The offset in a partition up to which, exclusive, the tracker had read."""

    topic: str
    partition: int
    next_offset: int


class AnswerBody(BaseModel):
    """The gate's answer, with all that explains it. Don't act on it from `valid_until` on."""

    clear: bool = Field(description="Whether the policy may be acted on.")
    verdict: Verdict
    answer_id: UUID = Field(description="Under which it is recorded.")
    policy_id: str
    at: datetime
    known_at: datetime
    sector: str | None
    event_kind: str | None
    scope: Coverage | None = Field(
        description="Whether it speaks to that act. NOT_ASKED: clear for something, perhaps not "
        "for what you mean to do; say `sector` and `event_kind`."
    )
    asked_at: datetime
    valid_until: datetime = Field(description="At most 5 seconds after it was asked.")
    is_fresh: bool
    freshness_limit_seconds: float
    revision: int | None
    material_digest: str | None
    record: str
    answer: str | None
    lead: str | None
    force: str | None
    mode: str | None
    announced: bool
    reasons: list[ReasonBody]
    positions: list[PositionBody]
    sentence: str


class ErrorBody(BaseModel):
    """Why there is no answer. Nothing is clear."""

    clear: bool
    error: str
    sentence: str


class Gate(Protocol):
    """Whoever answers."""

    async def ask(self, question: Question) -> RecordedAnswer:
        """Answer a question. Raises UnavailableError if nothing can be said."""
        ...


At = Annotated[str | None, Query(description="The moment asked about; now when left out.")]
KnownAt = Annotated[str | None, Query(description="By what was known then; all when left out.")]
Sector = Annotated[str | None, Query(max_length=64, description="Where it is to be acted on.")]
EventKind = Annotated[str | None, Query(max_length=64, description="What is to be done.")]
IfNoneMatch = Annotated[str | None, Header()]


def gate_app(gate: Gate) -> FastAPI:
    """Return the application that answers `GET /v1/gate/{policy_id}`."""
    app = FastAPI(
        title="The gate of the interagency bus",
        version="1",
        description=__doc__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )

    @app.get(
        "/v1/gate/{policy_id:path}",
        response_model=AnswerBody,
        responses={
            304: {"description": "The answer is the one of this ETag."},
            NO_NOTICE: {"model": AnswerBody, "description": "There is no notice."},
            UNREADABLE_QUESTION: {"model": ErrorBody, "description": "No such question."},
            NOBODY_CAN_TELL: {"model": AnswerBody, "description": "Nobody can tell."},
        },
    )
    async def may_be_acted_on(
        policy_id: str,
        *,
        at: At = None,
        known_at: KnownAt = None,
        sector: Sector = None,
        event_kind: EventKind = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """May this policy be acted on? The answer is recorded before it is given."""
        if not is_policy_id(policy_id):
            raise UsageError(f"{policy_id!r} is no policy's id: one is doj/2018/zero-tolerance")
        act = Act(sector=sector, event_kind=event_kind)
        recorded = await gate.ask(Question(policy_id, at, known_at, act))
        return answer_response(recorded, if_none_match)

    @app.exception_handler(UsageError)
    async def unreadable(_: Request, error: UsageError) -> Response:
        return error_response(UNREADABLE_QUESTION, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
        return error_response(UNREADABLE_QUESTION, faults)

    @app.exception_handler(UnavailableError)
    async def unavailable(_: Request, error: UnavailableError) -> Response:
        return error_response(NOBODY_CAN_TELL, str(error))

    return app


def answer_response(recorded: RecordedAnswer, known_tag: str | None) -> Response:
    """Return the response that carries an answer; 304 where the asker has it already."""
    given = recorded.answer
    view = answer_view(recorded)
    said, when = split(view)
    tag = f'"{sha256(said).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Expires": format_datetime(given.valid_until.astimezone(UTC), usegmt=True),
        "Gate-Answer-Id": str(recorded.answer_id),
        "Gate-Valid-Until": given.valid_until.isoformat(),
    }
    if known_tag is not None and tag in known_tag.split(", "):
        return Response(status_code=304, headers=headers)
    return _json(status_of(recorded), b"%b,%b" % (said[:-1], when[1:]), headers)


def split(view: View) -> tuple[bytes, bytes]:
    """Return as JSON what an answer says, and when it was said: a tag is of the first alone.

    Answers that say the same have the same tag. Hundreds of reasons are written once.
    """
    clear = {"clear": view["verdict"] is Verdict.CLEAR}
    said = {name: value for name, value in view.items() if name not in MOMENTARY}
    when = {name: value for name, value in view.items() if name in MOMENTARY}
    return to_json({**clear, **said}), to_json(when)


def status_of(recorded: RecordedAnswer) -> int:
    """Return the status: where nobody can tell, neither the notice nor its absence counts."""
    if not recorded.answer.is_fresh:
        return NOBODY_CAN_TELL
    return NO_NOTICE if recorded.answer.verdict is Verdict.UNKNOWN else CLEAR_OR_NOT


def error_response(status: int, error: str) -> Response:
    """Return the response where there is no answer."""
    body = {"clear": False, "error": error, "sentence": LEGAL_SENTENCE}
    return _json(status, to_json(body), {})


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    return Response(body, status, dict(headers), media_type="application/json")
