"""When a text reached an office, and whether that was in time.

Delivery is the append time of the first receipt for the text from the group that the terms
name for the office. Nothing that the sender claims counts, and a delivery is never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bus.notices.agreement import Terms
from bus.notices.dossier import Text
from bus.notices.facts import AcknowledgementFact, NoticeFact, ReceiptFact
from bus.notices.states import Code, Lead, Reason
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


def lead_of(
    office: str,
    notice: NoticeFact,
    terms: Terms,
    delivery: ReceiptFact | None,
    waiver: AcknowledgementFact | None,
) -> tuple[Lead, Reason]:
    """Judge the lead time of one office."""
    if delivery is None:
        named = office in terms.receipt_groups
        code = Code.NOT_DELIVERED if named else Code.NO_RECEIPT_GROUP
        return Lead.SHORT, Reason(code, office=office)
    receipt = str(delivery.event_id)
    if leaves_lead_time(delivery.recorded_at, notice, terms):
        return Lead.KEPT, Reason(Code.DELIVERED_IN_TIME, receipt, office)
    if waiver is not None:
        return Lead.WAIVED, Reason(Code.LEAD_WAIVED, str(waiver.event_id), office)
    return Lead.SHORT, Reason(Code.DELIVERED_LATE, receipt, office)


def leaves_lead_time(moment: datetime, notice: NoticeFact, terms: Terms) -> bool:
    """Tell whether a text known at this moment is known a whole lead time ahead."""
    return terms.earliest_effect(moment) <= notice.effective_at
