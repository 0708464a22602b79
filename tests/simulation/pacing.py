"""How the fakes give others a turn: under asyncio as it is, or driven by hand.

Every method of a fake that the engine awaits first asks its pace for a turn, and says where it is.
The simulation's pace hands that to its scheduler, which may raise an error there or never resume.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol


class Pace(Protocol):
    """Gives turns."""

    async def turn(self, place: str) -> None:
        """Let others go on; return when it is our turn again, or raise what happens here."""
        ...

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        ...


class LoopPace:
    """Under asyncio: for tests of the fakes themselves."""

    async def turn(self, place: str) -> None:
        await asyncio.sleep(0)

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():  # noqa: ASYNC110  (nobody tells when a row is free)
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A coroutine that is at this place and can go on."""

    place: str

    def __await__(self) -> Generator[Turn, None, None]:
        yield self


@dataclass(frozen=True, slots=True)
class Until:
    """A coroutine that goes on when this is so."""

    is_so: Callable[[], bool]

    def __await__(self) -> Generator[Until, None, None]:
        yield self


@dataclass(frozen=True, slots=True)
class Sleep:
    """A coroutine that goes on at this time."""

    until: float

    def __await__(self) -> Generator[Sleep, None, None]:
        yield self


class HandPace:
    """For coroutines that are driven by `send`: what they yield tells the scheduler."""

    async def turn(self, place: str) -> None:
        await Turn(place)

    async def until(self, is_so: Callable[[], bool]) -> None:
        if not is_so():
            await Until(is_so)
