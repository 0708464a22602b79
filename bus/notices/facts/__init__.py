"""What was said and stored: the immutable facts from which every state is derived.

A fact keeps of its record what the rules ask about. Two payloads of one meaning make equal
facts, apart from their origin.
"""

from __future__ import annotations

from bus.notices.facts.acknowledgement import AcknowledgementFact, Decision, Readiness, TextRead
from bus.notices.facts.agreement import AgreementFact, Ladder, PartyApproval, Seat
from bus.notices.facts.citation import BasisKind, CitationFact
from bus.notices.facts.coordination import CoordinationFact, CoordinationKind
from bus.notices.facts.dead_letter import DeadLetterFact
from bus.notices.facts.notice import (
    BASELINE,
    Disclosure,
    Emergency,
    ExpectedImpact,
    NoticeFact,
    Scope,
    Stage,
)
from bus.notices.facts.origin import Fact, Origin, Place
from bus.notices.facts.receipt import ReceiptFact
from bus.notices.facts.statements import (
    Answer,
    Approval,
    Cancel,
    CancelCause,
    Compelled,
    ConditionAnswer,
    Delegation,
    Disposition,
    ExerciseWindow,
    LiftStay,
    Observation,
    Outcome,
    ProceedOverObjection,
    Statement,
    Stay,
)

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
    "BASELINE",
    "AcknowledgementFact",
    "AgreementFact",
    "Answer",
    "AnyFact",
    "Approval",
    "BasisKind",
    "Cancel",
    "CancelCause",
    "CitationFact",
    "Compelled",
    "ConditionAnswer",
    "CoordinationFact",
    "CoordinationKind",
    "DeadLetterFact",
    "Decision",
    "Delegation",
    "Disclosure",
    "Disposition",
    "Emergency",
    "ExerciseWindow",
    "ExpectedImpact",
    "Fact",
    "Ladder",
    "LiftStay",
    "NoticeFact",
    "Observation",
    "Origin",
    "Outcome",
    "PartyApproval",
    "Place",
    "ProceedOverObjection",
    "Readiness",
    "ReceiptFact",
    "Scope",
    "Seat",
    "Stage",
    "Statement",
    "Stay",
    "TextRead",
]
