"""`bus acknowledge`: an office's decision on a policy. It binds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import PolicyId, Yes, parse_officer, require_policy_id
from bus.cli.output import AsJson, confirm, end_unknown, note, print_record, text_of

if TYPE_CHECKING:
    from bus.offices.deciding import Intention, Proposal
    from bus.publishing.entries import Published
    from bus.settings import Settings

Office = Annotated[
    str, typer.Option("--office", metavar="OFFICE", help='It decides, such as "hhs.orr.intake".')
]
Officer = Annotated[
    str,
    typer.Option(
        "--officer", metavar="ROLE:ID", help='Who, such as "intake-duty-officer:h-17"; no name.'
    ),
]
Accept = Annotated[bool, typer.Option("--accept", help="Accept the text.")]
Reject = Annotated[
    str | None, typer.Option("--reject", metavar="REASON", help="Reject it, for this reason.")
]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Take the last decision back.")]
Waive = Annotated[bool, typer.Option("--waive-lead-time", help="Accept although it came too late.")]
Revision = Annotated[
    int | None, typer.Option("--revision", min=1, metavar="N", help="Not the highest, but this.")
]


def acknowledge(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    office: Office,
    officer: Officer,
    accept: Accept = False,
    reject: Reject = None,
    withdraw: Withdraw = False,
    waive_lead_time: Waive = False,
    revision: Revision = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Accept or reject a policy's text for an office, or withdraw the last decision.

    What it binds to is shown first, and then asked: the digest of one text, so that a change of
    the text voids it. Exit 2 where the decision would be void, with what to do instead; 4 if
    there is no notice.

        bus acknowledge doj/2018/policy --office hhs.orr.intake
            --officer intake-duty-officer:h-17 --reject "no places before August"
    """
    from bus.cli.notice import no_notice_of
    from bus.settings import load_settings

    require_policy_id(policy_id)
    intention = intention_of(
        policy_id, office, officer, accept, reject, withdraw, waive_lead_time, revision
    )
    settings = load_settings()
    proposal = asyncio.run(_propose(settings, intention))
    if proposal is None:
        end_unknown(no_notice_of(policy_id), as_json=as_json)
    _show(proposal)
    confirm(f"{_verb(intention)} for {office}?", yes=yes)
    number, published = asyncio.run(_decide(settings, proposal))
    print_record(
        {
            "policy_id": policy_id,
            "revision": proposal.revision,
            "material_digest": proposal.material_digest,
            "office": office,
            "decision": intention.decision,
            "decision_no": number,
            "waives_lead_time": waive_lead_time,
            "mode": proposal.mode,
            "event_id": published.event_id,
            "topic": published.topic,
            "source": published.source,
            "sequence": published.sequence,
        },
        as_json=as_json,
    )


def intention_of(  # noqa: PLR0917 - the command's own parameters, in their order
    policy_id: str,
    office: str,
    officer: str,
    accept: bool,
    reject: str | None,
    withdraw: bool,
    waive_lead_time: bool,
    revision: int | None,
) -> Intention:
    """Return what the officer wants; raise UsageError where the options contradict each other."""
    from bus.errors import UsageError
    from bus.notices.facts import Decision
    from bus.offices.deciding import Intention

    chosen = [
        decision
        for decision, is_chosen in (
            (Decision.ACCEPT, accept),
            (Decision.REJECT, reject is not None),
            (Decision.WITHDRAW, withdraw),
        )
        if is_chosen
    ]
    if len(chosen) != 1:
        raise UsageError("say one of --accept, --reject REASON and --withdraw")
    if waive_lead_time and not accept:
        raise UsageError("only who accepts can waive the lead time: leave --waive-lead-time out")
    if reject is not None and not reject.strip():
        raise UsageError("--reject needs a reason that the issuing office can act on")
    role, officer_id = parse_officer("--officer", officer, example="intake-duty-officer:h-17")
    return Intention(
        policy_id=policy_id,
        office=office,
        officer_role=role,
        officer_id=officer_id,
        decision=chosen[0],
        reason=reject,
        waives_lead_time=waive_lead_time,
        revision=revision,
    )


async def _propose(settings: Settings, intention: Intention) -> Proposal | None:
    from bus.codec.schemas import packaged
    from bus.offices.deciding import propose
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await propose(tracker, intention, settings.clock().now(), packaged())


async def _decide(settings: Settings, proposal: Proposal) -> tuple[int, Published]:
    from bus.codec.schemas import packaged
    from bus.offices.deciding import decide

    return await decide(settings, proposal, packaged())


def _show(proposal: Proposal) -> None:
    """Show on stderr what the decision binds to."""
    from bus.tracker.moments import in_zone

    zone = proposal.effective_time_zone
    local = in_zone(proposal.effective_at, zone)
    lines = {
        "policy": proposal.intention.policy_id,
        "title": proposal.title,
        "revision": proposal.revision,
        "material digest": proposal.material_digest,
        "effective": f"{local.isoformat(sep=' ')} ({zone})",
        "mode": proposal.mode,
        "delivered": proposal.delivered_at or "not yet",
        "lead time": proposal.lead,
    }
    for name, value in lines.items():
        note(f"{name.ljust(15)}  {text_of(value)}")
    for remark in proposal.remarks:
        note(f"note: {remark}")


def _verb(intention: Intention) -> str:
    return intention.decision.value.capitalize()
