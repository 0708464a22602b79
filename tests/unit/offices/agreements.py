"""The agreements that are shipped, to be read, bent and approved."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bus.codec.schemas import packaged
from bus.offices.agreement_file import AgreementFile, parse_agreement
from bus.offices.agreement_writing import approved
from bus.offices.observing import Officer

SHIPPED = Path(__file__).parents[3] / "deploy" / "agreements"
NOON = datetime(2025, 12, 10, 17, tzinfo=UTC)
DOJ = Officer(office="doj.oag", role="associate-deputy", officer_id="j-20")
HHS = Officer(office="hhs.acf.assistant-secretary", role="principal-deputy", officer_id="h-40")


def unapproved() -> str:
    """Return the text of an agreement that nobody has approved yet."""
    text = (SHIPPED / "doj-hhs.yaml").read_text()
    return text[: text.index("\napprovals:") + 1]


def read(text: str) -> AgreementFile:
    """Return what a file of this text holds."""
    return parse_agreement(Path("an-agreement.yaml"), text, packaged())


def approve(text: str, *officers: Officer) -> str:
    """Return the text with these officers' approvals."""
    for officer in officers:
        text = approved(read(text), officer, NOON, packaged()).text
    return text


def faults_of(text: str) -> list[tuple[int, str, str]]:
    """Return line, path and rule of each fault, missing approvals left out."""
    found = read(text).content_faults
    return [(fault.line, fault.path, fault.rule) for fault in found]


def line_of(text: str, part: str) -> int:
    """Return the line in which this part of the text first stands."""
    return text[: text.index(part)].count("\n") + 1
