"""The facts that count for one policy, as known at one moment.

A fact counts only if its topic's owner owns the office that it speaks for, and only in the
policy's own mode. A policy has one mode for ever: that of its first notice with a sound one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bus.events import Mode
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    CoordinationFact,
    CoordinationKind,
    DeadLetterFact,
    NoticeFact,
    ReceiptFact,
)
from bus.notices.history import History
from bus.notices.observations import open_observations
from bus.notices.revisions import Revision, notices_of, revisions_of
from bus.notices.succession import Succession, successions_of
from bus.notices.texts import Text, texts_of


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What is known of one policy. Without a notice there are but dead letters and observations.

    `observations` are the open ones of a policy without a notice: once there is one, nobody asks.

    `reports` are the notices that another agency's liaison recorded: they make the policy known,
    and announce nothing.

    `receipts` are those of every policy that the history had, in this policy's mode or ACTUAL:
    a machine receipts for many notices at once.
    """

    policy_id: str
    known_at: datetime
    notices: tuple[NoticeFact, ...]
    acknowledgements: tuple[AcknowledgementFact, ...]
    coordination: tuple[CoordinationFact, ...]
    receipts: tuple[ReceiptFact, ...]
    agreements: tuple[AgreementFact, ...]
    dead_letters: tuple[DeadLetterFact, ...]
    successions: tuple[Succession, ...]
    observations: tuple[CoordinationFact, ...] = ()
    reports: tuple[NoticeFact, ...] = ()

    @property
    def mode(self) -> Mode | None:
        return self.notices[0].mode if self.notices else None

    @cached_property
    def revisions(self) -> tuple[Revision, ...]:
        """Ascending by number."""
        return revisions_of(self.notices)

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The material texts. A delivery counts for the text, not for the revision."""
        return texts_of(self.notices)

    def text_of(self, notice: NoticeFact) -> Text:
        """Return the text that one of the policy's notices carries."""
        return self._text_by_revision[notice.material_digest, notice.revision]

    @cached_property
    def _text_by_revision(self) -> dict[tuple[str, int], Text]:
        return {(text.digest, number): text for text in self.texts for number in text.revisions}

    def carrying(self, digest: str) -> list[NoticeFact]:
        """Return the notices with these words, in the log's order."""
        return [notice for notice in self.notices if notice.material_digest == digest]

    def decisions_of(self, office: str) -> Sequence[AcknowledgementFact]:
        """Return what was decided for the office, in the log's order."""
        return self._decisions_by_office.get(office, ())

    @cached_property
    def _decisions_by_office(self) -> dict[str, list[AcknowledgementFact]]:
        by_office: dict[str, list[AcknowledgementFact]] = {}
        for fact in self.acknowledgements:
            by_office.setdefault(fact.deciding_office, []).append(fact)
        return by_office

    @property
    def cancellations(self) -> list[CoordinationFact]:
        return [fact for fact in self.coordination if fact.cancels(self.policy_id)]

    def is_cancelled_before(self, notice: NoticeFact) -> bool:
        """Whether the policy's cancellation was on record when the notice was recorded."""
        return any(cancel.recorded_at <= notice.recorded_at for cancel in self.cancellations)

    def of_kind(self, kind: CoordinationKind) -> list[CoordinationFact]:
        return [fact for fact in self.coordination if fact.kind is kind]

    def sound_of_kind(self, kind: CoordinationKind) -> list[CoordinationFact]:
        """Return the statements of a kind that may help to clear: sound, and said in one way."""
        return [fact for fact in self.of_kind(kind) if fact.is_sound and self.is_said_once(fact)]

    def is_said_once(self, fact: CoordinationFact) -> bool:
        """Whether no other content is on record under the same coordination_id."""
        return all(
            other.content == fact.content
            for other in self.coordination
            if other.coordination_id == fact.coordination_id
        )

    def until(self, known_at: datetime) -> Dossier:
        """Return what of it was known at an earlier moment; dead letters and successions stay."""
        return replace(
            self,
            known_at=known_at,
            notices=tuple(n for n in self.notices if n.recorded_at <= known_at),
            acknowledgements=tuple(a for a in self.acknowledgements if a.recorded_at <= known_at),
            coordination=tuple(c for c in self.coordination if c.recorded_at <= known_at),
            receipts=tuple(r for r in self.receipts if r.recorded_at <= known_at),
        )


def open_dossier(policy_id: str, history: History, known_at: datetime) -> Dossier:
    """Collect what counts for the policy.

    `history` needs the policy's own facts; the notices and cancellations of every policy that
    supersedes it; the receipts that name its notices; the records under one coordination_id with
    its observations, and their dispositions; and the agreements. More does no harm.
    """
    known = history.as_known_at(known_at)
    notices = notices_of(policy_id, known)
    mode = notices[0].mode if notices else None
    return Dossier(
        policy_id=policy_id,
        known_at=known_at,
        notices=notices,
        acknowledgements=tuple(
            fact
            for fact in known.acknowledgements
            if fact.policy_id == policy_id and fact.is_authorised and fact.mode is mode
        ),
        coordination=tuple(
            fact
            for fact in known.coordination
            if fact.policy_id == policy_id and fact.is_authorised and fact.mode is mode
        ),
        receipts=tuple(fact for fact in known.receipts if fact.mode in (Mode.ACTUAL, mode)),
        agreements=known.agreements,
        dead_letters=tuple(
            letter
            for letter in known.dead_letters
            if letter.concerns(policy_id, mode) and letter.is_open(known_at)
        ),
        successions=successions_of(policy_id, known, mode),
        reports=tuple(
            notice
            for notice in known.notices
            if notice.policy_id == policy_id
            and notice.is_reported
            and notice.mode is (mode or Mode.ACTUAL)
        ),
        observations=() if notices else tuple(open_observations(policy_id, known.coordination)),
    )
