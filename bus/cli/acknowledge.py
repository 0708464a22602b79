"""`bus acknowledge`: an office's decision on a policy. It binds."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypedDict, Unpack

import typer

from bus.cli.arguments import PolicyId, Yes, parse_moment, parse_officer, require_policy_id
from bus.cli.output import AsJson, confirm, end_unknown, note, print_record, text_of

if TYPE_CHECKING:
    from bus.offices.deciding import Intention, Proposal
    from bus.publishing.entries import Published
    from bus.settings import Settings


class Details(TypedDict):
    """What of an intention is said by one option each."""

    policy_id: str
    office: str
    officer_role: str
    officer_id: str
    waives_lead_time: bool
    revision: int | None
    conditions: tuple[str, ...]
    places: int | None
    places_from: datetime | None
    on_behalf_of: str | None
    has_read_text: bool


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
Condition = Annotated[
    list[str],
    typer.Option(
        "--condition", metavar="TEXT", help="Accept once the issuer agrees to this; repeatable."
    ),
]
Places = Annotated[
    int | None, typer.Option("--places", min=0, metavar="N", help="How many places there are.")
]
PlacesFrom = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help="From when on; now, if left out."),
]
OnBehalfOf = Annotated[
    str | None,
    typer.Option("--on-behalf-of", metavar="OFFICE", help="The office that lets this one decide."),
]
TextReadElsewhere = Annotated[
    bool,
    typer.Option("--text-read", help="The text that isn't public was read elsewhere."),
]


def acknowledge(
    policy_id: PolicyId,
    office: Office,
    officer: Officer,
    *,
    accept: Accept = False,
    reject: Reject = None,
    withdraw: Withdraw = False,
    waive_lead_time: Waive = False,
    condition: Condition = [],  # noqa: B006 - typer copies it
    places: Places = None,
    places_from: PlacesFrom = None,
    on_behalf_of: OnBehalfOf = None,
    text_read: TextReadElsewhere = False,
    revision: Revision = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Accept or reject a policy's text for an office, or withdraw the last decision.

    What it binds to is shown first, and then asked: the digest of one text, so that a change of
    the text voids it. An acceptance with conditions fills its seat once the issuer agrees to each.
    Exit 2 where the decision would be void, with what to do instead; 4 if there is no notice.

        bus acknowledge doj/2018/policy --office hhs.orr.intake
            --officer intake-duty-officer:h-17 --reject "no places before August"
    """
    from bus.cli.notice import no_notice_of
    from bus.settings import load_settings

    require_policy_id(policy_id)
    role, officer_id = parse_officer("--officer", officer, example="intake-duty-officer:h-17")
    intention = intention_of(
        accept=accept,
        reject=reject,
        withdraw=withdraw,
        policy_id=policy_id,
        office=office,
        officer_role=role,
        officer_id=officer_id,
        waives_lead_time=waive_lead_time,
        revision=revision,
        conditions=tuple(condition),
        places=places,
        places_from=parse_moment("--from", places_from),
        on_behalf_of=on_behalf_of,
        has_read_text=text_read,
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
            "conditions": [each["condition_id"] for each in proposal.conditions(number)],
            "places": places,
            "on_behalf_of": on_behalf_of,
            "mode": proposal.mode,
            "event_id": published.event_id,
            "topic": published.topic,
            "source": published.source,
            "sequence": published.sequence,
        },
        as_json=as_json,
    )


def intention_of(
    *, accept: bool, reject: str | None, withdraw: bool, **details: Unpack[Details]
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
    if reject is not None and not reject.strip():
        raise UsageError("--reject needs a reason that the issuing office can act on")
    intention = Intention(decision=chosen[0], reason=reject, **details)
    if not accept:
        _refuse_what_only_acceptances_have(intention)
    if intention.places_from is not None and intention.places is None:
        raise UsageError("--from says from when there are places: say how many with --places")
    if not all(each.strip() for each in intention.conditions):
        raise UsageError("a --condition needs words that the issuing office can agree to")
    return intention


def _refuse_what_only_acceptances_have(intention: Intention) -> None:
    from bus.errors import UsageError

    options = {
        "--waive-lead-time": intention.waives_lead_time,
        "--condition": bool(intention.conditions),
        "--places": intention.places is not None,
        "--text-read": intention.has_read_text,
    }
    wrong = [name for name, is_given in options.items() if is_given]
    if wrong:
        raise UsageError(f"only who accepts can say {' and '.join(wrong)}: leave it out")


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
