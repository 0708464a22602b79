"""A set of facts: without duplicates, in the log's order, whatever order they came in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    AnyFact,
    CitationFact,
    CoordinationFact,
    DeadLetterFact,
    NoticeFact,
    ReceiptFact,
)

F = TypeVar(
    "F",
    NoticeFact,
    AcknowledgementFact,
    CoordinationFact,
    ReceiptFact,
    AgreementFact,
    DeadLetterFact,
    CitationFact,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Facts by kind, each once, ordered by place. Build it with `History.of`."""

    notices: tuple[NoticeFact, ...] = ()
    acknowledgements: tuple[AcknowledgementFact, ...] = ()
    coordination: tuple[CoordinationFact, ...] = ()
    receipts: tuple[ReceiptFact, ...] = ()
    agreements: tuple[AgreementFact, ...] = ()
    dead_letters: tuple[DeadLetterFact, ...] = ()
    citations: tuple[CitationFact, ...] = ()

    @classmethod
    def of(cls, facts: Iterable[AnyFact]) -> History:
        """Sort facts out. Of a fact that was recorded twice, the first occurrence stands."""
        everything = list(facts)
        return cls(
            notices=_of_kind(NoticeFact, everything),
            acknowledgements=_of_kind(AcknowledgementFact, everything),
            coordination=_of_kind(CoordinationFact, everything),
            receipts=_of_kind(ReceiptFact, everything),
            agreements=_of_kind(AgreementFact, everything),
            dead_letters=_of_kind(DeadLetterFact, everything),
            citations=_of_kind(CitationFact, everything),
        )

    def as_known_at(self, known_at: datetime) -> History:
        """Return what had been recorded by then."""
        return History(
            notices=_until(known_at, self.notices),
            acknowledgements=_until(known_at, self.acknowledgements),
            coordination=_until(known_at, self.coordination),
            receipts=_until(known_at, self.receipts),
            agreements=_until(known_at, self.agreements),
            dead_letters=_until(known_at, self.dead_letters),
            citations=_until(known_at, self.citations),
        )

    @property
    def epochs(self) -> list[datetime]:
        """Every moment at which what is known of policies changes, ascending."""
        kinds: tuple[Sequence[AnyFact], ...] = (
            self.notices,
            self.acknowledgements,
            self.coordination,
            self.receipts,
            self.agreements,
            self.dead_letters,
        )
        closings = {letter.closed_at for letter in self.dead_letters if letter.closed_at}
        return sorted({fact.recorded_at for facts in kinds for fact in facts} | closings)


def _of_kind(kind: type[F], facts: Iterable[AnyFact]) -> tuple[F, ...]:
    first: dict[Hashable, F] = {}
    for fact in sorted((fact for fact in facts if isinstance(fact, kind)), key=lambda f: f.place):
        first.setdefault(fact.identity, fact)
    return tuple(first.values())


def _until(known_at: datetime, facts: tuple[F, ...]) -> tuple[F, ...]:
    return facts[: bisect_right(facts, known_at, key=lambda fact: fact.recorded_at)]
