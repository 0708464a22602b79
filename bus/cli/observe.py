"""`bus observe`: tell of a policy that somebody saw, and nobody announced."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import parse_id, parse_moment, parse_officer, require_policy_id
from bus.cli.output import AsJson, print_record
from bus.events import Mode

if TYPE_CHECKING:
    from bus.offices.observing import Officer, Step
    from bus.publishing.entries import Published
    from bus.settings import Settings


class Channel(StrEnum):
    """Where something was seen."""

    MEMO = "MEMO"
    NEWS = "NEWS"
    STAFF_REPORT = "STAFF_REPORT"
    OPERATIONS = "OPERATIONS"


Office = Annotated[
    str, typer.Option("--office", metavar="OFFICE", help='Who speaks, such as "hhs.orr.intake".')
]
OfficerOption = Annotated[
    str,
    typer.Option("--officer", metavar="ROLE:ID", help='Such as "duty-officer:h-17"; no name.'),
]
Agency = Annotated[
    str, typer.Option("--agency", metavar="AGENCY", help='Whose policy it seems, such as "doj".')
]
Where = Annotated[Channel, typer.Option("--channel", help="Where it was seen.")]
Description = Annotated[
    str, typer.Option("--description", help="What was seen, without personal data.")
]
Policy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY_ID", help="The policy, if it has an id.")
]
SeenAt = Annotated[
    str | None, typer.Option("--seen-at", metavar="T", help="When it was seen; UTC if no offset.")
]
Place = Annotated[str | None, typer.Option("--where", help="The sector or place.")]
Again = Annotated[
    str | None,
    typer.Option("--again", metavar="COORDINATION_ID", help="Tie this observation to --policy."),
]
InMode = Annotated[Mode, typer.Option("--mode", help="An exercise's touches nothing real.")]


def observe(  # noqa: PLR0917 - typer calls it by name
    office: Office,
    officer: OfficerOption,
    agency: Agency,
    channel: Where,
    description: Description,
    policy: Policy = None,
    seen_at: SeenAt = None,
    where: Place = None,
    again: Again = None,
    mode: InMode = Mode.ACTUAL,
    as_json: AsJson = False,
) -> None:
    """Tell of a policy that was seen and never announced. Silence never closes it.

    It opens a finding about the agency, and the policy's gate names it while there is no notice.
    One without --policy stands alone, until its own agency tells it --again with one.

        bus observe --office hhs.orr.director --officer deputy:h-3 --agency doj
            --channel STAFF_REPORT --description "far more separated children in El Paso"
    """
    from bus.errors import UsageError
    from bus.notices.facts import CoordinationKind
    from bus.offices.observing import Step, observation_body
    from bus.settings import load_settings

    if policy is not None:
        require_policy_id(policy)
    if again is not None and policy is None:
        raise UsageError("--again ties an observation to a policy: name it with --policy")
    body = observation_body(
        agency=agency,
        channel=channel.value,
        description=description,
        seen_at=parse_moment("--seen-at", seen_at),
        where=where,
    )
    step = Step(
        officer=officer_of(office, officer),
        kind=CoordinationKind.OBSERVATION,
        body=body,
        policy_id=policy,
        mode=mode,
        **({} if again is None else {"coordination_id": parse_id(again)}),
    )
    print_record(step_row(step, asyncio.run(publish_step(load_settings(), step))), as_json=as_json)


def officer_of(office: str, officer: str) -> Officer:
    """Return who speaks; raise UsageError where it can't be read."""
    from bus.offices.observing import Officer

    role, officer_id = parse_officer("--officer", officer, example="duty-officer:h-17")
    return Officer(office=office, role=role, officer_id=officer_id)


async def publish_step(settings: Settings, step: Step) -> Published:
    """Publish the record through the office's own agency."""
    from bus.codec.schemas import packaged
    from bus.offices.observing import tell_step

    return await tell_step(settings, step, packaged())


def step_row(step: Step, published: Published) -> dict[str, object]:
    """Return what was published, as commands print it."""
    from bus.notices.facts import CoordinationKind
    from bus.notices.observations import observed_id

    is_observation = step.kind is CoordinationKind.OBSERVATION
    return {
        "coordination_id": step.coordination_id,
        "kind": step.kind,
        "policy_id": step.policy_id,
        "office": step.officer.office,
        "mode": step.mode,
        "finding_id": observed_id(step.coordination_id, step.mode) if is_observation else None,
        "event_id": published.event_id,
        "topic": published.topic,
        "source": published.source,
        "sequence": published.sequence,
    }
