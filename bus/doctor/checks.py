"""What a check tells: what was looked at, how it is, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How what was looked at is."""

    SOUND = "SOUND"
    WRONG = "WRONG"
    UNKNOWN = "UNKNOWN"  # it couldn't be looked at, because of something that is wrong


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `mend` says what to do; None where nothing is to be done."""

    what: str
    state: State
    found: str
    mend: str | None = None


def sound(what: str, found: str) -> Check:
    """Return that all is well."""
    return Check(what, State.SOUND, found)


def wrong(what: str, found: str, mend: str) -> Check:
    """Return that something is wrong, and what to do about it."""
    return Check(what, State.WRONG, found, mend)


def unknown(what: str, because: str) -> Check:
    """Return that nobody can tell, because of something else that is wrong."""
    return Check(what, State.UNKNOWN, f"can't be looked at: {because}")
