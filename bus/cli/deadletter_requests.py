"""`bus deadletters redrive` and `discard`: what operators ask of dead letters."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import Yes, parse_officer, require_reason
from bus.cli.deadletter_choice import (
    Group,
    Ids,
    Key,
    ReasonCode,
    Since,
    TopicName,
    Until,
    choose,
    filter_of,
)
from bus.cli.exits import ExitCode
from bus.cli.groups import consuming_owners
from bus.cli.output import (
    AsJson,
    confirm,
    end_unknown,
    note,
    print_json,
    print_rows,
    time_text,
)
from bus.errors import UsageError

if TYPE_CHECKING:
    from bus.deadletters.letters import Filter
    from bus.deadletters.requests import Candidate, Request, Wish
    from bus.settings import Settings

    Found = dict[str, list[Candidate]]
    Stored = list[tuple[str, Request]]

SHOWN = 20
"""How many dead letters people are shown one by one."""

RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|min)")
SECONDS = {"s": 1.0, "min": 60.0}

COLUMNS = ("dead_letter_id", "group", "topic", "partition", "offset", "reason", "asked_by")

RequiredIds = Annotated[list[str], typer.Argument(metavar="ID", help="As the list shows them.")]
Officer = Annotated[
    str,
    typer.Option("--officer", metavar="ROLE:ID", help="Who asks, such as operator:o-4; no name."),
]
Approver = Annotated[
    str,
    typer.Option("--approver", metavar="ROLE:ID", help="Who approves it: another officer."),
]
Why = Annotated[str, typer.Option("--reason", help="Why, for whoever audits it later.")]
Everything = Annotated[bool, typer.Option("--all", help="Every open one.")]
Rate = Annotated[
    str | None, typer.Option("--rate", metavar="N/s|N/min", help="How many at most in what time.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which, and ask for nothing.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait until all are done; exit 1 if some stayed open.")
]
Timeout = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="How long --wait waits at most.")
]


def redrive(
    dead_letter_ids: Ids = None,
    *,
    officer: Officer,
    group: Group = None,
    key: Key = None,
    reason: ReasonCode = None,
    since: Since = None,
    until: Until = None,
    topic: TopicName = None,
    everything: Everything = False,
    rate: Rate = None,
    dry_run: DryRun = False,
    wait: Wait = False,
    timeout: Timeout = 600.0,
    as_json: AsJson = False,
) -> None:
    """Ask that open dead letters be applied again: by ID, or by options that all must fit.

    The workers of the group do it, in the order of the log, before later records of the same key;
    what was applied already is never applied twice. Each can be asked for once at a time: what
    another redrive asked for is left to it, and told. Exit 1 where a named one can't be redriven,
    4 if there is none of an ID, 5 if --wait took too long.

        bus deadletters redrive --reason HANDLER_FAILED --group tracker --officer operator:o-4
    """
    from bus.deadletters.requests import Action, Wish
    from bus.settings import load_settings

    parse_officer("--officer", officer, example="operator:o-4")
    options = filter_of(group=group, key=key, reason=reason, since=since, until=until, topic=topic)
    chosen = choose(dead_letter_ids, options, everything=everything)
    wish = Wish(Action.REDRIVE, officer, per_second=per_second_of(rate))
    settings = load_settings()
    found = find_askable(settings, chosen, wish, as_json=as_json)
    if dry_run:
        _print_dry_run(found, as_json=as_json)
        return
    _ask(settings, found, wish, timeout if wait else None, as_json=as_json)


def discard(
    dead_letter_ids: RequiredIds,
    *,
    reason: Why,
    officer: Officer,
    approver: Approver,
    yes: Yes = False,
    wait: Wait = False,
    timeout: Timeout = 600.0,
    as_json: AsJson = False,
) -> None:
    """Ask that open dead letters be closed without being applied, for good.

    Two officers, a reason. Records that wait behind a discarded one go on; a later copy of its
    event counts as a repetition, and is not applied. Exit 1 where one can't be discarded, 4 if
    there is none of an ID, 5 if --wait took too long.

        bus deadletters discard 019a2f6e-7d3b-7c4e-9f1a-2b3c4d5e6f70
            --officer operator:o-4 --approver supervisor:s-2 --reason "the vendor's test data"
    """
    from bus.deadletters.letters import Filter
    from bus.deadletters.requests import Action, Wish
    from bus.settings import load_settings

    parse_officer("--officer", officer, example="operator:o-4")
    parse_officer("--approver", approver, example="supervisor:s-2")
    wish = Wish(Action.DISCARD, officer, approved_by=approver, reason=require_reason(reason))
    settings = load_settings()
    found = find_askable(settings, choose(dead_letter_ids, Filter()), wish, as_json=as_json)
    if not yes:
        _describe_discard(found)
    confirm("Discard for good?", yes=yes)
    _ask(settings, found, wish, timeout if wait else None, as_json=as_json)


def per_second_of(rate: str | None) -> float | None:
    """Return how many a second a rate allows; raise UsageError where it can't be read."""
    if rate is None:
        return None
    read = RATE.fullmatch(rate)
    if read is None or not float(read[1]):
        raise UsageError(f"{rate!r} is no rate: write it as 50/s or 10/min")
    return float(read[1]) / SECONDS[read[2]]


def find_askable(settings: Settings, chosen: Filter, wish: Wish, *, as_json: bool) -> Found:
    """Return the dead letters that are meant, by owner; end the command where one can't be."""
    from bus.deadletters.requests import check_askable

    found = asyncio.run(_find(settings, chosen))
    candidates = [each for rows in found.values() for each in rows]
    known = {each.dead_letter_id for each in candidates}
    missing = [each for each in chosen.ids or () if each not in known]
    if missing:
        named = ", ".join(str(each) for each in missing)
        end_unknown(f"nothing was asked for: there is no dead letter {named}", as_json=as_json)
    check_askable(candidates, wish.action)
    return found


async def _find(settings: Settings, chosen: Filter) -> Found:
    from bus.deadletters.requests import find_candidates
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session

    await refuse_real_cluster(settings)
    found = {}
    for owner in consuming_owners(chosen.group):
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            found[owner] = await find_candidates(connection, chosen)
    return found


def _ask(
    settings: Settings, found: Found, wish: Wish, timeout: float | None, *, as_json: bool
) -> None:
    """Store the requests and tell of them; wait, if that is wanted."""
    stored = asyncio.run(_store(settings, found, wish))
    if not as_json:
        _print_requests(stored)
    states: Counter[str] | None = None
    if timeout is not None:
        states = asyncio.run(_wait(settings, stored, timeout))
        if not as_json:
            _print_states(states)
    if as_json:
        print_json(
            {
                "action": wish.action.value,
                "requests": [asdict(request) for _, request in stored],
                "states": states,
            }
        )
    if states and states["OPEN"]:
        raise typer.Exit(ExitCode.FAULT)


async def _store(settings: Settings, found: Found, wish: Wish) -> Stored:
    from bus.deadletters.requests import store_request
    from bus.storage.connections import owner_session

    stored = []
    for owner, candidates in found.items():
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            for group in sorted({each.group for each in candidates}):
                own = [each.dead_letter_id for each in candidates if each.group == group]
                stored.append((owner, await store_request(connection, group, own, wish)))
    return stored


async def _wait(settings: Settings, stored: Stored, timeout: float) -> Counter[str]:
    """Wait until nothing that was asked for is open, with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from bus.deadletters.progress import wait_until_done
    from bus.storage.connections import owner_session

    deadline = time.monotonic() + timeout
    states: Counter[str] = Counter()
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for owner, request in stored:
            task = progress.add_task(request.group, total=len(request.letters))

            def report(done: int, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            async with owner_session(settings.database_url_of(owner), owner) as connection:
                states += await wait_until_done(
                    connection, request.letters, deadline=deadline, report=report
                )
    return states


def _print_dry_run(found: Found, *, as_json: bool) -> None:
    rows = [asdict(each) for candidates in found.values() for each in candidates]
    shown = rows if as_json else rows[:SHOWN]
    print_rows(shown, columns=COLUMNS, as_json=as_json, if_none="No open dead letter is meant.")
    if rows and not as_json:
        taken = sum(row["asked_by"] is not None for row in rows)
        more = f"{len(rows) - SHOWN} more like these. " if len(rows) > SHOWN else ""
        note(
            f"{more}Nothing was asked for. {len(rows) - taken} would be, "
            f"{taken} are asked for already."
        )


def _print_requests(stored: Stored) -> None:
    if not stored:
        typer.echo("No open dead letter is meant: nothing was asked for.")
    for _, request in stored:
        if request.request_id is not None:
            typer.echo(
                f"{request.group}: asked for {len(request.asked)} (request {request.request_id})"
            )
        if request.already_asked:
            typer.echo(f"{request.group}: {len(request.already_asked)} were asked for already:")
            _print_already(request.already_asked)


def _print_already(candidates: Sequence[Candidate]) -> None:
    for each in candidates[:SHOWN]:
        whom = "" if each.asked_by is None else f" by {each.asked_by}"
        since = "" if each.asked_at is None else f" at {time_text(each.asked_at)}"
        typer.echo(f"  {each.dead_letter_id} {each.asked_for or each.state}{whom}{since}")
    if len(candidates) > SHOWN:
        typer.echo(f"  and {len(candidates) - SHOWN} more")


def _print_states(states: Counter[str]) -> None:
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    typer.echo(f"Now: {told}." if told else "There was nothing to wait for.")


def _describe_discard(found: Found) -> None:
    """Tell a person what would be closed, before it is."""
    candidates = [each for rows in found.values() for each in rows]
    for each in candidates[:SHOWN]:
        place = f"{each.topic}/{each.partition} offset {each.offset}"
        note(f"{each.dead_letter_id} {each.group}: {place}, {each.reason}")
    note(f"{len(candidates)} in all. They will never be applied; what waits behind them goes on.")
