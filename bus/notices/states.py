"""The values of the dimensions, and the codes that say why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RecordState(StrEnum):
    """Whether what is on record can be judged at all."""

    UNREADABLE = "UNREADABLE"
    UNKNOWN = "UNKNOWN"
    CONFLICT = "CONFLICT"
    SOUND = "SOUND"


class AnswerState(StrEnum):
    """What the required seats have answered."""

    NO_SEAT = "NO_SEAT"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    PENDING = "PENDING"


class Lead(StrEnum):
    """Whether an office had the text early enough; from the best to the worst."""

    KEPT = "KEPT"
    SHORTENED = "SHORTENED"
    WAIVED = "WAIVED"
    SHORT = "SHORT"


LEADS_FROM_BEST = tuple(Lead)


class ObjectionAfterEffect(StrEnum):
    """What an office's objection does once the revision that it had accepted has taken effect."""

    WARN = "WARN"
    CLOSE = "CLOSE"


class Force(StrEnum):
    """Whether the policy applies at a moment."""

    ENDED = "ENDED"
    STAYED = "STAYED"
    IN_FORCE = "IN_FORCE"
    NOT_YET = "NOT_YET"


class Code(StrEnum):
    """Why a dimension has its value; the comment says what `Reason.fact` names."""

    # record
    DEAD_LETTER_OPEN = "DEAD_LETTER_OPEN"  # the dead letter
    NO_NOTICE = "NO_NOTICE"
    OBSERVED = "OBSERVED"  # the observation of a policy without a notice
    TWO_CONTENTS = "TWO_CONTENTS"  # each of the contradictory records
    FIELD_UNREADABLE = "FIELD_UNREADABLE"  # the record with the unreadable field
    # what makes a notice an announcement
    PROPOSED = "PROPOSED"  # the notice
    SECOND_OFFICER_MISSING = "SECOND_OFFICER_MISSING"  # the notice
    CHAIN_BROKEN = "CHAIN_BROKEN"  # the notice that replaces a text nobody knows
    MODE_UNSOUND = "MODE_UNSOUND"  # the record whose mode is missing or contradictory
    TEXT_NOT_SEALED = "TEXT_NOT_SEALED"  # the notice that restricts a text and gives no digest
    RECORDED_BY_LIAISON = "RECORDED_BY_LIAISON"  # the notice; the liaison's office
    # answer
    ACCEPTED = "ACCEPTED"  # this and all that follow: the acknowledgement
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    NO_DECISION = "NO_DECISION"  # no fact: there is none
    TEXT_CHANGED_SINCE = "TEXT_CHANGED_SINCE"  # of the same words, before a material change
    TWO_DECISIONS = "TWO_DECISIONS"
    WRONG_REVISION = "WRONG_REVISION"
    CONDITION_OPEN = "CONDITION_OPEN"
    CONDITION_ANSWERED = "CONDITION_ANSWERED"  # the office hasn't accepted the answer yet
    CONDITION_REFUSED = "CONDITION_REFUSED"
    CAPACITY_SHORT = "CAPACITY_SHORT"
    NOT_READ = "NOT_READ"
    SUMMARY_ONLY = "SUMMARY_ONLY"  # more than the summary was disclosed, or not even that
    DECIDED_BY_DRAFTER = "DECIDED_BY_DRAFTER"
    DECIDED_BY_APPROVER = "DECIDED_BY_APPROVER"
    DELEGATION_MISSING = "DELEGATION_MISSING"
    ONE_OFFICER = "ONE_OFFICER"  # who fills another seat already
    OTHER_AGENCYS_ENTRY = "OTHER_AGENCYS_ENTRY"  # another agency's liaison recorded it
    OBJECTED_AFTER_EFFECT = "OBJECTED_AFTER_EFFECT"  # what warns, and closes nothing
    # lead
    DELIVERED_IN_TIME = "DELIVERED_IN_TIME"  # the receipt
    DELIVERED_LATE = "DELIVERED_LATE"  # the receipt
    LEAD_SHORTENED = "LEAD_SHORTENED"  # the receipt that came an emergency's lead time ahead
    LEAD_WAIVED = "LEAD_WAIVED"  # the acknowledgement
    NOT_DELIVERED = "NOT_DELIVERED"
    NO_RECEIPT_GROUP = "NO_RECEIPT_GROUP"  # nobody is named to receipt for this office
    SHORT_BY_SENDER = "SHORT_BY_SENDER"  # the notice that was recorded too late already
    SHORT_BY_ADDRESSEE = "SHORT_BY_ADDRESSEE"  # another group's receipt, which came in time
    SHORT_BY_BUS = "SHORT_BY_BUS"  # the receipt that came too late
    # why an emergency shortens nothing: of findings alone
    BASIS_NOT_AGREED = "BASIS_NOT_AGREED"
    REASON_MISSING = "REASON_MISSING"
    EMERGENCY_TOO_LONG = "EMERGENCY_TOO_LONG"
    # force
    CANCELLED = "CANCELLED"  # the coordination record
    SUPERSEDED = "SUPERSEDED"  # the notice of the newer policy
    EXPIRED = "EXPIRED"  # the notice
    EMERGENCY_OVER = "EMERGENCY_OVER"  # the notice
    STAYED = "STAYED"  # the coordination record
    IN_FORCE = "IN_FORCE"  # the notice
    NOT_YET_EFFECTIVE = "NOT_YET_EFFECTIVE"  # the notice
    # shown, without a dimension of its own: the gate stays as it is
    PROCEEDED_OVER_OBJECTION = "PROCEEDED_OVER_OBJECTION"  # the coordination record
    COMPELLED = "COMPELLED"  # the coordination record
    # why a statement has no effect: of findings alone
    NOT_AUTHORISED = "NOT_AUTHORISED"
    NOT_THE_ISSUER = "NOT_THE_ISSUER"
    NOT_ADDRESSED = "NOT_ADDRESSED"
    OTHER_MODE = "OTHER_MODE"
    REVISION_UNKNOWN = "REVISION_UNKNOWN"
    DIGEST_UNKNOWN = "DIGEST_UNKNOWN"
    BEFORE_DELIVERY = "BEFORE_DELIVERY"
    CONDITION_UNKNOWN = "CONDITION_UNKNOWN"
    STAY_UNKNOWN = "STAY_UNKNOWN"
    STAY_LIFTED = "STAY_LIFTED"
    OTHER_AGENCY = "OTHER_AGENCY"
    STATEMENT_MISSING = "STATEMENT_MISSING"
    NUMBER_MISSING = "NUMBER_MISSING"
    # mode
    MODE_NOT_ACTUAL = "MODE_NOT_ACTUAL"  # the policy's first notice
    # the gate's own
    OUT_OF_SCOPE = "OUT_OF_SCOPE"  # no fact: the policy doesn't speak to what is to be done
    SCOPE_NOT_ASKED = "SCOPE_NOT_ASKED"  # no fact: what the scope asks for and nobody said
    TRACKER_BEHIND = "TRACKER_BEHIND"
    AGREEMENT_UNREADABLE = "AGREEMENT_UNREADABLE"  # the dead letter
    STATEMENT_UNREADABLE = "STATEMENT_UNREADABLE"  # the dead letter, of whichever policy
    OFFSETS_LOST = "OFFSETS_LOST"  # no fact: the one that is missing
    SEQUENCE_GAP = "SEQUENCE_GAP"  # no fact: the one that is missing


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One reason, the fact behind it, and the office that it is about."""

    code: Code
    fact: str | None = None
    office: str | None = None
