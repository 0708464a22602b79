"""`bus findings`: what was found to be wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import known_name, parse_id, parse_moment
from bus.cli.observe import Office, OfficerOption, officer_of, publish_step, step_row
from bus.cli.output import AsJson, Row, end_unknown, print_record, print_rows
from bus.events import Mode

if TYPE_CHECKING:
    from bus.notices.facts import Outcome
    from bus.offices.observing import Officer, Step
    from bus.settings import Settings
    from bus.tracker.finding_list import FindingFilter

app = typer.Typer(
    help="What was found to be wrong: each cause once, with the facts that show it.",
    no_args_is_help=True,
)

COLUMNS = (
    "opened_at",
    "severity",
    "kind",
    "reason",
    "reason_now",
    "mode",
    "state",
    "policy_id",
    "office",
    "event_id",
)

Policy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY_ID", help="Only about this policy.")
]
Kind = Annotated[
    str | None, typer.Option("--kind", help="Only of this kind, such as UNANNOUNCED_POLICY.")
]
InMode = Annotated[Mode | None, typer.Option("--mode", help="Only in this mode.")]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="T",
        help="What could be found, and had become of it, by what was recorded then.",
    ),
]
FindingId = Annotated[str, typer.Argument(metavar="FINDING_ID")]
Reference = Annotated[
    str | None, typer.Option("--reference", help="Where it can be read what was done.")
]
Everything = Annotated[bool, typer.Option("--all", help="Resolved ones too.")]


@app.command("list")
def list_findings(  # noqa: PLR0917 - typer calls it by name
    policy: Policy = None,
    kind: Kind = None,
    mode: InMode = None,
    everything: Everything = False,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List findings in the order in which they were opened. Exit 0, also when there are some.

    `reason` is what was known when it was opened, `reason_now` what is known by now of the moment
    at which a custody event acted: ANNOUNCED_AFTER_THE_FACT takes no finding away.

    They are the tracker's, and each group's own: OFFSET_GAP, records that it never read.

        bus findings list --policy doj/2018/zero-tolerance --known-at 2018-05-07
    """
    from bus.settings import load_settings
    from bus.tracker.finding_list import KINDS, FindingFilter

    wanted = FindingFilter(
        policy,
        known_name(kind, "kind", KINDS),
        mode,
        with_resolved=everything,
        known_at=parse_moment("--known-at", known_at),
    )
    rows = asyncio.run(_list(load_settings(), wanted))
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="There is no such finding.")


async def _list(settings: Settings, wanted: FindingFilter) -> list[Row]:
    from bus.tracker.finding_list import list_findings as read_findings

    return [each.payload for each in await read_findings(settings, wanted)]


@app.command()
def take(
    finding_id: FindingId,
    office: Office,
    officer: OfficerOption,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Take a finding: an office of the agency that it is about, or hhs.oig, looks into it.

    Exit 2 where the office may not, with who may.

        bus findings take 018f... --office doj.oag --officer counsel:d-7
    """
    from bus.notices.facts import Outcome

    _dispose(finding_id, Outcome.TAKEN, officer_of(office, officer), reference, as_json=as_json)


@app.command()
def resolve(
    finding_id: FindingId,
    office: Office,
    officer: OfficerOption,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Resolve a finding: say where it can be read what was done about it.

    bus findings resolve 018f... --office hhs.oig --officer inspector:h-40
        --reference "report OEI-BL-18-00510"
    """
    from bus.notices.facts import Outcome

    _dispose(finding_id, Outcome.RESOLVED, officer_of(office, officer), reference, as_json=as_json)


def _dispose(
    finding_id: str, outcome: Outcome, officer: Officer, reference: str | None, *, as_json: bool
) -> None:
    from bus.settings import load_settings

    settings = load_settings()
    step = asyncio.run(_disposition(settings, finding_id, outcome, officer, reference))
    if step is None:
        end_unknown(
            f"the tracker knows no finding {finding_id}; `bus findings list --all` shows what it "
            "found. Nobody disposes of a group's own OFFSET_GAP",
            as_json=as_json,
        )
    published = asyncio.run(publish_step(settings, step))
    row = {"finding_id": finding_id, "outcome": outcome}
    told = {name: value for name, value in step_row(step, published).items() if value is not None}
    print_record(row | told, as_json=as_json)


async def _disposition(
    settings: Settings, finding_id: str, outcome: Outcome, officer: Officer, reference: str | None
) -> Step | None:
    from bus.offices.observing import disposition_of
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await disposition_of(tracker, parse_id(finding_id), outcome, officer, reference)
