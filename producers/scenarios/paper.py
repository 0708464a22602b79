"""An agreement on paper: its file goes from agency to agency until each has approved it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bus.codec.schemas import packaged
from bus.errors import UsageError
from bus.offices.agreeing import agreements_on_record, publish_agreement
from bus.offices.agreement_file import APPROVALS, read_agreement
from bus.offices.agreement_writing import approved, write_agreement
from bus.offices.observing import Officer
from bus.scenarios.stage import Deed, Question, Stage
from bus.tracker.session import tracker_session

SHIPPED = Path(__file__).parents[2] / "deploy" / "agreements"


def shipped_text(name: str) -> str:
    """Return the text of an agreement of this repository, without its approvals."""
    try:
        text = (SHIPPED / name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{SHIPPED / name} can't be read ({error.strerror}): play this in a whole copy of the "
            "repository"
        ) from None
    return text.partition(f"\n{APPROVALS}:")[0]


def writes(name: str, edited: Callable[[str], str] = str) -> Deed:
    """Write this repository's text into the file, edited; the approvals that are in it stay."""

    async def deed(stage: Stage) -> None:
        file = _file(stage, name)
        given = file.read_text(encoding="utf-8") if file.exists() else ""
        _, heading, approvals = given.partition(f"\n{APPROVALS}:")
        file.write_text(edited(shipped_text(name)) + heading + approvals, encoding="utf-8")

    return deed


def approves(name: str, officer: Officer) -> Deed:
    """Approve the text for the officer's agency."""

    async def deed(stage: Stage) -> None:
        file = read_agreement(_file(stage, name), packaged())
        write_agreement(approved(file, officer, stage.clock.now(), packaged()))

    return deed


def publishes(name: str) -> Deed:
    """Publish the agreement as the next version on record; raise UsageError if it can't be."""

    async def deed(stage: Stage) -> None:
        file = read_agreement(_file(stage, name), packaged())
        async with tracker_session(stage.settings) as tracker:
            await publish_agreement(stage.settings, tracker, file, packaged())

    return deed


def is_agreed(agreement_id: str) -> Question:
    """Return whether a version of this agreement is on record."""

    async def check(stage: Stage) -> bool:
        async with tracker_session(stage.settings) as tracker:
            known = await agreements_on_record(tracker)
        return any(each.data["agreement_id"] == agreement_id for each in known)

    return check


def _file(stage: Stage, name: str) -> Path:
    return stage.directory / name
