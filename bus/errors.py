"""Every error that the bus raises on purpose.

    BusError
    ├── UsageError              the caller asked for something that can't be (exit 2)
    │   ├── InvalidEventError   an event breaks rules; carries every fault at once
    │   └── UnknownNameError    no such topic, schema, service, …
    ├── FaultError              we looked, and something is wrong (exit 1)
    │   ├── PoisonError         this record can never be applied as it is
    │   ├── FencedError         another worker owns the partition now
    │   └── NotClear            a policy may not be acted on (exit 3; in `bus.gate.client`)
    ├── ContentionError         two transactions were in each other's way: the same again
    └── UnavailableError        something we need can't be reached (exit 5)
        └── SystemicError       …while consuming: wait, and apply nothing until it is back

`fault` is what an error means for the record whose handling raised it: an attribute of its class,
so that whoever decides about a retry asks the error, and no list of classes stands elsewhere.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bus.reasons import Reason


class FaultKind(StrEnum):
    """What an error means for the record whose handling raised it."""

    POISON = "poison"  # never to be applied as it is: a dead letter now
    TRANSIENT = "transient"  # may pass: tried again, up to a limit
    CONTENTION = "contention"  # says nothing of the record: the same transaction again
    SYSTEMIC = "systemic"  # every record would fail: wait until it is over
    FENCED = "fenced"  # the partition is another worker's now


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that breaks one rule. Never carries the field's value: it may be personal."""

    path: str
    rule: str
    hint: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule} ({self.hint})"


class BusError(Exception):
    """The root. `exit_code` is what the command `bus` ends with.

    The text is for logs and operators: no value of an event may stand in it.
    """

    exit_code: ClassVar[int] = 1
    fault: ClassVar[FaultKind] = FaultKind.TRANSIENT


class UsageError(BusError):
    """The caller asked for something that can't be."""

    exit_code = 2


class UnknownNameError(UsageError):
    """There is no topic, schema, service or office of that name."""


class InvalidEventError(UsageError):
    """An event breaks rules. Nothing was stored."""

    def __init__(self, subject: str, faults: Sequence[FieldFault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"{subject} was refused, nothing was stored:\n{lines}")


class FaultError(BusError):
    """We looked, and something is wrong."""


class PoisonError(FaultError):
    """A record that can never be applied as it is; `reason` is a code of `bus.reasons`.

    `detail` goes into the dead letter, in the owner's own schema, and into no log.
    """

    fault = FaultKind.POISON

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


class FencedError(FaultError):
    """Another worker has claimed a partition since; nothing of this batch was written."""

    fault = FaultKind.FENCED


class ContentionError(BusError):
    """Two transactions were in each other's way, and this one was rolled back."""

    fault = FaultKind.CONTENTION


class UnavailableError(BusError):
    """Something that we need can't be reached."""

    exit_code = 5
    fault = FaultKind.SYSTEMIC


class SystemicError(UnavailableError):
    """A dependency of every record is away: pause and wait, dead-letter nothing."""


def fault_of(error: BaseException) -> FaultKind:
    """Return what an error means for its record; of one that isn't ours, that it may pass."""
    return error.fault if isinstance(error, BusError) else FaultKind.TRANSIENT


def safe_text(error: BaseException) -> str:
    """Return what may be logged of an error: the text of ours, the kind and place of others.

    The text of an error that no part of the bus has translated may quote a row or a record. What a
    handler says of a record may quote it as well: only the reason is shown, if it is a code.
    """
    if isinstance(error, PoisonError):
        return f"{type(error).__name__}: {reason_code(error.reason)}"
    if isinstance(error, BusError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def reason_code(reason: str) -> str:
    """Return the reason if it is a code of ours, else that of whatever a handler refuses."""
    return reason if reason in Reason.__members__ else Reason.HANDLER_REFUSED
