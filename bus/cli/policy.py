"""`bus policy`: what is said about a policy after its announcement, one fact each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import (
    PolicyId,
    Yes,
    parse_id,
    parse_officer,
    require_policy_id,
    require_reason,
)
from bus.cli.observe import Office, OfficerOption, officer_of, step_row
from bus.cli.output import AsJson, confirm, end_unknown, note, print_record
from bus.cli.policy_notices import baseline, supersede

if TYPE_CHECKING:
    from uuid import UUID

    from bus.offices.known_policy import Choice
    from bus.offices.observing import Officer, Step
    from bus.publishing.entries import Published
    from bus.settings import Settings

app = typer.Typer(
    help="A policy after its announcement: cancel it, stay it, go on, tell of a court's order.",
    no_args_is_help=True,
)

From = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help="From when; a date is 00:00 in the notice's zone."),
]
Court = Annotated[str, typer.Option("--court", help="The court, such as 'S.D. Cal.'.")]
Docket = Annotated[str, typer.Option("--docket", help="Its docket number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, without personal data.")]
Mistaken = Annotated[bool, typer.Option("--mistaken", help="It should never have been sent.")]
Rescinded = Annotated[bool, typer.Option("--rescinded", help="It is taken back.")]
Scope = Annotated[
    str | None, typer.Option("--scope", help="What the court stayed, in words; the gate stays all.")
]
StayId = Annotated[str, typer.Argument(metavar="STAY_ID", help="The stay's coordination_id.")]
ApprovedBy = Annotated[
    str, typer.Option("--approved-by", metavar="ROLE:ID", help="The second officer.")
]
Revision = Annotated[
    int | None, typer.Option("--revision", min=1, metavar="N", help="Not the highest, but this.")
]


for command in (supersede, baseline):
    app.command()(command)


@app.command()
def cancel(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    office: Office,
    officer: OfficerOption,
    mistaken: Mistaken = False,
    rescinded: Rescinded = False,
    since: From = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a policy, by its own agency: now, or --from. It can't be taken back.

    Exit 2 where it has ended by then already; 4 if there is no notice.

        bus policy cancel doj/2018/zero-tolerance --rescinded --from 2018-06-20
            --office doj.oag --officer counsel:d-7 --yes
    """
    from bus.errors import UsageError
    from bus.notices.facts import CancelCause
    from bus.offices.policy_steps import cancellation

    if mistaken == rescinded:
        raise UsageError("say one of --mistaken and --rescinded")
    cause = CancelCause.MISTAKEN if mistaken else CancelCause.RESCINDED
    who = officer_of(office, officer)
    require_policy_id(policy_id)
    confirm(f"Cancel {policy_id} for ever?", yes=yes)
    _tell(policy_id, who, lambda known: cancellation(known, who, cause, since), as_json=as_json)
    note(f"a later revision of {policy_id} is void: announce under another policy id")


@app.command()
def stay(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    office: Office,
    officer: OfficerOption,
    court: Court,
    docket: Docket,
    scope: Scope = None,
    since: From = None,
    as_json: AsJson = False,
) -> None:
    """Record that a court stays a policy: any agency's office can. It holds until it is lifted.

    Exit 4 if there is no notice of the policy.

        bus policy stay doj/2018/zero-tolerance --court "S.D. Cal." --docket 3:18-cv-00428
            --from 2018-06-26 --office hhs.ogc --officer counsel:h-50
    """
    from bus.offices.policy_steps import Case
    from bus.offices.policy_steps import stay as stay_step

    who, case = officer_of(office, officer), Case(court, docket)
    _tell(policy_id, who, lambda known: stay_step(known, who, case, scope, since), as_json=as_json)


@app.command("lift-stay")
def lift_stay(  # noqa: PLR0917 - typer calls it by name
    stay_id: StayId,
    office: Office,
    officer: OfficerOption,
    approved_by: ApprovedBy,
    since: From = None,
    as_json: AsJson = False,
) -> None:
    """Lift a stay, by two officers of the agency that recorded it.

    Exit 2 where another agency or one officer alone would lift it, or it is lifted; 4 where the
    tracker knows no such stay.

        bus policy lift-stay 018f4e2a-0000-7000-8000-000000000001 --office hhs.ogc
            --officer counsel:h-50 --approved-by general-counsel:h-51
    """
    from bus.offices.policy_steps import lifting
    from bus.settings import load_settings

    who, named = officer_of(office, officer), parse_id(stay_id)
    approver = parse_officer("--approved-by", approved_by, example="general-counsel:h-51")
    policy_id = asyncio.run(_policy_of_stay(load_settings(), named))
    if policy_id is None:
        end_unknown(
            f"the tracker knows no stay {stay_id}; `bus timeline POLICY_ID` shows those of a "
            "policy. One that was recorded just now is known in a moment",
            as_json=as_json,
        )
    _tell(
        policy_id, who, lambda known: lifting(known, who, named, approver, since), as_json=as_json
    )


@app.command()
def proceed(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    office: Office,
    officer: OfficerOption,
    reason: Reason,
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Put on record that the issuer goes on although an office objects. The gate stays as it is.

    It opens a finding with the objections. Exit 2 where nobody objects; 4 if there is no notice.

        bus policy proceed doj/2018/zero-tolerance --reason "directed by the Attorney General"
            --office doj.oag --officer counsel:d-7
    """
    from bus.offices.policy_steps import proceeding

    who, why = officer_of(office, officer), require_reason(reason)
    _tell(policy_id, who, lambda known: proceeding(known, who, revision, why), as_json=as_json)
    note("the gate stays as it is: only the offices' own decisions can open it")


@app.command()
def compelled(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    office: Office,
    officer: OfficerOption,
    court: Court,
    docket: Docket,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Put on record that a court compels a policy. The gate stays as it is.

    It opens a finding. Exit 4 if there is no notice of the policy.

        bus policy compelled doj/2018/zero-tolerance --court "S.D. Cal."
            --docket 3:18-cv-00428 --reason "reunite within 30 days"
            --office doj.oag --officer counsel:d-7
    """
    from bus.offices.policy_steps import Case, compulsion

    who, case, why = officer_of(office, officer), Case(court, docket), require_reason(reason)
    _tell(policy_id, who, lambda known: compulsion(known, who, case, why), as_json=as_json)
    note("the gate stays as it is: a court's order isn't the offices' acceptance")


def _tell(policy_id: str, officer: Officer, choose: Choice, *, as_json: bool) -> None:
    print_record(tell(policy_id, officer, choose, as_json=as_json), as_json=as_json)


def tell(policy_id: str, officer: Officer, choose: Choice, *, as_json: bool) -> dict[str, object]:
    """Publish what is chosen; return it as commands print it. Exit 4 where there is no notice."""
    from bus.cli.notice import no_notice_of
    from bus.settings import load_settings

    require_policy_id(policy_id)
    told = asyncio.run(_publish(load_settings(), policy_id, officer, choose))
    if told is None:
        end_unknown(no_notice_of(policy_id), as_json=as_json)
    step, published = told
    row = step_row(step, published) | {"body": step.body}
    return {name: value for name, value in row.items() if name != "finding_id"}


async def _publish(
    settings: Settings, policy_id: str, officer: Officer, choose: Choice
) -> tuple[Step, Published] | None:
    from bus.codec.schemas import packaged
    from bus.offices.known_policy import tell_of_policy
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await tell_of_policy(
            settings, tracker, policy_id, officer, choose=choose, schemas=packaged()
        )


async def _policy_of_stay(settings: Settings, stay_id: UUID) -> str | None:
    from bus.offices.policy_steps import policy_of_stay
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await policy_of_stay(tracker, stay_id)
