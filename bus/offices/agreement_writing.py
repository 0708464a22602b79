"""Approving an agreement: its file with one approval more, and all else as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from shutil import copymode

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.offices.agreement_file import APPROVALS, AgreementFile, parse_agreement
from bus.offices.observing import Officer


def approved(
    file: AgreementFile, officer: Officer, at: datetime, schemas: SchemaStore
) -> AgreementFile:
    """Return the file as it reads with the approval of the officer's agency; nothing is written.

    Void approvals are taken out. Raises InvalidEventError where there is something else to mend,
    UsageError where the agency has approved this text.
    """
    file.refuse_faults(file.content_faults)
    party = officer.owner
    if any(each.get("party") == party for each in file.valid_approvals):
        raise UsageError(f"{party} has approved this text of {file.path} already")
    entry: dict[str, Json] = {
        "party": party,
        "office": officer.office,
        "officer": {"role": officer.role, "id": officer.officer_id},
        "at": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "digest": file.digest,
    }
    text = _before_approvals(file) + _block_of([*file.valid_approvals, entry])
    changed = parse_agreement(file.path, text, schemas)
    changed.refuse_faults(fault for fault in changed.faults if fault.rule != "approved")
    return changed


def _before_approvals(file: AgreementFile) -> str:
    """Return the file's text up to its approvals. Raises UsageError if they aren't the last."""
    start = file.tree.starts.get(APPROVALS)
    if start is None:
        return f"{file.text.rstrip()}\n\n"
    if start < max(file.tree.starts.values()):
        raise UsageError(
            f"move `{APPROVALS}` to the end of {file.path}: what stands there is written anew"
        )
    return file.text[:start]


def _block_of(approvals: Iterable[dict[str, Json]]) -> str:
    lines = [f"{APPROVALS}:"]
    for entry in approvals:
        for index, (name, value) in enumerate(entry.items()):
            lines.append(f"  {' ' if index else '-'} {name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def write_agreement(file: AgreementFile) -> None:
    """Replace the file by its text, whole or not at all. Raises UsageError if it can't be."""
    beside = file.path.with_name(f".{file.path.name}.new")
    try:
        beside.write_text(file.text, "utf-8")
        copymode(file.path, beside)
        beside.replace(file.path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{file.path} can't be written ({error.strerror})") from None
