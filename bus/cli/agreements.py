"""`bus agreements`: what agencies agreed on, as files, and as it stands on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import Yes
from bus.cli.exits import ExitCode
from bus.cli.observe import Office, OfficerOption, officer_of
from bus.cli.output import AsJson, Row, confirm, escaped, note, print_json, print_record, print_rows

if TYPE_CHECKING:
    from bus.offices.agreeing import Agreed
    from bus.offices.agreement_file import AgreementFile
    from bus.publishing.entries import Published
    from bus.settings import Settings

FOLDER = Path("deploy/agreements")

app = typer.Typer(
    help="What agencies agreed on: as files that both sides approve, and on record.",
    no_args_is_help=True,
)

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]…", help=f"All of {FOLDER}, when left out."),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help=f"Such as {FOLDER}/doj-hhs.yaml.")]
COLUMNS = ("agreement_id", "version", "mode", "parties", "valid_from", "valid_to", "instruments")


@app.command()
def check(files: Files = None, as_json: AsJson = False) -> None:
    """Say whether agreements can be published; exit 1 with a line for each fault.

    A missing approval is one, and so is an approval of a text that was changed since.

        bus agreements check deploy/agreements/doj-hhs.yaml
    """
    from bus.codec.schemas import packaged
    from bus.offices.agreement_file import read_agreement

    found = [read_agreement(path, packaged()) for path in files or _shipped()]
    faults = [{"file": str(file.path), **asdict(fault)} for file in found for fault in file.faults]
    if as_json:
        print_json({"files": [_file_row(file) for file in found], "faults": faults})
    else:
        _print_verdict(found, len(faults))
    if faults:
        raise typer.Exit(ExitCode.FAULT)


def _shipped() -> list[Path]:
    from bus.errors import UsageError

    found = sorted(FOLDER.glob("*.yaml"))
    if not found:
        raise UsageError(f"there is no agreement in {FOLDER} of this folder: name the files")
    return found


def _print_verdict(files: Sequence[AgreementFile], faults: int) -> None:
    for file in files:
        for fault in file.faults:
            typer.echo(escaped(f"{file.path}:{fault.line}: {fault}"))
    if faults:
        note(f"{len(files)} agreements checked, {faults} faults: not to be published.")
    else:
        typer.echo(f"{len(files)} agreements checked, no fault.")


@app.command()
def approve(file: File, office: Office, officer: OfficerOption, as_json: AsJson = False) -> None:
    """Approve the text of an agreement for an agency, through an office of it, in the file.

    It binds to the text: whoever changes more than comments voids it. Exit 2 where the text has
    faults, or the agency has approved it.

        bus agreements approve deploy/agreements/doj-hhs.yaml --office doj.oag
            --officer associate-deputy:j-20
    """
    from bus.codec.schemas import packaged
    from bus.offices.agreement_file import read_agreement
    from bus.offices.agreement_writing import approved, write_agreement
    from bus.settings import load_settings

    who, now = officer_of(office, officer), load_settings().clock().now()
    before = read_agreement(file, packaged())
    after = approved(before, who, now, packaged())
    write_agreement(after)
    print_record(_file_row(after), as_json=as_json)
    void = len(before.approvals) - len(before.valid_approvals)
    if void:
        note(f"{void} approvals of an earlier text were void, and were taken out")


def _file_row(file: AgreementFile) -> dict[str, object]:
    return {
        "file": str(file.path),
        "agreement_id": file.data.get("agreement_id"),
        "version": file.data.get("version"),
        "digest": file.digest,
        "approved_by": [each.get("office") for each in file.valid_approvals],
    }


@app.command()
def publish(file: File, yes: Yes = False, as_json: AsJson = False) -> None:
    """Publish an agreement that every party has approved, as the next version on record.

    It can't be taken back: only a later version replaces it. Exit 2 where an approval is missing
    or void, or the version isn't the next.

        bus agreements publish deploy/agreements/doj-hhs.yaml --yes
    """
    from bus.codec.schemas import packaged
    from bus.offices.agreement_file import read_agreement
    from bus.settings import load_settings

    found = read_agreement(file, packaged())
    found.refuse_faults(found.faults)
    row = _file_row(found)
    confirm(f"Publish version {row['version']} of {row['agreement_id']}?", yes=yes)
    published = asyncio.run(_publish(load_settings(), found))
    print_record(row | asdict(published), as_json=as_json)


async def _publish(settings: Settings, file: AgreementFile) -> Published:
    from bus.codec.schemas import packaged
    from bus.offices.agreeing import publish_agreement
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await publish_agreement(settings, tracker, file, packaged())


@app.command("list")
def list_agreements(as_json: AsJson = False) -> None:
    """List every version of every agreement that the tracker has read.

    bus agreements list --json
    """
    from bus.settings import load_settings

    rows = [_record_row(each) for each in asyncio.run(_list(load_settings()))]
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="No agreement is on record.")


async def _list(settings: Settings) -> list[Agreed]:
    from bus.offices.agreeing import agreements_on_record
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await agreements_on_record(tracker)


def _record_row(agreed: Agreed) -> Row:
    about = {"event_id": agreed.event_id, "mode": agreed.mode, "recorded_at": agreed.recorded_at}
    return {**agreed.data, **about}
