"""`bus conditions`: what offices accept on, and the issuer's answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import PolicyId, require_policy_id
from bus.cli.notice import no_notice_of
from bus.cli.observe import Office, OfficerOption, officer_of
from bus.cli.output import AsJson, Row, end_unknown, print_record, print_rows
from bus.cli.policy import tell

if TYPE_CHECKING:
    from bus.notices.facts import Answer
    from bus.offices.conditions import Condition
    from bus.offices.overview import Policy
    from bus.settings import Settings

app = typer.Typer(
    help="Conditions: what offices accept on, and the issuer's answers.", no_args_is_help=True
)

COLUMNS = ("policy_id", "mode", "office", "condition_id", "answer", "waits_for", "text")

OnePolicy = Annotated[
    str | None, typer.Argument(metavar="[POLICY_ID]", help="Only of this policy, ended or not.")
]
Everything = Annotated[bool, typer.Option("--all", help="Those that were agreed to as well.")]
Of = Annotated[str, typer.Option("--of", metavar="OFFICE", help="The office that made it.")]
ConditionId = Annotated[str, typer.Argument(metavar="CONDITION_ID", help='Such as "capacity".')]
Agreed = Annotated[bool, typer.Option("--agreed", help="Agree: the condition is met.")]
Answered = Annotated[
    str | None,
    typer.Option("--answered", metavar="TEXT", help="Answer in words: the office decides anew."),
]
Refused = Annotated[bool, typer.Option("--refused", help="Refuse: the acceptance is none.")]


@app.command("list")
def list_conditions(
    policy_id: OnePolicy = None, everything: Everything = False, as_json: AsJson = False
) -> None:
    """List the conditions that aren't met yet, and whose turn it is.

    Without a POLICY_ID, those of all policies that haven't ended. Exit 4 if there is no notice of
    the policy.

        bus conditions list doj/2018/zero-tolerance
    """
    from bus.settings import load_settings

    if policy_id is not None:
        require_policy_id(policy_id)
    policies = asyncio.run(_policies(load_settings(), policy_id))
    if policy_id is not None and not policies:
        end_unknown(no_notice_of(policy_id), as_json=as_json)
    rows = [row for policy in policies for row in condition_rows(policy, everything=everything)]
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="No condition is open.")


@app.command()
def answer(  # noqa: PLR0917 - typer calls it by name
    policy_id: PolicyId,
    condition_id: ConditionId,
    of: Of,
    office: Office,
    officer: OfficerOption,
    agreed: Agreed = False,
    answered: Answered = None,
    refused: Refused = False,
    as_json: AsJson = False,
) -> None:
    """Answer a condition for the issuer: agree, answer in words, or refuse.

    Exit 2 where the answer would have no effect, with why; 4 if there is no notice.

        bus conditions answer doj/2018/zero-tolerance --of hhs.orr.intake capacity --agreed
            --office doj.oag --officer counsel:d-7
    """
    from bus.offices.conditions import Reply, answering

    what = _answer_of(agreed, answered, refused)
    reply = Reply(office=of, condition_id=condition_id, answer=what, text=answered)
    who = officer_of(office, officer)
    row = tell(policy_id, who, lambda known: answering(known, who, reply), as_json=as_json)
    print_record(row, as_json=as_json)


def _answer_of(agreed: bool, answered: str | None, refused: bool) -> Answer:
    from bus.errors import UsageError
    from bus.notices.facts import Answer

    chosen = [
        answer
        for answer, is_chosen in (
            (Answer.AGREED, agreed),
            (Answer.ANSWERED, answered is not None),
            (Answer.REFUSED, refused),
        )
        if is_chosen
    ]
    if len(chosen) != 1:
        raise UsageError("say one of --agreed, --answered TEXT and --refused")
    if answered is not None and not answered.strip():
        raise UsageError("--answered needs words that the office can decide on")
    return chosen[0]


async def _policies(settings: Settings, policy_id: str | None) -> list[Policy]:
    from bus.codec.schemas import packaged
    from bus.notices.states import Force
    from bus.offices.overview import announced_policies, find_policy
    from bus.tracker.session import tracker_session

    now = settings.clock().now()
    async with tracker_session(settings) as tracker:
        if policy_id is None:
            policies = await announced_policies(tracker, now, packaged())
            return [each for each in policies if each.clearance.force is not Force.ENDED]
        policy = await find_policy(tracker, policy_id, now, packaged())
    return [] if policy is None else [policy]


def condition_rows(policy: Policy, *, everything: bool) -> list[Row]:
    """Return the policy's conditions as they are shown; without the met ones unless all are."""
    from bus.offices.conditions import conditions_at

    found = conditions_at(policy.judgement, policy.clearance.at)
    return [_row(each, policy) for each in found if everything or not each.is_met]


def _row(condition: Condition, policy: Policy) -> Row:
    from bus.offices.conditions import text_of_condition

    accept = condition.acceptance
    return {
        "policy_id": condition.policy_id,
        "mode": condition.mode,
        "office": condition.office,
        "condition_id": condition.condition_id,
        "answer": condition.answer,
        "waits_for": condition.waits_for,
        "text": text_of_condition(condition, policy),
        "revision": accept.revision,
        "decision_no": accept.decision_no,
        "recorded_at": accept.recorded_at,
        "event_id": accept.event_id,
    }
