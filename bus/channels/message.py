"""A message to an office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.codec.definitions import Json
from bus.events import Mode


class MessageKind(StrEnum):
    """Why an office is written to."""

    REMINDER = "REMINDER"
    OVERDUE = "OVERDUE"
    LADDER_STEP = "LADDER_STEP"
    FINDING = "FINDING"
    CLEARANCE = "CLEARANCE"
    TRIAL = "TRIAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a message says: a subject and a text for people, the same facts for machines.

    No personal data: policies, offices, times and ids.
    """

    subject: str
    text: str
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one office; `at` is business time.

    It may arrive more than once, always under the same id.
    """

    message_id: UUID
    kind: MessageKind
    mode: Mode
    office: str
    policy_id: str | None
    at: datetime
    words: Words
