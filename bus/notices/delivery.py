"""When a text reached an office, and whether that was in time.

Delivery is the append time of the first receipt for the text from the group that the terms
name for the office. Nothing that the sender claims counts, and a delivery is never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bus.notices.agreement import Terms
from bus.notices.emergency import basis_of
from bus.notices.facts import AcknowledgementFact, NoticeFact, ReceiptFact
from bus.notices.states import Code, Lead, Reason
from bus.notices.texts import Text
from bus.topics import agency_of


class Receiver(NamedTuple):
    """Whom a receipt speaks for: its topic's owner, a group, and an office if it names one."""

    owner: str
    group: str
    office: str | None


FirstReceipts = dict[Receiver, ReceiptFact]


def first_receipts(text: Text, receipts: Iterable[ReceiptFact]) -> FirstReceipts:
    """Return each receiver's first sound receipt for the text, of receipts in the log's order."""
    delivered = {notice.event_id for notice in text.sound_notices}
    first: FirstReceipts = {}
    for receipt in receipts:
        if receipt.mode_is_sound and not delivered.isdisjoint(receipt.event_ids):
            first.setdefault(Receiver(receipt.owner, receipt.group, receipt.office), receipt)
    return first


def delivery_to(office: str, terms: Terms, first: FirstReceipts) -> ReceiptFact | None:
    """Return the receipt by which the text had reached the office, by every group named for it."""
    deliveries = [
        _receipt_of(office, group, first) for group in terms.receipt_groups.get(office, ())
    ]
    found = [each for each in deliveries if each is not None]
    if len(found) < len(deliveries):
        return None
    return max(found, key=lambda each: each.place, default=None)


def _receipt_of(office: str, group: str, first: FirstReceipts) -> ReceiptFact | None:
    owner = agency_of(office)
    found = [first.get(Receiver(owner, group, named)) for named in (None, office)]
    return min((each for each in found if each), key=lambda each: each.place, default=None)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Where a notice's text was delivered; `told` is the first notice that may carry it."""

    notice: NoticeFact
    terms: Terms
    told: NoticeFact
    first: FirstReceipts

    @classmethod
    def of(
        cls, notice: NoticeFact, terms: Terms, text: Text, receipts: Iterable[ReceiptFact]
    ) -> Deliveries:
        told = (*text.sound_notices, *text.notices)[0]
        return cls(notice, terms, told, first_receipts(text, receipts))

    def to(self, office: str) -> ReceiptFact | None:
        """Return the receipt by which the text had reached the office."""
        return delivery_to(office, self.terms, self.first)

    def lead_of(
        self, office: str, waiver: AcknowledgementFact | None
    ) -> tuple[Lead, tuple[Reason, ...]]:
        """Judge the lead time of one office; where it is SHORT, whose doing that is comes last."""
        delivery = self.to(office)
        if delivery is None:
            named = office in self.terms.receipt_groups
            code = Code.NOT_DELIVERED if named else Code.NO_RECEIPT_GROUP
            return self._short(Reason(code, office=office))
        receipt = str(delivery.event_id)
        lead = lead_at(delivery.recorded_at, self.notice, self.terms)
        if lead is not Lead.SHORT:
            return lead, (Reason(_IN_TIME[lead], receipt, office),)
        if waiver is not None:
            return Lead.WAIVED, (Reason(Code.LEAD_WAIVED, str(waiver.event_id), office),)
        return self._short(Reason(Code.DELIVERED_LATE, receipt, office))

    def _short(self, reason: Reason) -> tuple[Lead, tuple[Reason, ...]]:
        return Lead.SHORT, (reason, *self._whose_doing(reason))

    def _whose_doing(self, reason: Reason) -> Iterator[Reason]:
        """Nobody can say yet of a text that came in time and wasn't delivered."""
        if lead_at(self.told.recorded_at, self.notice, self.terms) is Lead.SHORT:
            yield Reason(Code.SHORT_BY_SENDER, str(self.told.event_id), reason.office)
        elif reason.code is Code.DELIVERED_LATE and reason.office is not None:
            elsewhere = self._in_time_elsewhere(reason.office)
            if elsewhere is None:
                yield Reason(Code.SHORT_BY_BUS, reason.fact, reason.office)
            else:
                fact = str(elsewhere.event_id)
                yield Reason(Code.SHORT_BY_ADDRESSEE, fact, reason.office)

    def _in_time_elsewhere(self, office: str) -> ReceiptFact | None:
        """Return the first receipt by which another group than the office's had it in time."""
        own = {(agency_of(office), group) for group in self.terms.receipt_groups[office]}
        receipts = (
            receipt
            for receiver, receipt in self.first.items()
            if (receiver.owner, receiver.group) not in own
            and lead_at(receipt.recorded_at, self.notice, self.terms) is not Lead.SHORT
        )
        return min(receipts, key=lambda each: each.place, default=None)


_IN_TIME = {Lead.KEPT: Code.DELIVERED_IN_TIME, Lead.SHORTENED: Code.LEAD_SHORTENED}


def lead_at(moment: datetime, notice: NoticeFact, terms: Terms) -> Lead:
    """Return what a text that is known at this moment leaves: KEPT, SHORTENED or SHORT."""
    if leaves_lead_time(moment, notice, terms):
        return Lead.KEPT
    basis = basis_of(notice, terms)
    if basis is not None and terms.earliest_effect(moment, basis) <= notice.effective_at:
        return Lead.SHORTENED
    return Lead.SHORT


def leaves_lead_time(moment: datetime, notice: NoticeFact, terms: Terms) -> bool:
    """Tell whether a text known at this moment is known a whole lead time ahead."""
    return terms.earliest_effect(moment) <= notice.effective_at
