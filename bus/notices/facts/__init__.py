"""What was said and stored: the immutable facts from which every state is derived.

A fact keeps of its record what the rules ask about. Two payloads of one meaning make equal
facts, apart from their origin.
"""

from __future__ import annotations

from bus.notices.facts.acknowledgement import AcknowledgementFact, Decision, Readiness, TextRead
from bus.notices.facts.agreement import AgreementFact
from bus.notices.facts.citation import BasisKind, CitationFact
from bus.notices.facts.coordination import CoordinationFact, CoordinationKind
from bus.notices.facts.dead_letter import DeadLetterFact
from bus.notices.facts.notice import ExpectedImpact, NoticeFact, Stage
from bus.notices.facts.origin import Fact, Origin, Place
from bus.notices.facts.receipt import ReceiptFact

AnyFact = (
    NoticeFact
    | AcknowledgementFact
    | CoordinationFact
    | ReceiptFact
    | AgreementFact
    | DeadLetterFact
    | CitationFact
)

__all__ = [
    "AcknowledgementFact",
    "AgreementFact",
    "AnyFact",
    "BasisKind",
    "CitationFact",
    "CoordinationFact",
    "CoordinationKind",
    "DeadLetterFact",
    "Decision",
    "ExpectedImpact",
    "Fact",
    "NoticeFact",
    "Origin",
    "Place",
    "Readiness",
    "ReceiptFact",
    "Stage",
    "TextRead",
]
