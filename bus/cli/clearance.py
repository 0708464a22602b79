"""`bus clearance` and `bus gate`: the state of a policy, and may it be acted on?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import PolicyId, require_policy_id
from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_json, print_record, print_table, text_of

if TYPE_CHECKING:
    from bus.notices.clearance import Clearance
    from bus.notices.states import Reason
    from bus.settings import Settings
    from bus.tracker.answers import RecordedAnswer
    from bus.tracker.asking import Question

At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help="The moment asked about, now when left out. A date is its 00:00."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at", metavar="T", help="By what had been recorded then; all when left out."
    ),
]

Sector = Annotated[
    str | None, typer.Option("--sector", help="Where it is to be acted on; else not asked.")
]
Kind = Annotated[
    str | None,
    typer.Option("--event-kind", help="What is to be done, such as SEPARATED; else not asked."),
]

HEADLINES = {
    "CLEAR": "CLEAR: the agreed coordination took place.",
    "NOT_CLEAR": "NOT CLEAR.",
    "UNKNOWN": "UNKNOWN: there is no notice that can be read.",
}

EXIT_CODES = {
    "CLEAR": ExitCode.DONE,
    "NOT_CLEAR": ExitCode.NOT_CLEAR,
    "UNKNOWN": ExitCode.UNKNOWN,
}


def clearance(
    policy_id: PolicyId, at: At = None, known_at: KnownAt = None, as_json: AsJson = False
) -> None:
    """Show the five dimensions of a policy at a moment, and the facts behind each.

    Nothing is recorded, and how fresh the tracker is isn't asked: the gate does both. Times
    without an offset are in the notice's zone. Exit 4 if there is no notice.

        bus clearance doj/2018/zero-tolerance --at 2018-05-07
    """
    from bus.settings import load_settings

    state = asyncio.run(_clearance(load_settings(), question_of(policy_id, at, known_at)))
    if as_json:
        from bus.tracker.views import clearance_view

        print_json(clearance_view(state))
    else:
        print_clearance(state)
    if state.revision is None:
        raise typer.Exit(ExitCode.UNKNOWN)


def gate(
    policy_id: PolicyId,
    *,
    at: At = None,
    known_at: KnownAt = None,
    sector: Sector = None,
    event_kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Ask whether a policy may be acted on. Anything but a sure yes is a no.

    A policy whose scope names sectors or kinds of events is clear for these alone: say what is to
    be done, or the answer says that it wasn't asked (scope NOT_ASKED).

    Exit 0: clear. 3: not clear, with the reasons; also when the tracker is behind, a fact is
    missing, or nobody can tell. 4: no notice. 5: nothing can be said. The answer is recorded, and
    mustn't be acted on after its validity, which is 5 s at most.

        bus gate doj/2018/zero-tolerance --sector Yuma --event-kind SEPARATED && go-ahead
    """
    from bus.settings import load_settings

    question = question_of(policy_id, at, known_at, sector, event_kind)
    recorded = asyncio.run(_gate(load_settings(), question))
    if recorded.doubt is not None:
        note(f"How fresh the tracker is, nobody can tell: {recorded.doubt}")
    if as_json:
        from bus.tracker.answers import answer_view

        print_json(answer_view(recorded))
    else:
        _print_answer(recorded)
    raise typer.Exit(EXIT_CODES[recorded.answer.verdict.value])


def question_of(
    policy_id: str,
    at: str | None,
    known_at: str | None,
    sector: str | None = None,
    event_kind: str | None = None,
) -> Question:
    """Return the question; raise UsageError where this can't be the id of a policy."""
    from bus.notices.gate import Act
    from bus.tracker.asking import Question

    require_policy_id(policy_id)
    return Question(policy_id, at, known_at, Act(sector=sector, event_kind=event_kind))


async def _clearance(settings: Settings, question: Question) -> Clearance:
    from bus.codec.schemas import packaged
    from bus.tracker.asking import read_known
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as connection:
        known = await read_known(connection, question, settings.clock().now(), packaged())
    return known.clearance


async def _gate(settings: Settings, question: Question) -> RecordedAnswer:
    from bus.codec.schemas import packaged
    from bus.tracker.asking import ask_gate
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as connection:
        now = settings.clock().now()
        return await ask_gate(connection, question, settings, now, packaged())


def _print_answer(recorded: RecordedAnswer) -> None:
    from bus.tracker.answers import answer_view

    given = recorded.answer
    typer.echo(f"{HEADLINES[given.verdict.value]}\n")
    row = answer_view(recorded)
    asked = ("policy_id", "at", "known_at", "sector", "event_kind", "scope")
    shown = (*asked, *_DIMENSIONS, "is_fresh", "valid_until", "answer_id")
    print_record({name: row[name] for name in shown}, as_json=False)
    print_reasons(given.reasons)
    typer.echo(f"\n{given.sentence}")


_DIMENSIONS = ("revision", "record", "answer", "lead", "force", "mode", "announced")


def print_clearance(state: Clearance) -> None:
    """Print a clearance for people."""
    from bus.tracker.views import clearance_view

    view = clearance_view(state)
    names = [name for name in view if name not in ("seats", "reasons")]
    print_record({name: view[name] for name in names}, as_json=False)
    print_seats(state)
    print_reasons(state.reasons)


def print_seats(state: Clearance) -> None:
    """Print where each required office stands."""
    from bus.tracker.views import office_view

    if not state.seats:
        return
    columns = ("office", "decision", "delivered_at", "due_at", "lead", "overdue")
    rows = [office_view(office, state) for office in state.offices]
    typer.echo("")
    print_table(columns, [[row[column] for column in columns] for row in rows])


def print_reasons(reasons: Sequence[Reason]) -> None:
    """Print why, with the fact behind each reason."""
    if not reasons:
        return
    typer.echo("")
    rows = [[text_of(each.code), each.office, each.fact] for each in reasons]
    print_table(("reason", "office", "fact"), rows)
