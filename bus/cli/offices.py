"""`bus offices`: what waits for each office, and who decides for whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.observe import Office, OfficerOption, officer_of
from bus.cli.output import AsJson, Row, print_record, print_rows
from bus.cli.policy import From, tell

if TYPE_CHECKING:
    from bus.offices.known_policy import KnownPolicy
    from bus.offices.observing import Step
    from bus.settings import Settings

app = typer.Typer(
    help="Offices: what waits for each, and who decides for whom.", no_args_is_help=True
)

COLUMNS = (
    "office",
    "mode",
    "to_answer",
    "overdue",
    "conditions_to_answer",
    "answers_to_decide_on",
)

Policy = Annotated[
    str, typer.Option("--policy", metavar="POLICY_ID", help="On which policy it may decide.")
]
To = Annotated[str, typer.Option("--to", metavar="OFFICE", help="The office that may decide.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Until when, exclusive; else no end.")
]
Revoke = Annotated[
    bool, typer.Option("--revoke", help="It may no longer decide; what it has decided stays.")
]


@app.command("list")
def list_offices(as_json: AsJson = False) -> None:
    """List the offices that notices, answers and coordination name, with what waits for each.

    Notices to answer, those that are overdue, conditions that the issuer has to answer, and
    answers on which the office has to decide anew: as counts, in JSON by policy.

        bus offices list
    """
    from bus.settings import load_settings

    rows = asyncio.run(_waiting(load_settings()))
    shown = rows if as_json else [_counted(row) for row in rows]
    print_rows(shown, columns=COLUMNS, as_json=as_json, if_none="There is no notice.")


def _counted(row: Row) -> Row:
    return {name: len(value) if isinstance(value, list) else value for name, value in row.items()}


async def _waiting(settings: Settings) -> list[Row]:
    from bus.codec.schemas import packaged
    from bus.offices.overview import announced_policies
    from bus.offices.waiting import waiting_of
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        policies = await announced_policies(tracker, settings.clock().now(), packaged())
    return [each.row() for each in waiting_of(policies)]


@app.command()
def delegate(  # noqa: PLR0917 - typer calls it by name
    office: Office,
    officer: OfficerOption,
    policy: Policy,
    to: To,
    since: From = None,
    until: Until = None,
    revoke: Revoke = False,
    as_json: AsJson = False,
) -> None:
    """Let another office of the department decide on a policy, from its record on, or no longer.

    Exit 2 for another department, where the delegation would be a chain, and where there is
    nothing to revoke; 4 if there is no notice.

        bus offices delegate --policy doj/2018/zero-tolerance --to hhs.orr.deputy
            --until 2018-06-01 --office hhs.orr.director --officer director:h-2
        bus offices delegate --policy doj/2018/zero-tolerance --to hhs.orr.deputy --revoke
            --office hhs.orr.director --officer director:h-2
    """
    from bus.errors import UsageError
    from bus.offices.delegating import delegating, revoking

    if revoke and (since is not None or until is not None):
        raise UsageError("--revoke ends it at once: leave out --from and --until")
    who = officer_of(office, officer)

    def step_on(known: KnownPolicy) -> Step:
        if revoke:
            return revoking(known, who, to)
        return delegating(known, who, to, since, until)

    row = tell(policy, who, step_on, as_json=as_json)
    print_record(row, as_json=as_json)
