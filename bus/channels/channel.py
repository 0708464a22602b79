"""The port: something that carries a message to an office."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bus.channels.message import Message

LIMIT_SECONDS = 10.0
"""How long one try may take in all."""


class Outcome(StrEnum):
    """What became of one try."""

    DELIVERED = "DELIVERED"  # the other side has taken it
    UNREACHABLE = "UNREACHABLE"  # may pass: the same again later
    REFUSED = "REFUSED"  # the same again would be refused again


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome and its reason: a code, never what the other side wrote.

    Servers quote addresses in their answers, and an address may be a person's.
    """

    outcome: Outcome
    reason: str

    @property
    def is_delivered(self) -> bool:
        return self.outcome is Outcome.DELIVERED


class Channel(Protocol):
    """Carries messages to one office."""

    name: str
    """Its kind and its place in the office's list, such as "1 email". Never an address."""

    async def deliver(self, message: Message) -> Result:
        """Try once, within LIMIT_SECONDS. Raises nothing for what the other side does.

        DELIVERED says that the other side has taken the message, not that anybody has read it.
        A message that is tried again has the same id on the wire, so that receivers can drop
        repeats.
        """
        ...
